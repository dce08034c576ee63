import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { ArgumentError, buildModel, exportOnnx, gridNoise, type ImageShape, useEngine } from "smoothcert";
import { type BaseClassifier, onnxClassifier, SmoothedClassifier } from "smoothcert/certify";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { floatAndInt8 } from "../../../bench/float-and-int8.js";
import { randomImages } from "../../../bench/random-images.js";
import { describeOpenvino } from "../../../certify/classifiers/onnx/openvino.js";
import { EXTERNAL } from "../../../src/models/onnx/messages.js";
import { smoothcert } from "../../cli/support.js";
import { repetitions } from "../../laws/effort.js";
import { floats, node, onnxModel } from "../../models/onnx-graphs.js";

const installed = "version" in (await describeOpenvino());
if (!installed) console.log("skipped: OpenVINO is not installed (smoothcert engine install --openvino)");

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "smoothcert-openvino-"));
  await useEngine("wasm");
});
afterAll(() => rm(folder, { recursive: true }));

const NETS: readonly [string, ImageShape][] = [
  ["lenet", [28, 28, 1]],
  ["resnet20", [16, 16, 3]],
];

/** A network of random weights in two files, of floats and of int8. */
async function files(name: string, shape: ImageShape): Promise<string[]> {
  const model = buildModel(name, { inputShape: shape, classes: 10, seed: 3 });
  const { float, int8 } = await floatAndInt8(model, { folder, name, shape, images: 8 });
  return [float, int8];
}

const open = (path: string, imageShape: ImageShape, provider: string): Promise<BaseClassifier> =>
  onnxClassifier(path, { imageShape, provider, threads: 1 });

