import { createHash } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as tf from "@tensorflow/tfjs-core";
import type * as tfl from "@tensorflow/tfjs-layers";
import fc from "fast-check";
import {
  ArgumentError,
  buildModel,
  exportOnnx,
  FileError,
  gaussianNoise,
  type ImageShape,
  STREAM,
  useEngine,
} from "smoothcert";
import {
  type BaseClassifier,
  layersClassifier,
  type OnnxClassifierOptions,
  onnxClassifier,
  Sampler,
  SmoothedClassifier,
} from "smoothcert/certify";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { argmax } from "../../../certify/sampling/base-classifier.js";
import { type LinearModel, linearOnnx } from "./onnx-file.js";

const SHAPE: ImageShape = [2, 3, 2];
const WEIGHTS = [
  Array.from({ length: 12 }, (_, i) => Math.sin(i + 1)),
  Array.from({ length: 12 }, (_, i) => Math.cos(3 * i)),
  Array.from({ length: 12 }, (_, i) => Math.sin(5 * i + 2)),
];
const BIAS = [0.1, -0.2, 0.05];

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "smoothcert-onnx-"));
  await useEngine("wasm");
});
afterAll(() => rm(folder, { recursive: true }));

let files = 0;
async function saved(bytes: Uint8Array | string): Promise<string> {
  const path = join(folder, `${files++}.onnx`);
  await writeFile(path, bytes);
  return path;
}

const linear = (input: LinearModel["input"], more: Partial<LinearModel> = {}): Promise<string> =>
  saved(linearOnnx({ weights: WEIGHTS, bias: BIAS, input, ...more }));

/** The labels of a linear model whose weights lie in the order of `position`, from an image HWC. */
function labelsByHand(batch: Float32Array, count: number, position: (hwc: number) => number, shape = SHAPE): number[] {
  const size = shape[0] * shape[1] * shape[2];
  return Array.from({ length: count }, (_, i) => {
    const logits = WEIGHTS.map((row, k) => {
      let sum = BIAS[k];
      for (let j = 0; j < size; j++) sum += row[position(j)] * batch[i * size + j];
      return sum;
    });
    return logits.indexOf(Math.max(...logits));
  });
}

const asHwc = (j: number): number => j;
/** Where coordinate (y, x, c) of an image of SHAPE lies in CHW. */
const asChw = (j: number): number => (j % 2) * 6 + Math.floor(j / 2);

function images(count: number): Float32Array {
  const out = new Float32Array(count * 12);
  const x = Float32Array.from({ length: 12 }, (_, j) => j / 12);
  gaussianNoise(1).perturb(out, 0, x, { seed: 1, stream: STREAM.theory, example: 0, sample: 0 }, count);
  return out;
}

async function labelsOf(base: BaseClassifier, batch: Float32Array, count: number): Promise<number[]> {
  const labels = new Int32Array(count);
  await base.classify(batch, count, labels);
  return [...labels];
}

