import * as tf from "@tensorflow/tfjs-core";
import * as tfl from "@tensorflow/tfjs-layers";
import fc from "fast-check";
import {
  activationScheme,
  buildModel,
  exportOnnx,
  inferMetadata,
  QUANTIZATION_KEY,
  quantizeBias,
  quantizeOnnx,
  quantizeWeights,
  readOnnxMetadata,
  signatureOf,
  type TensorRange,
  useEngine,
  WEIGHT_LIMIT,
  type WeightBits,
} from "smoothcert";
import { beforeAll, describe, expect, it } from "vitest";
import type { OnnxModel } from "../../src/models/onnx/messages.js";
import { decodeModel, encodeModel } from "../../src/models/onnx/proto.js";
import { countOperators, floatLogits, logitsOf, quantizedFor, randomBatch, randomizeNorms } from "./quantized.js";

beforeAll(async () => {
  await useEngine("wasm");
});

const range: fc.Arbitrary<TensorRange> = fc
  .tuple(fc.double({ min: -1e6, max: 1e6, noNaN: true }), fc.double({ min: -1e6, max: 1e6, noNaN: true }))
  .map(([a, b]) => ({ min: Math.min(a, b), max: Math.max(a, b) }));

/** Weights of `channels` output channels, whose elements lie side by side. */
const weights = fc.tuple(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 9 })).chain(([channels, stride]) =>
  fc
    .array(fc.float({ min: -100, max: 100, noNaN: true }), {
      minLength: channels * stride,
      maxLength: channels * stride,
    })
    .map((values) => ({ values: Float32Array.from(values), layout: { channels, stride } })),
);

describe("activationScheme", () => {
  it("gives 0 a level of its own, and rounds by at most half a step within the range", () => {
    fc.assert(
      fc.property(range, fc.double({ min: 0, max: 1, noNaN: true }), ({ min, max }, t) => {
        const { scale, zeroPoint } = activationScheme({ min, max });
        expect(Number.isInteger(zeroPoint) && zeroPoint >= 0 && zeroPoint <= 255).toBe(true);
        expect(Math.fround(scale)).toBe(scale);
        const x = min + t * (max - min);
        const level = Math.min(255, Math.max(0, Math.round(x / scale) + zeroPoint));
        // At the ends the zero point's own rounding adds up to half a step more.
        const inside = x / scale + zeroPoint >= 0 && x / scale + zeroPoint <= 255;
        expect(Math.abs(scale * (level - zeroPoint) - x)).toBeLessThanOrEqual(scale * (inside ? 0.5 : 1) * (1 + 1e-6));
      }),
    );
  });

  it("spans the range and 0 with 256 levels", () => {
    expect(activationScheme({ min: 0, max: 255 })).toEqual({ scale: 1, zeroPoint: 0 });
    expect(activationScheme({ min: -127.5, max: 127.5 })).toEqual({ scale: 1, zeroPoint: 128 });
    expect(activationScheme({ min: 51, max: 510 })).toEqual({ scale: 2, zeroPoint: 0 });
    expect(activationScheme({ min: -510, max: -2 })).toEqual({ scale: 2, zeroPoint: 255 });
  });

  it.each([
    { min: 1, max: 0 },
    { min: 0, max: Number.POSITIVE_INFINITY },
    { min: Number.NaN, max: 1 },
  ])("refuses %o", (bad) => {
    expect(() => activationScheme(bad)).toThrow(
      expect.objectContaining({
        name: "ArgumentError",
        message: expect.stringContaining("range must be finite, with min <= max"),
      }),
    );
  });
});