describe.skipIf(!installed)("OpenVINO", () => {
  it.each(NETS)("votes on a %s as ONNX Runtime does, in floats and in int8", async (net, imageShape) => {
    for (const path of await files(net, imageShape)) {
      const votes = async (provider: string): Promise<number[][]> => {
        const base = await open(path, imageShape, provider);
        const smoothed = new SmoothedClassifier(base, gridNoise(0.5), 5);
        const counts: number[][] = [];
        for (let i = 0; i < 4; i++) {
          const x = randomImages(imageShape, 8).example(i).pixels;
          const { counts: found } = await smoothed.certify(x, i, { n0: 10, n: 500, alpha: 0.001 });
          counts.push([...found]);
        }
        await base.close?.();
        return counts;
      };
      const [ours, reference] = [await votes("openvino"), await votes("cpu")];
      const apart = ours.flatMap((counts, i) => counts.map((count, k) => Math.abs(count - reference[i][k])));
      const labels = apart.reduce((a, b) => a + b, 0) / 2;
      console.log(`${path.slice(folder.length + 1)}: ${labels} of 2000 labels differ from ONNX Runtime's`);
      // Rounding decides a label where two scores are as close as that: in floats about 1 in 10^5. In int8 a value on
      // the edge of two integers may be rounded the other way, and moves a score by some hundredths of its spread.
      expect(labels).toBeLessThanOrEqual(path.endsWith("int8.onnx") ? 40 : 1);
    }
  });

  it("computes floats in bfloat16 where it is told to and the processor can, and is named so", async () => {
    const [net, imageShape] = NETS[0];
    const [path] = await files(net, imageShape);
    const opened = await open(path, imageShape, "openvino-bf16").catch((error: Error) => error.message);
    if (typeof opened === "string") return expect(opened).toContain("this processor does not compute in bf16");
    expect(opened.runtime).toMatch(/^openvino \d+\.\d+\.\d+ \(cpu, bf16\)$/);
    const exact = await open(path, imageShape, "openvino");
    const batch = new Float32Array(20 * 784).map((_, i) => Math.sin(i));
    const [rounded, scores] = [Array.from(await opened.scores!(batch, 20)), Array.from(await exact.scores!(batch, 20))];
    const range = Math.max(...scores) - Math.min(...scores);
    const apart = Math.max(...rounded.map((score, i) => Math.abs(score - scores[i])));
    expect(apart).toBeGreaterThan(2 ** -16 * range);
    expect(apart).toBeLessThan(2 ** -5 * range);
  });

  it("gives an image the same scores in every batch, bit for bit", async () => {
    for (const [net, imageShape] of NETS) {
      for (const path of await files(net, imageShape)) {
        const base = await open(path, imageShape, "openvino");
        const size = imageShape[0] * imageShape[1] * imageShape[2];
        const batch = new Float32Array(20 * size).map((_, i) => Math.sin(i));
        const whole = Array.from(await base.scores!(batch, 20));
        await fc.assert(
          fc.asyncProperty(fc.integer({ min: 0, max: 19 }), fc.integer({ min: 1, max: 20 }), async (first, count) => {
            const rows = Math.min(count, 20 - first);
            const part = Array.from(await base.scores!(batch.slice(first * size, (first + rows) * size), rows));
            expect(part).toEqual(whole.slice(first * 10, (first + rows) * 10));
          }),
          { numRuns: repetitions(20) },
        );
        await base.close?.();
      }
    }
  });

  const WEIGHTS = floats("W", [4, 3]);
  const scores = [node("MatMul", ["x", "W"], ["p"]), node("Relu", ["p"], ["y"])];

  it("reads weights that lie beside the model", async () => {
    const { rawData, ...tensor } = WEIGHTS;
    const entries = { location: "w.bin", offset: "0", length: String(rawData!.length) };
    const externalData = Object.entries(entries).map(([key, value]) => ({ key, value }));
    const away = { ...tensor, dataLocation: EXTERNAL, externalData };
    const input = ["N", 4];
    const [inside, outside] = [join(folder, "inside.onnx"), join(folder, "outside.onnx")];
    await writeFile(inside, onnxModel({ opset: 17, input, nodes: scores, constants: [WEIGHTS] }));
    await writeFile(outside, onnxModel({ opset: 17, input, nodes: scores, constants: [away] }));
    await writeFile(join(folder, "w.bin"), rawData!);
    const x = new Float32Array(8).map((_, i) => Math.cos(i));
    const found = [inside, outside].map(async (path) =>
      Array.from(await (await open(path, [1, 1, 4], "openvino")).scores!(x, 2)),
    );
    expect(await found[1]).toEqual(await found[0]);
  });

  it("calls outputs as the file does, also what an Identity gives", async () => {
    const path = join(folder, "names.onnx");
    const nodes = [node("MatMul", ["x", "W"], ["a"]), node("Relu", ["a"], ["y"]), node("Identity", ["a"], ["logits"])];
    await writeFile(
      path,
      onnxModel({ opset: 17, input: ["N", 4], nodes, constants: [WEIGHTS], outputs: ["y", "logits"] }),
    );
    const [ours, theirs] = await Promise.all(
      ["openvino", "cpu"].map((provider) =>
        onnxClassifier(path, { imageShape: [1, 1, 4], provider, threads: 1, output: "logits" }),
      ),
    );
    expect(ours.hash).toBe(theirs.hash);
    const x = new Float32Array(8).map((_, i) => Math.cos(i));
    expect(Array.from(await ours.scores!(x, 2))).toEqual(Array.from(await theirs.scores!(x, 2)));
  });

  it("says what it can't compute, in a line", async () => {
    const path = join(folder, "unknown.onnx");
    const odd = { ...node("Sparkle", ["p"], ["y"]), domain: "nobody" };
    await writeFile(path, onnxModel({ opset: 17, input: ["N", 4], nodes: [scores[0], odd], constants: [WEIGHTS] }));
    const error = await open(path, [1, 1, 4], "openvino").catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(ArgumentError);
    expect((error as Error).message).toMatch(/^provider openvino can't run .*unknown\.onnx: .*Sparkle/);
    expect((error as Error).message).not.toContain("\n");
  });

  it("is compared with the processor's own, counts a log, goes on with it, and audits it", async () => {
    const [path] = await files("lenet", [28, 28, 1]);
    const out = join(folder, "log.tsv");
    const words = ["--data", "mnist", "--sigma", "0.5", "--n", "100", "--n0", "10", "--skip", "4000", "--out", out];
    const first = await smoothcert("certify", path, ...words, "--provider", "openvino", "--max", "4001");
    expect(first).toMatchObject({ code: 0 });
    expect(first.err).toMatch(
      /provider openvino: scores of 16 noisy images differ from ONNX Runtime's on the processor by [\d.e-]+ /,
    );
    expect(first.err).toMatch(/\(openvino \d+\.\d+\.\d+ \(cpu\)\)/);
    const more = await smoothcert("certify", path, ...words);
    expect(more).toMatchObject({ code: 0 });
    const audit = await smoothcert("audit", out, "--model", path, "--data", "mnist", "--redraw", "all");
    expect(audit).toMatchObject({ code: 0, out: expect.stringContaining("nothing is wrong") });
    expect(audit.err).not.toContain("drawn again with");
    vi.stubEnv("SMOOTHCERT_CACHE", join(folder, "none"));
    const elsewhere = await smoothcert("audit", out, "--model", path, "--data", "mnist", "--redraw", "all");
    vi.unstubAllEnvs();
    expect(elsewhere).toMatchObject({ code: 0, out: expect.stringContaining("nothing is wrong") });
    expect(elsewhere.err).toContain("the provider that counted the log's votes can't be had: provider openvino");
    expect(elsewhere.err).toMatch(/drawn with openvino .* \(cpu\); they are drawn again with onnxruntime/);
  });
});

describe("without OpenVINO", () => {
  it("says how it is installed", async () => {
    vi.stubEnv("SMOOTHCERT_CACHE", join(folder, "none"));
    try {
      const path = join(folder, "any.onnx");
      await writeFile(path, exportOnnx(buildModel("linear", { inputShape: [2, 2, 1], classes: 2, seed: 0 })));
      await expect(open(path, [2, 2, 1], "openvino")).rejects.toThrow(
        /^provider openvino can't be used: it is (not installed; install it by: |for Linux x64)/,
      );
      expect(await describeOpenvino()).toMatchObject({ missing: expect.stringMatching(/^it is /) });
    } finally {
      vi.unstubAllEnvs();
    }
  });
});
