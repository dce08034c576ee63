import { join } from "node:path";
import { buildModel, MAX_THREADS, saveOnnx, useEngine } from "smoothcert";
import { layersClassifier, onnxClassifier } from "smoothcert/certify";
import { beforeAll, describe, expect, it } from "vitest";
import { temporaryFolder } from "../data/support.js";
import { smoothcert } from "./support.js";

const folder = temporaryFolder();
const imageShape = [8, 8, 1] as const;

describe("threads and batches", () => {
  let path: string;
  beforeAll(async () => {
    await useEngine("cpu");
    path = join(folder.path, "model.onnx");
    await saveOnnx(buildModel("linear", { inputShape: imageShape, classes: 2, seed: 0 }), path, {});
  });

  it.each([MAX_THREADS + 1, 1e9])("are no more threads than work: %d", async (threads) => {
    const rule = `must be an integer in [1, ${MAX_THREADS}], got`;
    const { code, err } = await smoothcert("predict", path, "0", "--threads", String(threads));
    expect({ code, err }).toEqual({ code: 2, err: `error: --threads ${rule} "${threads}"\n` });
    await expect(onnxClassifier(path, { imageShape, threads })).rejects.toThrow(`threads ${rule} ${threads}`);
  });

  it("are no larger than 1 GiB", async () => {
    const limit = 2 ** 28 / 64;
    const rule = `batchSize must be an integer in [1, ${limit}], got ${limit + 1}`;
    await expect(onnxClassifier(path, { imageShape, batchSize: limit + 1 })).rejects.toThrow(rule);
    const model = buildModel("linear", { inputShape: imageShape, classes: 2, seed: 0 });
    const options = { name: "m", hash: "", imageShape, engine: "cpu" };
    expect(() => layersClassifier(model, { ...options, batchSize: limit + 1 })).toThrow(rule);
    const classifier = await onnxClassifier(path, { imageShape, batchSize: limit });
    expect(classifier.batchSize).toBe(limit);
    await classifier.close?.();
  });
});
