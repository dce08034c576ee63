import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as tf from "@tensorflow/tfjs-core";
import * as tfl from "@tensorflow/tfjs-layers";
import * as ort from "onnxruntime-node";
import {
  buildModel,
  exportOnnx,
  type ImageShape,
  inferMetadata,
  type ModelMetadata,
  type OnnxExportOptions,
  readOnnxMetadata,
  saveOnnx,
  signatureOf,
  useEngine,
} from "smoothcert";
import { beforeAll, describe, expect, test } from "vitest";

/** The yardstick is ONNX Runtime, which knows nothing of TensorFlow.js. */

beforeAll(async () => {
  await useEngine("wasm");
});

const L = tfl.layers;
const LAYOUTS = ["nchw", "nhwc"] as const;
const FOLDS = [true, false];

function noise(length: number, salt: number): Float32Array {
  return Float32Array.from({ length }, (_, i) => Math.sin((i + 1) * 12.9898 + salt) * Math.cos(i * 0.731 + salt));
}

/** Batch norms as after training, not as new: means and scales of either sign, variances away from 1. */
function randomizeWeights(model: tfl.LayersModel): void {
  model.weights.forEach((weight, salt) => {
    if (/kernel/.test(weight.originalName)) return;
    const values = noise(tf.util.sizeFromShape(weight.shape as number[]), salt);
    const variance = /variance/.test(weight.originalName);
    weight.write(tf.tensor(variance ? values.map((v) => 0.5 + Math.abs(v)) : values, weight.shape as number[]));
  });
}

async function onnxLogits(bytes: Uint8Array, x: Float32Array, dims: number[]): Promise<Float32Array> {
  const session = await ort.InferenceSession.create(bytes);
  expect(session.inputNames).toEqual(["pixels"]);
  expect(session.outputNames).toEqual(["logits"]);
  const { logits } = await session.run({ pixels: new ort.Tensor("float32", x, dims) });
  await session.release();
  return logits.data as Float32Array;
}

/** Images NHWC as the layout wants them. */
function arrange(x: Float32Array, count: number, shape: ImageShape, layout: "nchw" | "nhwc"): Float32Array {
  if (layout === "nhwc") return x;
  const turned = tf.tidy(() => tf.transpose(tf.tensor4d(x, [count, ...shape]), [0, 3, 1, 2]).dataSync());
  return turned as Float32Array;
}

function tfLogits(model: tfl.LayersModel, x: Float32Array, dims: number[]): Float32Array {
  return tf.tidy(() => (model.predict(tf.tensor(x, dims)) as tf.Tensor).dataSync() as Float32Array);
}

/** ONNX Runtime and TensorFlow.js agree to 1e-4 of the largest logit. */
async function expectSameLogits(model: tfl.LayersModel, options: OnnxExportOptions, batches = [1, 7]): Promise<void> {
  const bytes = exportOnnx(model, options);
  const { inputShape, classes } = signatureOf(model);
  const layout = options.layout ?? "nchw";
  const [height, width, channels] = inputShape;
  for (const count of batches) {
    const x = noise(count * height * width * channels, 3).map((v) => Math.abs(v));
    const dims = layout === "nchw" ? [count, channels, height, width] : [count, height, width, channels];
    const actual = await onnxLogits(bytes, arrange(x, count, inputShape, layout), dims);
    const expected = tfLogits(model, x, [count, ...inputShape]);
    expect(actual.length).toBe(count * classes);
    const scale = expected.reduce((max, v) => Math.max(max, Math.abs(v)), 0);
    expect(scale).toBeGreaterThan(0);
    const worst = expected.reduce((max, v, i) => Math.max(max, Math.abs(v - actual[i])), 0);
    expect(worst / scale).toBeLessThan(1e-4);
  }
}

