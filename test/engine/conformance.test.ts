import { readFileSync } from "node:fs";
import * as tf from "@tensorflow/tfjs-core";
import type * as tfl from "@tensorflow/tfjs-layers";
import {
  ARCHITECTURES,
  buildModel,
  describeEngines,
  FoldedInference,
  gaussianNoise,
  type ImageShape,
  STREAM,
  signatureOf,
  useEngine,
} from "smoothcert";
import { layersClassifier, Sampler } from "smoothcert/certify";
import { maxup, train } from "smoothcert/train";
import { beforeAll, describe, expect, test } from "vitest";
import { convolutional, numbers, toyData, toyNoise, toySettings, weightsOf } from "../train/support.js";

/**
 * What training and certification need of an engine, asked of each that is there; the plain loops of `cpu` are the
 * reference.
 */

/**
 * Whether an engine's matrix products round alike in batches of all sizes: TensorFlow's do with AVX-512 instructions,
 * and with AVX2 alone did not (docs/engines.md).
 */
function roundsAlike(engine: string): boolean {
  if (engine !== "node" || process.platform !== "linux") return true;
  return readFileSync("/proc/cpuinfo", "utf8").includes("avx512f");
}

const REFERENCE = "cpu";
/** Parts of a batch of 67: where they begin, and how many they are. */
const PARTS = [
  [0, 2],
  [65, 2],
  [4, 3],
  [11, 7],
  [30, 32],
  [1, 64],
] as const;
const SHAPE: ImageShape = [8, 8, 3];

function build(architecture: string): tfl.LayersModel {
  // LeNet's two unpadded 5x5 convolutions need a larger image.
  const inputShape: ImageShape = architecture === "lenet" ? [16, 16, 1] : SHAPE;
  return buildModel(architecture, { inputShape, classes: 4, seed: 7 });
}

function images(model: tfl.LayersModel, count: number): tf.Tensor4D {
  const shape = [count, ...signatureOf(model).inputShape] as [number, number, number, number];
  return tf.tensor4d(numbers(tf.util.sizeFromShape(shape), 3).map(Math.abs), shape);
}

function logits(architecture: string): Float32Array {
  const model = build(architecture);
  const values = tf.tidy(() => (model.predict(images(model, 1)) as tf.Tensor).dataSync() as Float32Array);
  model.dispose();
  return Float32Array.from(values);
}

/** The gradients of a loss for all weights, batch norm in training mode; and the loss and weights themselves. */
function differentiate(model: tfl.LayersModel) {
  const variables = model.trainableWeights.map((weight) => weight.read() as tf.Variable);
  const x = images(model, 4);
  const classes = model.outputs[0].shape[1]!;
  const labels = tf.oneHot(tf.tensor1d([0, 1, 2, 0], "int32"), classes);
  const loss = (): tf.Scalar =>
    tf.losses.softmaxCrossEntropy(labels, model.apply(x, { training: true }) as tf.Tensor) as tf.Scalar;
  const { grads } = tf.variableGrads(loss, variables);
  return { loss, variables, gradients: variables.map((variable) => grads[variable.name]) };
}

/** All gradients of an architecture, end to end. */
function allGradients(architecture: string): Float32Array[] {
  const model = build(architecture);
  const values = tf.tidy(() => differentiate(model).gradients.map((each) => Float32Array.from(each.dataSync())));
  model.dispose();
  return values;
}

interface Trained {
  /** Of all layers, end to end. */
  readonly weights: Float32Array;
  readonly tensors: number[];
}

/**
 * A convolutional net with batch norm after some epochs of three MaxUp steps, and the tensors alive after each epoch.
 */
async function trained(epochs: number): Promise<Trained> {
  const model = convolutional();
  const tensors: number[] = [];
  await train({
    model,
    dataset: toyData(),
    objective: maxup(3),
    augmentation: toyNoise,
    settings: toySettings({ epochs }),
    hooks: { onEpoch: async () => void tensors.push(tf.memory().numTensors) },
  });
  const weights = Float32Array.from(weightsOf(model).flatMap((values) => [...values]));
  model.dispose();
  return { weights, tensors };
}

/** The largest difference, relative to the largest value. */
function distance(actual: Float32Array, expected: Float32Array): number {
  expect(actual.length).toBe(expected.length);
  const scale = expected.reduce((max, value) => Math.max(max, Math.abs(value)), 1e-30);
  // Math.max keeps a NaN, which then is not less than anything.
  return actual.reduce((max, value, i) => Math.max(max, Math.abs(value - expected[i]) / scale), 0);
}

const NAMES = ARCHITECTURES.map(({ name }) => name);
const expected = {
  logits: new Map<string, Float32Array>(),
  gradients: [] as Float32Array[],
  weights: new Float32Array() as Float32Array,
};

