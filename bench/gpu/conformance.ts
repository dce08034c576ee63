import * as tf from "@tensorflow/tfjs-core";
import type * as tfl from "@tensorflow/tfjs-layers";
import { buildModel, FoldedInference, type ImageShape, useEngine } from "smoothcert";
import { completeSettings, createObjective, gaussianCopies, train } from "smoothcert/train";
import { randomImages } from "../random-images.js";
import { SIGMA, type Size } from "./cases.js";

/**
 * WebGPU beside WebAssembly on the processor, as the test suite compares engines: logits, gradients, weights after
 * steps of MaxUp, and an image's logits in batches of several sizes. Differences are relative to the largest value.
 */

export interface Conformance {
  readonly name: string;
  readonly difference: number;
  /** The largest difference that rounding explains. */
  readonly most: number;
}

interface Net {
  readonly name: string;
  readonly shape: ImageShape;
  /** Of gradients; batch norm of four images divides by small numbers. */
  readonly most: number;
}

const NETS: readonly Net[] = [
  { name: "lenet", shape: [16, 16, 1], most: 1e-4 },
  { name: "resnet20", shape: [8, 8, 3], most: 1e-3 },
];

export async function conformance(size: Size): Promise<{ checks: Conformance[] }> {
  const checks: Conformance[] = [];
  for (const net of size === "full" ? NETS : NETS.slice(0, 1)) {
    const expected = await valuesOn("wasm", net);
    const actual = await valuesOn("webgpu", net);
    const compare = (what: "logits" | "gradients" | "weights", most: number): void => {
      const difference = distance(actual[what], expected[what]);
      checks.push({ name: `${net.name}: ${what} equal the processor's`, difference, most });
    };
    compare("logits", 1e-4);
    compare("gradients", net.most);
    compare("weights", net.most);
    checks.push({ name: `${net.name}: the same logits in every batch`, difference: actual.batches, most: 0 });
  }
  return { checks };
}

interface Values {
  readonly logits: Float32Array;
  readonly gradients: Float32Array;
  /** After three steps of MaxUp. */
  readonly weights: Float32Array;
  /** The largest difference between an image's logits in batches of several sizes. */
  readonly batches: number;
}

async function valuesOn(engine: "wasm" | "webgpu", { name, shape }: Net): Promise<Values> {
  await useEngine(engine);
  const build = (): tfl.LayersModel => buildModel(name, { inputShape: shape, classes: 10, seed: 7 });
  const model = build();
  const [logits, ...gradients] = await read(() => [folded(model, 0, 4), ...gradientsOf(model)]);
  const [whole, ...parts] = await read(() => [
    folded(model, 0, 12),
    ...PARTS.map(([first, count]) => folded(model, first, count)),
  ]);
  const batches = PARTS.map(([first, count], i) =>
    distance(parts[i], whole.subarray(10 * first, 10 * (first + count))),
  );
  const trained = build();
  await train({
    model: trained,
    dataset: randomImages(shape, 12),
    objective: createObjective({ name: "maxup", copies: 3 }),
    augmentation: gaussianCopies(SIGMA),
    settings: completeSettings({ epochs: 1, batch: 4, lr: 0.01, warmup: 0 }),
  });
  const weights = await Promise.all(trained.weights.map((weight) => weight.read().data<"float32">()));
  return { logits, gradients: joined(gradients), weights: joined(weights), batches: Math.max(...batches) };
}

/** Parts of a batch of twelve: where they begin, and how many they are. */
const PARTS = [
  [0, 2],
  [9, 3],
  [2, 8],
] as const;

function imagesOf(model: tfl.LayersModel, first: number, count: number): tf.Tensor4D {
  const [height, width, channels] = model.inputs[0].shape.slice(1) as number[];
  const dataset = randomImages([height, width, channels], first + count);
  const pixels = Array.from({ length: count }, (_, i) => Float32Array.from(dataset.example(first + i).pixels));
  return tf.div(tf.tensor4d(joined(pixels), [count, height, width, channels]), 255);
}

function folded(model: tfl.LayersModel, first: number, count: number): tf.Tensor {
  return new FoldedInference(model).outputs(imagesOf(model, first, count));
}

function gradientsOf(model: tfl.LayersModel): tf.Tensor[] {
  const variables = model.trainableWeights.map((weight) => weight.read() as tf.Variable);
  const x = imagesOf(model, 0, 4);
  const labels = tf.oneHot(tf.tensor1d([0, 1, 2, 0], "int32"), 10);
  const { grads } = tf.variableGrads(
    () => tf.losses.softmaxCrossEntropy(labels, model.apply(x, { training: true }) as tf.Tensor) as tf.Scalar,
    variables,
  );
  return variables.map(({ name }) => grads[name]);
}

/** What a function computes, read back later, as a GPU needs it. */
async function read(compute: () => tf.Tensor[]): Promise<Float32Array[]> {
  const tensors = tf.tidy(compute);
  return Promise.all(tensors.map(async (tensor) => Float32Array.from(await tensor.data())));
}

function joined(parts: readonly Float32Array[]): Float32Array {
  return Float32Array.from(parts.flatMap((part) => [...part]));
}

function distance(actual: Float32Array, expected: Float32Array): number {
  const scale = expected.reduce((most, value) => Math.max(most, Math.abs(value)), 1e-30);
  // Math.max keeps a NaN.
  return actual.reduce((most, value, i) => Math.max(most, Math.abs(value - expected[i]) / scale), 0);
}