describe("logits of the exported model equal TensorFlow.js's", () => {
  // The other ResNets are made of the same layers.
  const cases = ["linear", "mlp", "lenet", "resnet20"].flatMap((name) =>
    LAYOUTS.flatMap((layout) => FOLDS.map((foldBatchNorm) => ({ name, layout, foldBatchNorm }))),
  );
  test.each(cases)("$name, $layout, folded: $foldBatchNorm", async ({ name, layout, foldBatchNorm }) => {
    const inputShape: ImageShape = name.startsWith("resnet") ? [12, 10, 3] : [17, 20, 2];
    const channels = inputShape[2];
    const mean = [0.4, 0.5, 0.6].slice(0, channels);
    const preprocessing = { crop: [inputShape[0] - 1, inputShape[1] - 1] as const, mean, std: mean };
    const model = buildModel(name, { inputShape, classes: 5, seed: 3, preprocessing });
    if (name.startsWith("resnet")) randomizeWeights(model);
    await expectSameLogits(model, { layout, foldBatchNorm });
    model.dispose();
  });
});

describe("each layer", () => {
  const norm = (): tfl.layers.Layer => L.batchNormalization({ epsilon: 0.01 });
  const layers: [string, () => tfl.layers.Layer[]][] = [
    ["convolution, same, stride 2", () => [L.conv2d({ filters: 4, kernelSize: [3, 2], strides: 2, padding: "same" })]],
    ["convolution, dilated", () => [L.conv2d({ filters: 2, kernelSize: 3, dilationRate: 2, activation: "tanh" })]],
    ["convolution without bias", () => [L.conv2d({ filters: 2, kernelSize: 2, useBias: false, activation: "relu" })]],
    [
      "depthwise convolution",
      () => [L.depthwiseConv2d({ kernelSize: 3, depthMultiplier: 2, padding: "same" }), norm()],
    ],
    ["convolution and batch norm", () => [L.conv2d({ filters: 4, kernelSize: 2 }), norm(), L.reLU()]],
    [
      "convolution with activation, batch norm",
      () => [L.conv2d({ filters: 2, kernelSize: 2, activation: "relu" }), norm()],
    ],
    ["batch norm without scale", () => [L.batchNormalization({ scale: false })]],
    ["batch norm of a vector", () => [L.flatten(), norm()]],
    ["max pooling, same", () => [L.maxPooling2d({ poolSize: 3, strides: 2, padding: "same" })]],
    ["average pooling, same", () => [L.averagePooling2d({ poolSize: 2, padding: "same" })]],
    ["global average pooling", () => [L.globalAveragePooling2d({})]],
    ["global max pooling", () => [L.globalMaxPooling2d({})]],
    ["reshape to a vector", () => [L.reshape({ targetShape: [7 * 9 * 3] })]],
    ["reshape to an image", () => [L.reshape({ targetShape: [9, 3, 7] }), L.maxPooling2d({ poolSize: 2 })]],
    [
      "reshape to a matrix and back",
      () => [L.reshape({ targetShape: [21, 9] }), L.reshape({ targetShape: [7, 9, 3] })],
    ],
    [
      "cropping",
      () => [
        L.cropping2D({
          cropping: [
            [1, 2],
            [3, 0],
          ],
        }),
      ],
    ],
    [
      "zero padding",
      () => [
        L.zeroPadding2d({
          padding: [
            [1, 2],
            [3, 0],
          ],
        }),
      ],
    ],
    ["rescaling", () => [L.rescaling({ scale: 2, offset: -0.5 })]],
    [
      "dropout and noise",
      () => [L.dropout({ rate: 0.5 }), L.gaussianNoise({ stddev: 1 }), L.gaussianDropout({ rate: 0.5 })],
    ],
    ["leaky ReLU", () => [L.rescaling({ scale: 1, offset: -0.5 }), L.leakyReLU({ alpha: 0.2 })]],
    ["ReLU with a ceiling", () => [L.rescaling({ scale: 9, offset: -1 }), L.reLU({ maxValue: 2 })]],
    ["softmax", () => [L.flatten(), L.dense({ units: 5 }), L.softmax()]],
    ...["relu6", "elu", "selu", "sigmoid", "softplus", "softsign", "softmax", "linear"].map(
      (activation): [string, () => tfl.layers.Layer[]] => [
        `dense with ${activation}`,
        () => [
          L.rescaling({ scale: 9, offset: -4 }),
          L.flatten(),
          L.dense({ units: 6, useBias: false }),
          L.activation({ activation: activation as "elu" }),
        ],
      ],
    ),
  ];

  test.each(layers)("%s", async (_, make) => {
    const model = tfl.sequential();
    const [first, ...rest] = make();
    model.add(L.inputLayer({ inputShape: [7, 9, 3] }));
    for (const layer of [first, ...rest]) model.add(layer);
    if (model.outputs[0].shape.length > 2) model.add(L.flatten());
    model.add(L.dense({ units: 3 }));
    randomizeWeights(model);
    for (const layout of LAYOUTS) {
      for (const foldBatchNorm of FOLDS) await expectSameLogits(model, { layout, foldBatchNorm }, [2]);
    }
    model.dispose();
  });

  test("merges, concatenations, and a convolution that is used twice", async () => {
    const pixels = tfl.input({ shape: [6, 5, 2] });
    const apply = (layer: tfl.layers.Layer, ...xs: tfl.SymbolicTensor[]): tfl.SymbolicTensor =>
      layer.apply(xs.length === 1 ? xs[0] : xs) as tfl.SymbolicTensor;
    const convolved = apply(L.conv2d({ filters: 3, kernelSize: 3, padding: "same" }), pixels);
    const normalized = apply(L.batchNormalization({}), convolved);
    const sum = apply(L.add(), convolved, normalized, apply(L.reLU(), normalized));
    const pair = apply(L.add(), sum, convolved);
    const wide = apply(L.concatenate(), sum, pair, apply(L.average(), sum, normalized));
    const tall = apply(L.concatenate({ axis: 1 }), wide, wide);
    const broad = apply(L.concatenate({ axis: 2 }), tall, tall);
    const ends = apply(L.concatenate(), apply(L.flatten(), broad), apply(L.flatten(), apply(L.maximum(), sum, pair)));
    const all = apply(L.concatenate(), ends, apply(L.flatten(), apply(L.minimum(), sum, pair)));
    const model = tfl.model({ inputs: pixels, outputs: apply(L.dense({ units: 4 }), all) });
    randomizeWeights(model);
    for (const foldBatchNorm of FOLDS) await expectSameLogits(model, { foldBatchNorm });
  });

  test("folding removes every batch norm that follows a convolution", () => {
    const model = buildModel("resnet20", { inputShape: [8, 8, 3], classes: 2, seed: 1 });
    const count = (bytes: Uint8Array): number =>
      Buffer.from(bytes).toString("latin1").split("BatchNormalization").length - 1;
    expect(count(exportOnnx(model))).toBe(0);
    expect(count(exportOnnx(model, { foldBatchNorm: false }))).toBe(21);
  });
});