describe("quantizeWeights", () => {
  it("rounds by at most half a step of the channel, whose largest weight takes the limit", () => {
    fc.assert(
      fc.property(weights, fc.constantFrom<WeightBits>(7, 8), ({ values, layout }, bits) => {
        const limit = WEIGHT_LIMIT[bits];
        const quantized = quantizeWeights(values, layout, limit);
        const largest = new Array<number>(layout.channels).fill(0);
        const most = new Array<number>(layout.channels).fill(0);
        values.forEach((w, i) => {
          const c = Math.floor(i / layout.stride);
          const q = quantized.values[i];
          expect(Math.abs(w - q * quantized.scales[c])).toBeLessThanOrEqual(0.5000001 * quantized.scales[c]);
          largest[c] = Math.max(largest[c], Math.abs(w));
          most[c] = Math.max(most[c], Math.abs(q));
        });
        // Weights that are all but 0 have the least scale there is, and become 0.
        most.forEach((q, c) => {
          expect(q).toBe(largest[c] > 1e-14 ? limit : q);
        });
        expect(Math.max(...most)).toBeLessThanOrEqual(limit);
      }),
    );
  });

  it("takes channels along any dimension, and a least scale", () => {
    const columns = quantizeWeights(Float32Array.of(1, 20, -2, 10), { channels: 2, stride: 1 }, 64);
    expect(columns).toEqual({ values: Int8Array.of(32, 64, -64, 32), scales: Float32Array.of(2 / 64, 20 / 64) });
    const whole = quantizeWeights(Float32Array.of(1, 20, -2, 10), { channels: 1, stride: 1 }, 64, () => 1);
    expect(whole).toEqual({ values: Int8Array.of(1, 20, -2, 10), scales: Float32Array.of(1) });
  });

  it("with 7 bits keeps the sum of two products within 16 bits, which 8 bits do not", () => {
    expect(2 * 255 * WEIGHT_LIMIT[7]).toBeLessThanOrEqual(32767);
    expect(2 * 255 * WEIGHT_LIMIT[8]).toBeGreaterThan(32767);
  });
});

describe("quantizeBias", () => {
  it("rounds by at most half a step, ties to even", () => {
    expect(quantizeBias(Float32Array.of(0.5, 1.5, 2.5, -0.5, -1.5), 1, Float32Array.of(1)).values).toEqual(
      Int32Array.of(0, 2, 2, 0, -2),
    );
    const bias = fc.float({ min: -10, max: 10, noNaN: true });
    const scale = fc.float({ min: Math.fround(1e-3), max: 1, noNaN: true });
    fc.assert(
      fc.property(bias, scale, scale, (b, inputScale, weightScale) => {
        const { values, scales } = quantizeBias(Float32Array.of(b), inputScale, Float32Array.of(weightScale));
        expect(scales[0]).toBe(Math.fround(inputScale * weightScale));
        expect(Math.abs(values[0] * scales[0] - b)).toBeLessThanOrEqual(0.5000001 * scales[0]);
      }),
    );
  });
});

describe("a matrix product", () => {
  it("is what integers give by hand, also with a bias beside which the weights are tiny", async () => {
    const model = tfl.sequential({
      layers: [
        tfl.layers.inputLayer({ inputShape: [1, 3, 1] }),
        tfl.layers.flatten(),
        tfl.layers.dense({ units: 2, name: "d" }),
      ],
    });
    model.layers.at(-1)!.setWeights([tf.tensor2d([1, 1e-12, -0.5, 0, 0.25, 2e-12], [3, 2]), tf.tensor1d([0.1, 300])]);
    const bytes = exportOnnx(model);
    const x = Float32Array.of(0.1, 0.9, -0.7);
    const quantized = await quantizedFor(bytes, Float32Array.of(-1, 1.55, 0, 0, 0, 0), [2, 1, 1, 3]);
    const step = Math.fround(2.55 / 255);
    const levels = [...x].map((v) => Math.round(v / step));
    const sum = 64 * levels[0] - 32 * levels[1] + 16 * levels[2] + Math.round(0.1 / (step / 64));
    const [first, second] = await logitsOf(quantized, x, [1, 1, 1, 3]);
    expect(first).toBeCloseTo((sum * step) / 64, 6);
    expect(second).toBeCloseTo(300, 3);
  });
});

/** A residual network as after training, with its batch norms apart, for images of 12x12. */
function residual(): Uint8Array {
  const model = buildModel("resnet20", { inputShape: [12, 12, 3], classes: 5, seed: 4 });
  randomizeNorms(model);
  const metadata = { ...inferMetadata(signatureOf(model)), training: { sigma: 0.25, dataSpec: "mnist" } };
  const bytes = exportOnnx(model, { foldBatchNorm: false, metadata });
  model.dispose();
  return bytes;
}

