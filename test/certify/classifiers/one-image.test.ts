import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildModel, exportOnnx, FileError, type ImageShape, useEngine } from "smoothcert";
import { type BaseClassifier, functionClassifier, onnxClassifier } from "smoothcert/certify";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { deviationOf } from "../../../certify/classifiers/one-image.js";
import { type Model, onnxModel } from "../../models/onnx-graphs.js";
import { quantizedFor, randomBatch } from "../../models/quantized.js";
import { COUPLED, HONEST, RANDOM } from "./batch-graphs.js";

const SHAPE: ImageShape = [4, 4, 2];
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "smoothcert-one-image-"));
});
afterAll(() => rm(folder, { recursive: true }));

let files = 0;
async function opened(model: Model, imageShape = SHAPE): Promise<BaseClassifier> {
  const path = join(folder, `${files++}.onnx`);
  await writeFile(path, onnxModel(model));
  return onnxClassifier(path, { imageShape });
}

async function refusal(opening: Promise<BaseClassifier>): Promise<FileError> {
  const error = await opening.then(
    () => expect.fail("it was taken"),
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(FileError);
  return error as FileError;
}

describe("an ONNX classifier that is a function of one image", () => {
  it.each(Object.keys(HONEST))("is taken: %s", async (name) => {
    const base = await opened(HONEST[name]);
    expect(base.classes).toBe(3);
    expect(await deviationOf(base)).toBeUndefined();
  });

  it("is taken: a network in int8, and the one it was made from", async () => {
    await useEngine("wasm");
    const float = exportOnnx(buildModel("lenet", { inputShape: [16, 16, 1], classes: 4, seed: 1 }));
    const int8 = await quantizedFor(float, randomBatch([8, 1, 16, 16], 1), [8, 1, 16, 16]);
    for (const bytes of [float, int8]) {
      const path = join(folder, `${files++}.onnx`);
      await writeFile(path, bytes);
      expect((await onnxClassifier(path, { imageShape: [16, 16, 1] })).classes).toBe(4);
    }
  });

  it("comes in opsets 11 to 23, in both layouts, of free and fixed batches", () => {
    const models = Object.values(HONEST);
    expect(models.length).toBeGreaterThanOrEqual(20);
    const opsets = models.map(({ opset }) => opset);
    expect([Math.min(...opsets), Math.max(...opsets)]).toEqual([11, 23]);
    expect(new Set(models.map(({ input }) => `${typeof input[0]} ${input[1]}`)).size).toBe(4);
  });
});

describe("an ONNX classifier that joins images or draws random numbers", () => {
  it.each(Object.keys(COUPLED))("is refused: %s", async (name) => {
    const [model, message] = COUPLED[name];
    const error = await refusal(opened(model));
    expect(error.message).toContain(message);
    expect(error.message).toMatch(/^.*\.onnx: expected a function of one image, but /);
  });

  it.each(Object.keys(RANDOM))("is refused: %s", async (name) => {
    const [model, message] = RANDOM[name];
    const error = await refusal(opened(model));
    expect(error.message).toContain(message);
  });

  it.each([
    ["batch-dependent/bn_train.onnx", "BatchNormalization '/b/BatchNormalization' is in training mode"],
    ["random-op/random.onnx", "RandomNormalLike (output 'rn') draws random numbers"],
  ])("is refused: %s", async (file, message) => {
    const path = join(import.meta.dirname, "../../fixtures/cases", file);
    const error = await refusal(onnxClassifier(path, { imageShape: [28, 28, 1] }));
    expect(error.message).toContain(message);
  });
});

describe("deviationOf", () => {
  /** Scores of a plain function of the whole batch. */
  const scored = (scores: (batch: Float32Array, count: number) => number[]): BaseClassifier => ({
    ...functionClassifier(() => 0, { name: "scored", inputShape: [1, 1, 4], classes: 2 }),
    scores: async (batch, count) => Float32Array.from(scores(batch, count)),
  });
  const sums = (batch: Float32Array, count: number): number[] =>
    Array.from({ length: count }, (_, i) => batch.slice(4 * i, 4 * i + 4).reduce((a, b) => a + b, 0));

  it("finds nothing in a function of one image, with or without scores", async () => {
    expect(await deviationOf(scored((batch, count) => sums(batch, count).flatMap((s) => [s, -s])))).toBeUndefined();
    const labels = functionClassifier((x) => (x[0] > 0.5 ? 1 : 0), { name: "f", inputShape: [1, 1, 4], classes: 2 });
    expect(await deviationOf(labels)).toBeUndefined();
  });

  it("puts down to rounding what rounds, and not what is more", async () => {
    const shifted = (by: number) =>
      scored((batch, count) => sums(batch, count).flatMap((s) => [s + (count > 1 ? by : 0), -s]));
    expect(await deviationOf(shifted(2 ** -20))).toBeUndefined();
    const found = await deviationOf(shifted(2 ** -6));
    expect(found).toMatchObject({ kind: "coupled", between: "an image in a batch of 4 and alone" });
    expect(found!.difference).toBeCloseTo(2 ** -6, 5);
    expect(found!.tolerance).toBeLessThan(2 ** -9);
  });

  it("finds a place, a neighbour, and what lies behind those asked for", async () => {
    const at = await deviationOf(scored((batch, count) => sums(batch, count).flatMap((s, i) => [s + i, -s])));
    expect(at?.kind).toBe("coupled");
    const beside = scored((batch, count) => sums(batch, count).flatMap((s, i, all) => [s, all[i - 1] ?? 0]));
    expect((await deviationOf(beside))?.kind).toBe("coupled");
    const behind = scored((batch, count) => sums(batch, count).flatMap((s) => [s, batch.length > 4 ? batch[4] : 0]));
    expect((await deviationOf(behind))?.kind).toBe("coupled");
  });

  it("finds chance and state, by scores and by labels", async () => {
    let calls = 0;
    const counting = scored((batch, count) => sums(batch, count).flatMap((s) => [s, calls++ / 8]));
    expect(await deviationOf(counting)).toMatchObject({ kind: "random", between: "two runs of the same batch" });
    const turning = functionClassifier(() => Math.floor(calls++ / 4) % 2, {
      name: "turning",
      inputShape: [1, 1, 4],
      classes: 2,
    });
    expect(await deviationOf(turning)).toMatchObject({ kind: "random", difference: 1, tolerance: 0 });
  });

  it("takes NaN for NaN, and for nothing else", async () => {
    expect(await deviationOf(scored((_, count) => Array(2 * count).fill(Number.NaN)))).toBeUndefined();
    const once = scored((_, count) => Array(2 * count).fill(count === 1 ? Number.NaN : 1));
    expect(await deviationOf(once)).toMatchObject({ kind: "coupled", difference: Infinity });
  });
});