describe("exportOnnx refuses", () => {
  function modelOf(...layers: tfl.layers.Layer[]): tfl.LayersModel {
    return tfl.sequential({ layers: [L.inputLayer({ inputShape: [4, 4, 2] }), ...layers] });
  }
  const end = (): tfl.layers.Layer[] => [L.flatten(), L.dense({ units: 2 })];
  const cases: [string, () => tfl.LayersModel, string][] = [
    [
      "a layer it does not know",
      () => modelOf(L.permute({ dims: [2, 1, 3], name: "odd" }), ...end()),
      'layer "odd" of class Permute is not supported. Supported: Activation, Add, ',
    ],
    [
      "channels first",
      () => modelOf(L.maxPooling2d({ poolSize: 2, dataFormat: "channelsFirst", name: "p" }), ...end()),
      'layer "p" of class MaxPooling2D: dataFormat "channelsFirst" is not supported',
    ],
    [
      "softmax over channels",
      () => modelOf(L.activation({ activation: "softmax", name: "s" }), ...end()),
      'layer "s" of class Activation: softmax over an output of shape [4,4,2] is not supported',
    ],
    [
      "an unknown activation",
      () => modelOf(L.activation({ activation: "hardSigmoid", name: "h" }), ...end()),
      'activation "hardSigmoid" is not supported',
    ],
    [
      "a dense layer on images",
      () => modelOf(L.dense({ units: 3, name: "d" }), ...end()),
      'layer "d" of class Dense: an input of shape [4,4,2] is not supported',
    ],
    [
      "a batch norm over rows",
      () => modelOf(L.batchNormalization({ axis: 1, name: "b" }), ...end()),
      'layer "b" of class BatchNormalization: axis 1 is not supported',
    ],
  ];
  test.each(cases)("%s", (_, make, message) => {
    expect(() => exportOnnx(make())).toThrow(
      expect.objectContaining({ name: "ArgumentError", message: expect.stringContaining(message) }),
    );
  });

  test("an unknown layout", () => {
    expect(() => exportOnnx(modelOf(...end()), { layout: "hwcn" as "nchw" })).toThrow(
      expect.objectContaining({
        name: "ArgumentError",
        message: 'exportOnnx: layout must be nchw or nhwc, got "hwcn"',
      }),
    );
  });
});