describe("a residual network", () => {
  const dims = [64, 3, 12, 12];
  let float: Uint8Array;
  let int8: Uint8Array;
  beforeAll(async () => {
    float = residual();
    int8 = await quantizedFor(float, randomBatch(dims, 1), dims);
  });

  it("is the same function before its rounding: batch norms and padding fold without loss", async () => {
    const x = randomBatch(dims, 2);
    const [plain, folded] = [await logitsOf(float, x, dims), await floatLogits(float, x, dims)];
    expect(distance(plain, folded)).toBeLessThan(1e-4);
  });

  it("has logits near those in floats, and mostly the same labels", async () => {
    const x = randomBatch(dims, 3);
    const [plain, rounded] = [await logitsOf(float, x, dims), await logitsOf(int8, x, dims)];
    expect(distance(plain, rounded)).toBeLessThan(0.06);
    // Without training one class wins everywhere: labels tell something where each class wins a part.
    const means = plain.slice(0, 5).map((_, c) => plain.filter((_, i) => i % 5 === c).reduce((a, b) => a + b) / 64);
    const [a, b] = [plain, rounded].map((logits) =>
      labels(
        logits.map((v, i) => v - means[i % 5]),
        5,
      ),
    );
    expect(new Set(a).size).toBe(5);
    expect(a.filter((label, i) => label === b[i]).length).toBeGreaterThanOrEqual(40);
  });

  it("runs in integers from the first convolution to the scores", async () => {
    const operators = await countOperators(int8);
    expect(operators).toMatchObject({ QuantizeLinear: 1, QLinearConv: 21, QLinearAdd: 9, QGemm: 1 });
    for (const left of ["Conv", "Gemm", "Add", "Relu", "Pad", "BatchNormalization", "DequantizeLinear"]) {
      expect(operators).not.toHaveProperty(left);
    }
  });

  it("gives the same bits in any batch, with any number of threads", async () => {
    const x = randomBatch([256, 3, 12, 12], 5);
    const seen = new Set<string>();
    for (const threads of [1, 2]) {
      for (const size of [1, 7, 32, 256]) {
        seen.add((await logitsOf(int8, x, [256, 3, 12, 12], { size, threads })).join());
      }
    }
    expect(seen.size).toBe(1);
  });

  it("is the same file each time, smaller, with the record of the float model and one of its own", async () => {
    const again = await quantizedFor(float, randomBatch(dims, 1), dims);
    expect(Buffer.from(again).equals(Buffer.from(int8))).toBe(true);
    expect(int8.length).toBeLessThan(0.4 * float.length);
    const { metadata, properties } = readOnnxMetadata(int8, "q.onnx");
    expect(metadata).toEqual(readOnnxMetadata(float, "f.onnx").metadata);
    expect(JSON.parse(properties[QUANTIZATION_KEY])).toEqual({ weightBits: 7, activationBits: 8, perChannel: true });
  });

  it("stores weights as bytes with a scale a channel, or one for all", async () => {
    const whole = await quantizedFor(float, randomBatch(dims, 1), dims, { perChannel: false });
    for (const [bytes, scales] of [
      [int8, [16]],
      [whole, []],
    ] as const) {
      const { initializer } = decodeModel(bytes).graph;
      const stem = initializer.find((tensor) => tensor.dims.join() === "16,3,3,3")!;
      expect(stem.dataType).toBe(3);
      expect(Math.max(...new Int8Array(Uint8Array.from(stem.rawData!).buffer).map(Math.abs))).toBe(64);
      const scale = stem.name.replace("/integers", "/scale");
      expect(initializer.find(({ name }) => name === scale)!.dims).toEqual(scales);
      expect(initializer.filter(({ dataType, dims: sizes }) => dataType === 1 && sizes.length > 1)).toEqual([]);
    }
    const x = randomBatch(dims, 3);
    const reference = await logitsOf(float, x, dims);
    expect(distance(reference, await logitsOf(whole, x, dims))).toBeLessThan(0.1);
    const eight = await quantizedFor(float, randomBatch(dims, 1), dims, { weightBits: 8 });
    expect(distance(reference, await logitsOf(eight, x, dims))).toBeLessThan(
      distance(reference, await logitsOf(int8, x, dims)),
    );
  });
});

const L = tfl.layers;
const conv = (filters = 4): tfl.layers.Layer =>
  L.conv2d({ filters, kernelSize: 3, padding: "same", biasInitializer: "randomNormal" });