describe("onnxClassifier", () => {
  const batch = images(100);

  it.each<[LinearModel["input"], Partial<OnnxClassifierOptions>, (j: number) => number]>([
    [["N", 2, 2, 3], {}, asChw],
    [["N", 2, 3, 2], {}, asHwc],
    [["N", "c", 2, 3], {}, asChw],
    [["N", 2, 3, "c"], {}, asHwc],
    [["N", "c", "h", "w"], { layout: "nchw" }, asChw],
    [["N", "h", "w", "c"], { layout: "nhwc" }, asHwc],
    [["N", 12], { layout: "nchw" }, asChw],
    [["N", 12], { layout: "nhwc" }, asHwc],
    [[7, 2, 2, 3], {}, asChw],
    [[1, 2, 3, 2], {}, asHwc],
    [[200, 2, 3, 2], {}, asHwc],
  ])("feeds input %j %j in the order of its layout", async (input, options, position) => {
    const base = await onnxClassifier(await linear(input), { imageShape: SHAPE, ...options });
    expect([base.classes, base.inputShape]).toEqual([3, SHAPE]);
    if (typeof input[0] === "number") expect(base.batchSize).toBe(input[0]);
    const count = Math.min(base.batchSize, 100);
    expect(await labelsOf(base, batch.subarray(0, count * 12), count)).toEqual(labelsByHand(batch, count, position));
    const few = Math.min(3, count);
    expect(await labelsOf(base, batch, few)).toEqual(labelsByHand(batch, few, position));
  });

  it.each<[LinearModel["input"], Partial<OnnxClassifierOptions>]>([
    [["N", 1, 3, 4], {}],
    [["N", 3, 4, 1], {}],
    [["N", 3, 4], {}],
    [["N", 12], {}],
    [["N", "a", "b", "c"], { layout: "nhwc" }],
    [["N", 1, 3, 4], { layout: "nhwc" }],
    [["N", 3, 4, 1], { layout: "nchw" }],
  ])("feeds grey images to input %j %j", async (input, options) => {
    const imageShape: ImageShape = [3, 4, 1];
    const base = await onnxClassifier(await linear(input), { imageShape, ...options });
    expect(await labelsOf(base, batch, 50)).toEqual(labelsByHand(batch, 50, asHwc, imageShape));
  });

  it("feeds vectors, whose layouts are one and the same", async () => {
    const imageShape: ImageShape = [1, 1, 12];
    const base = await onnxClassifier(await linear(["N", 12]), { imageShape });
    expect(await labelsOf(base, batch, 50)).toEqual(labelsByHand(batch, 50, asHwc, imageShape));
  });

  it("scales pixels as the network wants them, channel by channel", async () => {
    const scaling = { scale: 255, mean: [100, 120], std: [50, 60] };
    const base = await onnxClassifier(await linear(["N", 2, 2, 3]), { imageShape: SHAPE, scaling });
    const scaled = batch.map((x, i) => (255 * x - scaling.mean[i % 2]) / scaling.std[i % 2]);
    expect(await labelsOf(base, batch, 100)).toEqual(labelsByHand(scaled, 100, asChw));
  });

  it("gives overlapping calls their own labels, also where it transforms", async () => {
    const base = await onnxClassifier(await linear(["N", 2, 2, 3]), { imageShape: SHAPE });
    const parts = Array.from({ length: 10 }, (_, i) => batch.slice(i * 120, (i + 1) * 120));
    const labels = await Promise.all(parts.map((part) => labelsOf(base, part, 10)));
    expect(labels.flat()).toEqual(labelsByHand(batch, 100, asChw));
  });

  it("certifies alike with a fixed batch and with a free one", async () => {
    const x = Uint8Array.from({ length: 12 }, (_, j) => 20 * j);
    const certificates = [];
    for (const batchSize of ["N", 1, 7, 500]) {
      const base = await onnxClassifier(await linear([batchSize, 2, 3, 2]), { imageShape: SHAPE });
      const smoothed = new SmoothedClassifier(base, gaussianNoise(0.5), 3);
      certificates.push(await smoothed.certify(x, 1, { n0: 20, n: 100, alpha: 0.01 }));
    }
    for (const other of certificates) expect(other).toEqual(certificates[0]);
  });

  it("hashes the file and how it is fed, and names its runtime", async () => {
    const path = await linear(["N", 12]);
    const open = (options: Partial<OnnxClassifierOptions>): Promise<BaseClassifier> =>
      onnxClassifier(path, { imageShape: SHAPE, layout: "nhwc", ...options });
    const plain = await open({});
    expect(plain.hash).toMatch(/^[0-9a-f]{64}$/);
    expect((await open({ scaling: {} })).hash).toBe(plain.hash);
    const others = [
      await open({ layout: "nchw" }),
      await open({ scaling: { scale: 255 } }),
      await open({ scaling: { mean: [0.5] } }),
      await open({ scaling: { std: [0.5] } }),
      await onnxClassifier(await linear(["N", 12], { bias: [0, 0, 1] }), { imageShape: SHAPE, layout: "nhwc" }),
    ];
    expect(new Set([plain, ...others].map(({ hash }) => hash)).size).toBe(6);
    expect(plain.runtime).toMatch(/^onnxruntime-node \d+\.\d+\.\d+ \(cpu\)$/);
    expect(path.endsWith(plain.name)).toBe(true);
  });

  const misfit = "to take images of 2x3x2 as [N, 2, 2, 3] or [N, 2, 3, 2], found";
  it.each<[string, () => Promise<string>, Partial<OnnxClassifierOptions>, string]>([
    [
      "a missing file",
      async () => join(folder, "none.onnx"),
      {},
      "none.onnx: expected an ONNX model, found nothing of that name",
    ],
    ["another kind of file", () => saved("not a model"), {}, "expected an ONNX model, but ONNX Runtime refuses it: "],
    ["an empty file", () => saved(""), {}, "expected an ONNX model, but ONNX Runtime refuses it: "],
    ["images of another size", () => linear(["N", 4, 3, 1]), {}, `expected input 'image' ${misfit} [N, 4, 3, 1]`],
    ["too few dimensions", () => linear(["N", 6, 2]), {}, `expected input 'image' ${misfit} [N, 6, 2]`],
    [
      "the other layout than asked for",
      () => linear(["N", 2, 2, 3]),
      { layout: "nhwc" },
      "expected input 'image' to take images of 2x3x2 as [N, 2, 3, 2], found [N, 2, 2, 3]",
    ],
    [
      "free dimensions",
      () => linear(["N", "a", "b", "c"]),
      {},
      "fits images of 2x3x2 in both layouts; say --layout nchw or --layout nhwc",
    ],
    ["a flat input", () => linear(["N", 12]), {}, "input 'image' [N,12] fits images of 2x3x2 in both layouts"],
    [
      "grey images into free dimensions",
      () => linear(["N", "a", "b", "c"]),
      { imageShape: [3, 4, 1] },
      "fits images of 3x4x1 in both layouts",
    ],
    ["two inputs", () => linear(["N", 12], { secondInput: [1] }), {}, "expected one input, found 2: image, second"],
    [
      "labels for an output",
      () => linear(["N", 2, 2, 3], { argmax: true }),
      {},
      "expected an output of float scores [batch, classes], found none. Its outputs: 'labels' int64 [batch].",
    ],
    [
      "a single output",
      () => linear(["N", 2, 2, 3], { weights: [WEIGHTS[0]], bias: [0] }),
      {},
      "expected an output of float scores [batch, classes], found none. Its outputs: 'logits' float32 [batch, 1].",
    ],
    [
      "a network that can't take what its input declares",
      () => linear(["N", "c", "h", "w"]),
      { imageShape: [5, 5, 2], layout: "nchw" },
      "expected a model that takes image [1, 2, 5, 5], but ONNX Runtime says: ",
    ],
  ])("refuses %s", async (_name, path, options, message) => {
    const file = await path();
    const error = await onnxClassifier(file, { imageShape: SHAPE, ...options }).then(
      () => expect.fail("it was opened"),
      (reason: unknown) => reason,
    );
    expect(error).toBeInstanceOf(FileError);
    expect((error as FileError).message).toContain(message);
    expect((error as FileError).message.startsWith(file)).toBe(true);
    expect((error as FileError).message).not.toContain("\n");
  });

  it("refuses to vote on an output that is not a number", async () => {
    const base = await onnxClassifier(await linear(["N", 2, 3, 2]), { imageShape: SHAPE });
    const x = new Float32Array(12).fill(Number.NaN);
    const count = new Sampler(base, gaussianNoise(0.5)).countLabels(x, 5, {
      seed: 0,
      stream: 0,
      example: 0,
      sample: 0,
    });
    await expect(count).rejects.toThrow(`${base.name}: the model's output for class 0 is NaN; it can't be certified`);
  });
});