beforeAll(async () => {
  await useEngine(REFERENCE);
  for (const name of NAMES) expected.logits.set(name, logits(name));
  expected.gradients = allGradients("resnet20");
  expected.weights = (await trained(1)).weights;
}, 60_000);

for (const report of await describeEngines()) {
  if (!report.available) {
    test.skip(`engine ${report.name} is not here: ${report.why}`);
    continue;
  }
  describe(`engine ${report.name}`, () => {
    beforeAll(async () => {
      await useEngine(report.name);
    });

    test.each([
      ["LeNet", () => build("lenet")],
      ["a net with batch norm", () => convolutional()],
    ])("the gradients of %s are the slopes of its loss", (_, create) => {
      const model = create();
      const before = tf.memory().numTensors;
      for (const { weight, gradient, measured } of slopes(model)) {
        // A bias before batch norm has no influence: both are 0 there, up to rounding.
        expect(Math.abs(measured - gradient), weight).toBeLessThan(0.02 * gradient + 1e-3);
      }
      expect(tf.memory().numTensors).toBe(before);
      model.dispose();
    });

    test("the same seed gives the same weights, bit for bit, and no epoch leaves tensors behind", async () => {
      const [one, again] = [await trained(4), await trained(4)];
      expect(again.weights).toEqual(one.weights);
      expect(new Set(one.tensors).size).toBe(1);
    });

    test.each(NAMES.filter((name) => !name.startsWith("resnet") || name === "resnet20"))(
      "%s gives an image the same logits in every batch of two or more",
      (name) => {
        const most = roundsAlike(report.name) ? 0 : 1e-5;
        const model = build(name);
        tf.tidy(() => {
          const inference = new FoldedInference(model);
          const batch = images(model, 67);
          const all = inference.outputs(batch);
          for (const [first, count] of PARTS) {
            const part = inference.outputs(tf.slice(batch, first, count));
            const expected = tf.slice(all, first, count).dataSync() as Float32Array;
            const found = distance(part.dataSync() as Float32Array, expected);
            expect(found, `${count} from ${first}`).toBeLessThanOrEqual(most);
          }
        });
        model.dispose();
      },
    );

    test.each(["lenet", "resnet20"])(
      "certification counts the same labels of %s whatever the batch size",
      async (name) => {
        const model = build(name);
        const { inputShape: imageShape } = signatureOf(model);
        const x = Float32Array.from(numbers(tf.util.sizeFromShape([...imageShape]), 5), Math.abs);
        const counts: number[][] = [];
        for (const batchSize of [1, 7, 32, 64]) {
          const base = layersClassifier(model, { name, hash: "", imageShape, engine: report.name, batchSize });
          const address = { seed: 1, stream: STREAM.estimation, example: 0, sample: 0 };
          counts.push([...(await new Sampler(base, gaussianNoise(1)).countLabels(x, 70, address))]);
          await base.close?.();
        }
        for (const each of counts) expect(each).toEqual(counts[0]);
        model.dispose();
      },
    );

    if (report.name !== REFERENCE) {
      test("gives every architecture the reference's logits", () => {
        for (const name of NAMES) expect(distance(logits(name), expected.logits.get(name)!), name).toBeLessThan(1e-4);
      });

      test("gives ResNet-20 the reference's gradients", () => {
        const gradients = allGradients("resnet20");
        gradients.forEach((values, i) => void expect(distance(values, expected.gradients[i])).toBeLessThan(1e-3));
      });

      test("three steps of training end at the reference's weights", async () => {
        const { weights } = await trained(1);
        expect(distance(weights, expected.weights)).toBeLessThan(1e-4);
      });
    }
  });
}

interface Slope {
  readonly weight: string;
  readonly gradient: number;
  readonly measured: number;
}

/** Along the gradient of each weight alone: its length, and what a central difference of the loss says of it. */
function slopes(model: tfl.LayersModel): Slope[] {
  return tf.tidy(() => {
    const { loss, variables, gradients } = differentiate(model);
    return variables.map((variable, i) => {
      const length = tf.norm(gradients[i]).dataSync()[0];
      const direction = tf.div(gradients[i], Math.max(length, 1e-6));
      const measured = centralDifference(variable, direction, loss, 3e-3);
      return { weight: model.trainableWeights[i].originalName, gradient: length, measured };
    });
  });
}

function centralDifference(variable: tf.Variable, direction: tf.Tensor, loss: () => tf.Scalar, step: number): number {
  const start = tf.clone(variable);
  const at = (distance: number): number => {
    variable.assign(tf.add(start, tf.mul(direction, distance)));
    return loss().dataSync()[0];
  };
  const difference = (at(step) - at(-step)) / (2 * step);
  variable.assign(start);
  return difference;
}