describe("other networks: logits near those in floats", () => {
  type Body = (pixels: tfl.SymbolicTensor) => tfl.SymbolicTensor;
  const apply = (layer: tfl.layers.Layer, ...xs: tfl.SymbolicTensor[]): tfl.SymbolicTensor =>
    layer.apply(xs.length === 1 ? xs[0] : xs) as tfl.SymbolicTensor;
  const end = (x: tfl.SymbolicTensor): tfl.SymbolicTensor => apply(L.dense({ units: 3 }), apply(L.flatten(), x));
  const cases: [string, Body, Readonly<Record<string, number>>][] = [
    [
      "depthwise convolution, ReLU6",
      (x) => end(apply(L.activation({ activation: "relu6" }), apply(L.depthwiseConv2d({ kernelSize: 3 }), x))),
      { QLinearConv: 1, QGemm: 1 },
    ],
    [
      "max pooling",
      (x) => end(apply(L.maxPooling2d({ poolSize: 2 }), apply(conv(), x))),
      { QLinearConv: 1, QGemm: 1, QuantizeLinear: 1 },
    ],
    [
      "average pooling",
      (x) => end(apply(L.averagePooling2d({ poolSize: 2 }), apply(conv(), x))),
      { QLinearAveragePool: 1, QGemm: 1 },
    ],
    [
      "concatenation",
      (x) => end(apply(L.concatenate(), apply(conv(), x), apply(conv(2), x))),
      { QLinearConv: 2, QLinearConcat: 1, QGemm: 1 },
    ],
    [
      "a convolution that is seen before and after its ReLU",
      (x) => {
        const convolved = apply(conv(), x);
        return end(apply(L.add(), convolved, apply(conv(), apply(L.reLU(), convolved))));
      },
      { QLinearConv: 2, QLinearAdd: 1, QGemm: 1 },
    ],
    [
      "padding that a pooling takes too",
      (x) => {
        const padded = apply(L.zeroPadding2d({ padding: 1 }), x);
        return end(
          apply(
            L.concatenate(),
            apply(L.conv2d({ filters: 2, kernelSize: 3 }), padded),
            apply(L.maxPooling2d({ poolSize: 3, strides: 1 }), padded),
          ),
        );
      },
      { Pad: 1, QLinearConv: 1, QGemm: 1 },
    ],
    [
      "an operator without an integer form between two that have one",
      (x) => end(apply(L.activation({ activation: "tanh" }), apply(conv(), x))),
      { QLinearConv: 1, Tanh: 1, QGemm: 1, QuantizeLinear: 2 },
    ],
    [
      "batch norm before the convolution",
      (x) => end(apply(conv(), apply(L.reLU(), apply(L.batchNormalization({}), x)))),
      { BatchNormalization: 1, QLinearConv: 1, QGemm: 1 },
    ],
    [
      "scores from a pooling",
      (x) => apply(L.globalAveragePooling2d({}), apply(conv(), apply(conv(), x))),
      { QLinearConv: 2, GlobalAveragePool: 1 },
    ],
    [
      "scores from a convolution",
      (x) => apply(L.flatten(), apply(L.conv2d({ filters: 3, kernelSize: 6 }), apply(conv(), x))),
      { QLinearConv: 1, Conv: 1 },
    ],
    ["probabilities", (x) => apply(L.softmax(), end(apply(conv(), x))), { QLinearConv: 1, QGemm: 1, Softmax: 1 }],
  ];
  it.each(cases)("%s", async (_, body, operators) => {
    const pixels = tfl.input({ shape: [6, 6, 3] });
    const model = tfl.model({ inputs: pixels, outputs: body(pixels) });
    seedWeights(model);
    const bytes = exportOnnx(model);
    const dims = [32, 3, 6, 6];
    const quantized = await quantizedFor(bytes, randomBatch(dims, 1), dims);
    expect(await countOperators(quantized)).toMatchObject(operators);
    const x = randomBatch(dims, 1);
    expect(distance(await logitsOf(bytes, x, dims), await logitsOf(quantized, x, dims))).toBeLessThan(0.05);
    model.dispose();
  });
});