describe("readOnnxMetadata", () => {
  const model = (): tfl.LayersModel => buildModel("linear", { inputShape: [4, 5, 3], classes: 2, seed: 1 });

  test("reads our record, and names and shapes, from the bytes", () => {
    const metadata: ModelMetadata = { ...inferMetadata(signatureOf(model())), training: { sigma: 0.25, copies: 4 } };
    const description = readOnnxMetadata(exportOnnx(model(), { metadata }), "m.onnx");
    expect(description).toMatchObject({
      metadata,
      inputs: [{ name: "pixels", shape: ["N", 3, 4, 5] }],
      outputs: [{ name: "logits", shape: ["N", 2] }],
    });
    expect(Object.keys(description.properties)).toEqual(["smoothcert"]);
  });

  test("a file without our record has none", () => {
    const description = readOnnxMetadata(exportOnnx(model(), { layout: "nhwc" }), "m.onnx");
    expect(description).not.toHaveProperty("metadata");
    expect(description.inputs).toEqual([{ name: "pixels", shape: ["N", 4, 5, 3] }]);
  });

  test("bytes that are no ONNX model are refused by name", () => {
    for (const bytes of [new Uint8Array(0), Buffer.from("idx\tlabel\tpredict"), exportOnnx(model()).subarray(0, 200)]) {
      expect(() => readOnnxMetadata(bytes, "m.onnx")).toThrow(
        expect.objectContaining({
          name: "FileError",
          message: expect.stringMatching(/^m\.onnx: is not an ONNX model: /),
        }),
      );
    }
  });

  test("a broken record is refused by name", () => {
    const broken = { ...inferMetadata(signatureOf(model())), training: { sigma: -1 } };
    expect(() => readOnnxMetadata(exportOnnx(model(), { metadata: broken }), "m.onnx")).toThrow(
      expect.objectContaining({
        name: "FileError",
        message: expect.stringContaining("m.onnx: its smoothcert record is broken: training.sigma: "),
      }),
    );
  });

  test("saveOnnx writes what exportOnnx gives, and nothing else", async () => {
    const folder = await mkdtemp(join(tmpdir(), "smoothcert-"));
    await saveOnnx(model(), join(folder, "m.onnx"));
    expect(await readdir(folder)).toEqual(["m.onnx"]);
    expect(new Uint8Array(await readFile(join(folder, "m.onnx")))).toEqual(new Uint8Array(exportOnnx(model())));
    await rm(folder, { recursive: true });
  });
});