describe("layersClassifier", () => {
  const model = (shape: ImageShape): tfl.LayersModel => buildModel("mlp", { inputShape: shape, classes: 5, seed: 3 });
  const open = (
    network: tfl.LayersModel,
    shape: ImageShape,
    scaling?: { scale: number; mean: number[] },
  ): BaseClassifier =>
    layersClassifier(network, {
      name: "net",
      hash: "ab",
      imageShape: shape,
      engine: "tfjs-wasm",
      ...(scaling && { scaling }),
    });

  it.each<["nchw" | "nhwc", { scale: number; mean: number[] } | undefined]>([
    ["nchw", undefined],
    ["nhwc", undefined],
    ["nchw", { scale: 2, mean: [0.5, 0.25] }],
  ])(
    "gives the labels that ONNX Runtime gives for the same network, exported as %s, scaled by %j",
    async (layout, scaling) => {
      const network = model(SHAPE);
      const path = await saved(exportOnnx(network, { layout }));
      const onnx = await onnxClassifier(path, { imageShape: SHAPE, ...(scaling && { scaling }) });
      const layers = open(network, SHAPE, scaling);
      expect([layers.classes, layers.inputShape]).toEqual([onnx.classes, onnx.inputShape]);
      const batch = images(1000);
      const [a, b] = [await labelsOf(onnx, batch, 1000), await labelsOf(layers, batch, 1000)];
      // Sums in another order differ by 1e-6 or so: only labels on a knife's edge may, some in a thousand at the very
      // most.
      const different = a.filter((label, i) => label !== b[i]).length;
      expect(different).toBeLessThanOrEqual(3);
      expect(new Set(a).size).toBeGreaterThan(1);
    },
  );

  it("gives labels that do not depend on the batch", async () => {
    const layers = open(model(SHAPE), SHAPE);
    const batch = images(40);
    const all = await labelsOf(layers, batch, 40);
    await fc.assert(
      fc.asyncProperty(fc.nat(39), fc.integer({ min: 1, max: 40 }), async (start, size) => {
        const count = Math.min(size, 40 - start);
        expect(await labelsOf(layers, batch.subarray(start * 12), count)).toEqual(all.slice(start, start + count));
      }),
      { numRuns: 20 },
    );
  });

  it("computes an image that comes alone as one of two: products with a single row may round differently", async () => {
    const layers = open(model(SHAPE), SHAPE);
    const { kernels } = await tf.engine().profile(async () => void (await labelsOf(layers, images(1), 1)));
    const products = kernels.filter(({ name }) => name === tf._FusedMatMul || name === tf.BatchMatMul);
    expect(products.length).toBeGreaterThan(0);
    for (const { outputShapes } of products) expect(outputShapes[0].at(-2)).toBe(2);
  });

  it("tries batches of other sizes where none is asked for, and counts the same with the fastest", async () => {
    const network = model(SHAPE);
    const noise = gaussianNoise(0.5);
    const address = { seed: 1, stream: STREAM.estimation, example: 0, sample: 0 };
    const x = images(1);
    const count = async (base: BaseClassifier): Promise<number[]> => [
      ...(await new Sampler(base, noise).countLabels(x, 999, address)),
    ];
    const before = tf.memory().numTensors;
    const expected = await count(open(network, SHAPE));
    const usual = open(network, SHAPE);
    const tuned = await usual.tuned!(noise, x);
    expect(await count(tuned)).toEqual(expected);
    await tuned.close!();
    expect(tf.memory().numTensors).toBe(before);
    for (const batchSize of [1, 7, 32, 256]) {
      const options = { name: "net", hash: "ab", imageShape: SHAPE, engine: "tfjs-wasm", batchSize };
      const fixed = layersClassifier(network, options);
      expect(fixed.tuned).toBeUndefined();
      expect(await count(fixed)).toEqual(expected);
    }
  });

  it("carries the hash of the model, or of model and scaling", () => {
    const network = model(SHAPE);
    expect(open(network, SHAPE).hash).toBe("ab");
    const feed = { layout: "nhwc", scale: 2, mean: [0], std: [1] };
    const scaled = createHash("sha256").update("ab").update(JSON.stringify(feed)).digest("hex");
    expect(open(network, SHAPE, { scale: 2, mean: [0] }).hash).toBe(scaled);
  });

  it("refuses images of another shape", () => {
    expect(() => open(model(SHAPE), [3, 2, 2])).toThrow(ArgumentError);
    expect(() => open(model(SHAPE), [3, 2, 2])).toThrow(
      "net: the images' shape must be [2,3,2], which the model takes, got [3,2,2]",
    );
  });
});

describe("argmax", () => {
  it("is the index of the first of the largest", () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: -3, max: 3 }), { minLength: 1, maxLength: 9 }),
        fc.nat(4),
        (values, start) => {
          const logits = Float32Array.from([...new Array<number>(start).fill(9), ...values, 9]);
          expect(argmax(logits, start, values.length, "net")).toBe(values.indexOf(Math.max(...values)));
        },
      ),
    );
    expect(argmax([-Infinity, -Infinity, 1, Infinity], 0, 4, "net")).toBe(3);
  });

  it("refuses NaN wherever it stands", () => {
    for (const at of [0, 1, 2]) {
      const logits = [1, 2, 3].map((value, c) => (c === at ? Number.NaN : value));
      expect(() => argmax(logits, 0, 3, "net")).toThrow(
        `net: the model's output for class ${at} is NaN; it can't be certified`,
      );
    }
  });
});
