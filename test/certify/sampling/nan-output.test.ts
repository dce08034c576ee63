import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { FileError, gaussianNoise, gridNoise, type NoiseSource, STREAM } from "smoothcert";
import { type BaseClassifier, functionClassifier, onnxClassifier, Sampler } from "smoothcert/certify";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { argmax } from "../../../certify/sampling/base-classifier.js";
import { floats, node, onnxModel } from "../../models/onnx-graphs.js";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "smoothcert-nan-"));
});
afterAll(() => rm(folder, { recursive: true }));

/** Scores that are the roots of the pixels: NaN for negative ones. */
async function roots(input: (number | string)[] = ["N", 3]): Promise<string> {
  const path = join(folder, `roots${input[0]}.onnx`);
  await writeFile(
    path,
    onnxModel({ opset: 17, input, nodes: [node("Sqrt", ["x"], ["y"])], constants: [floats("b", [3])] }),
  );
  return path;
}

async function problemOf(base: BaseClassifier, noise: NoiseSource, x: Float32Array | Uint8Array): Promise<FileError> {
  const address = { seed: 5, stream: STREAM.estimation, example: 17, sample: 40 };
  const error = await new Sampler(base, noise).countLabels(x, 300, address).then(
    () => expect.fail("it was counted"),
    (reason: unknown) => reason,
  );
  await base.close?.();
  expect(error).toBeInstanceOf(FileError);
  return error as FileError;
}

/** The first noisy copy with a negative pixel, and which pixel that is. */
function firstNegative(noise: NoiseSource, x: Float32Array | Uint8Array): [sample: number, pixel: number] {
  for (let sample = 40; ; sample++) {
    const copy = new Float32Array(3);
    noise.perturb(copy, 0, x, { seed: 5, stream: STREAM.estimation, example: 17, sample }, 1);
    const pixel = copy.findIndex((value) => value < 0);
    if (pixel >= 0) return [sample, pixel];
  }
}

describe("an output that is no number", () => {
  const bytes = Uint8Array.of(70, 80, 90);
  const expected = (path: string, noise: NoiseSource, x: Float32Array | Uint8Array): string => {
    const [sample, pixel] = firstNegative(noise, x);
    const copy = `(image 17 of the data, noisy copy ${sample} of the estimation, seed 5)`;
    return `${path}: the model's output for class ${pixel} is NaN; it can't be certified ${copy}`;
  };

  it.each([
    ["N", 3],
    [7, 3],
  ])("is a FileError of model, image and copy, from a thread, batch %j", async (...input) => {
    const path = await roots(input);
    const noise = gridNoise(0.125);
    const [sample] = firstNegative(noise, bytes);
    expect(sample).toBeGreaterThan(40);
    const base = await onnxClassifier(path, { imageShape: [1, 1, 3], threads: 1, batchSize: 50 });
    const error = await problemOf(base, noise, bytes);
    expect(error.message).toBe(expected(path, noise, bytes));
    expect(error.path).toBe(path);
  });

  it("is the same on this thread, under a noise of the caller's own", async () => {
    const path = await roots();
    const noise = { ...gaussianNoise(0.125), id: "mine" };
    const x = Float32Array.of(0.3, 0.3, 0.35);
    const base = await onnxClassifier(path, { imageShape: [1, 1, 3], threads: 1, batchSize: 50 });
    expect((await problemOf(base, noise, x)).message).toBe(expected(path, noise, x));
  });

  it("names the copy of each of several images that share a batch", async () => {
    const scores = functionClassifier((x) => argmax([x[0] > 1 ? Number.NaN : 0, 1], 0, 2, "net"), {
      name: "net",
      inputShape: [1, 1, 1],
      classes: 2,
      batchSize: 64,
    });
    const sampler = new Sampler(
      {
        ...scores,
        classify: async (batch, count, labels) => {
          for (let i = 0; i < count; i++)
            labels[i] = argmax(
              Array.from(batch).flatMap((v) => [v > 1 ? Number.NaN : 0, 1]),
              2 * i,
              2,
              "net",
            );
        },
      },
      {
        id: "none",
        sigma: 1,
        perturb: (out, offset, pixels, _, count) => out.fill(pixels[0], offset, offset + count),
      },
    );
    const address = { seed: 0, stream: STREAM.selection, example: 0, sample: 0 };
    const counts = [0, 0, 2, 0].map((pixel, example) =>
      sampler.countLabels(Float32Array.of(pixel), 10, { ...address, example }),
    );
    const results = await Promise.allSettled(counts);
    const reasons = results.flatMap((result) => (result.status === "rejected" ? [String(result.reason)] : []));
    expect(reasons.length).toBeGreaterThan(0);
    for (const reason of reasons)
      expect(reason).toContain("(image 2 of the data, noisy copy 0 of the selection, seed 0)");
  });
});