describe("files of other programs", () => {
  const dims = [32, 3, 12, 12];
  let model: OnnxModel;
  beforeAll(() => {
    model = decodeModel(residual());
  });

  it("may hold constants in nodes, and values in fields of their type", async () => {
    const { initializer, node } = model.graph;
    const floats = initializer
      .filter(({ dataType }) => dataType === 1)
      .map(({ rawData, ...tensor }) => ({
        ...tensor,
        floatData: [...new Float32Array(Uint8Array.from(rawData!).buffer)],
      }));
    const constants = initializer
      .filter(({ dataType }) => dataType === 7)
      .map(({ rawData, name, ...tensor }) => {
        const int64Data = [...new BigInt64Array(Uint8Array.from(rawData!).buffer)].map(Number);
        const value = { name: "value", type: 4, t: { ...tensor, name: "", int64Data } };
        return { opType: "Constant", name, input: [], output: [name], attribute: [value] };
      });
    expect(constants.length).toBe(2);
    const foreign = encodeModel({
      ...model,
      graph: { ...model.graph, initializer: floats, node: [...constants, ...node] },
    });
    const x = randomBatch(dims, 1);
    const [ours, theirs] = [await quantizedFor(encodeModel(model), x, dims), await quantizedFor(foreign, x, dims)];
    expect(await logitsOf(theirs, x, dims)).toEqual(await logitsOf(ours, x, dims));
  });

  it("keep what is not looked into", async () => {
    const mark = { ...model, docString: "a note", modelVersion: 7 } as OnnxModel;
    const quantized = await quantizedFor(encodeModel(mark), randomBatch(dims, 1), dims);
    expect(decodeModel(quantized)).toMatchObject({ docString: "a note", modelVersion: 7 });
  });

  const refused: [string, (m: OnnxModel) => OnnxModel, string][] = [
    [
      "an old opset",
      (m) => ({ ...m, opsetImport: [{ domain: "", version: 11 }] }),
      "expected opset 13 or later, found 11. Export the model again",
    ],
    [
      "weights in another file",
      (m) => withGraph(m, { initializer: m.graph.initializer.map((t) => ({ ...t, dataLocation: 1 })) }),
      "expected all weights in this file, found some in others. Save it as one file",
    ],
    [
      "what is quantised",
      (m) => withGraph(m, { node: [{ ...m.graph.node[0], opType: "QLinearConv" }] }),
      "expected a float model, found QLinearConv: it is quantised already",
    ],
    [
      "control flow",
      (m) =>
        withGraph(m, {
          node: [
            { ...m.graph.node[0], opType: "If", attribute: [{ name: "then_branch", type: 5, g: new Uint8Array(2) }] },
          ],
        }),
      "expected a graph without control flow, found If",
    ],
    [
      "operators it can't quantise",
      (m) => withGraph(m, { node: [{ ...m.graph.node[0], opType: "Sin" }] }),
      "expected a Conv, Gemm or MatMul whose weights are float32 constants, found none among its operators: Sin",
    ],
    ["a graph without outputs", (m) => withGraph(m, { output: [] }), "is not an ONNX model: its graph has no output"],
  ];
  it.each(refused)("are refused with %s", (_, change, message) => {
    expect(() => quantizeOnnx(encodeModel(change(model)), new Map(), { path: "dir/f.onnx" })).toThrow(
      expect.objectContaining({ name: "FileError", message: expect.stringContaining(`dir/f.onnx: ${message}`) }),
    );
  });

  it("are refused where they are no models, without ranges, and with other bits", () => {
    expect(() => quantizeOnnx(Uint8Array.of(255, 255), new Map(), { path: "f.onnx" })).toThrow(
      expect.objectContaining({ name: "FileError", message: expect.stringContaining("f.onnx: is not an ONNX model") }),
    );
    expect(() => quantizeOnnx(encodeModel(model), new Map(), { path: "f.onnx" })).toThrow(
      expect.objectContaining({
        name: "ArgumentError",
        message: "quantizeOnnx: ranges must be given for each value of the probe, also 'pixels', got nothing",
      }),
    );
    const weightBits = 4 as WeightBits;
    expect(() => quantizeOnnx(encodeModel(model), new Map(), { path: "f.onnx", weightBits })).toThrow(
      expect.objectContaining({ name: "ArgumentError", message: "quantizeOnnx: weightBits must be 7 or 8, got 4" }),
    );
  });
});

function withGraph(model: OnnxModel, change: Partial<OnnxModel["graph"]>): OnnxModel {
  return { ...model, graph: { ...model.graph, ...change } };
}

/** Weights that are the same in each run. */
function seedWeights(model: tfl.LayersModel): void {
  model.weights.forEach((weight, salt) => {
    const shape = weight.shape as number[];
    const values = randomBatch(shape, 100 + salt).map((v) =>
      /variance/.test(weight.originalName) ? 0.5 + Math.abs(v) : v / 2,
    );
    weight.write(tf.tensor(values, shape));
  });
}

/** Relative distance of logits. */
function distance(expected: readonly number[], actual: readonly number[]): number {
  const norm = (values: readonly number[]): number => Math.sqrt(values.reduce((sum, v) => sum + v * v, 0));
  expect(actual.length).toBe(expected.length);
  return norm(expected.map((v, i) => v - actual[i])) / norm(expected);
}

function labels(logits: readonly number[], classes: number): number[] {
  return Array.from({ length: logits.length / classes }, (_, i) => {
    const row = logits.slice(i * classes, (i + 1) * classes);
    return row.indexOf(Math.max(...row));
  });
}
