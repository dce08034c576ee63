import { readFileSync } from "node:fs";
import * as tf from "@tensorflow/tfjs-core";
import type * as tfl from "@tensorflow/tfjs-layers";
import {
  buildModel,
  type EngineReport,
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
import { convolutional, numbers, toyData, toyNoise, toySettings } from "../train/support.js";

/** What training and certification need of an engine; the plain loops of `cpu` are the reference. */

/**
 * Whether an engine's matrix products round alike in batches of all sizes: TensorFlow's do with AVX-512 instructions,
 * and with AVX2 alone did not (docs/engines.md).
 */
function roundsAlike(engine: string): boolean {
  if (engine !== "node" || process.platform !== "linux") return true;
  return readFileSync("/proc/cpuinfo", "utf8").includes("avx512f");
}

const REFERENCE = "cpu";
/** Parts of a batch: where they begin, and how many they are. */
const PARTS: readonly (readonly [first: number, count: number])[] = [
  [0, 2],
  [65, 2],
  [4, 3],
  [11, 7],
  [30, 32],
  [1, 64],
];
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

/** What a function computes, read back as an engine on a GPU needs it: later. */
async function valuesOf(compute: () => tf.Tensor[]): Promise<Float32Array[]> {
  const tensors = tf.tidy(compute);
  const values = await Promise.all(tensors.map((tensor) => tensor.data<"float32">()));
  tf.dispose(tensors);
  return values.map((each) => Float32Array.from(each));
}

async function logits(architecture: string): Promise<Float32Array> {
  const model = build(architecture);
  const [values] = await valuesOf(() => [model.predict(images(model, 1)) as tf.Tensor]);
  model.dispose();
  return values;
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
async function allGradients(architecture: string): Promise<Float32Array[]> {
  const model = build(architecture);
  const values = await valuesOf(() => differentiate(model).gradients);
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
  const read = await Promise.all(model.weights.map((weight) => weight.read().data()));
  model.dispose();
  return { weights: Float32Array.from(read.flatMap((values) => [...values])), tensors };
}

/** The largest difference, relative to the largest value. */
function distance(actual: Float32Array, expected: Float32Array): number {
  expect(actual.length).toBe(expected.length);
  const scale = expected.reduce((max, value) => Math.max(max, Math.abs(value)), 1e-30);
  // Math.max keeps a NaN, which then is not less than anything.
  return actual.reduce((max, value, i) => Math.max(max, Math.abs(value - expected[i]) / scale), 0);
}

interface Expected {
  readonly logits: Map<string, Float32Array>;
  readonly gradients: Map<string, Float32Array[]>;
  readonly weights: Float32Array;
}

/** Architectures whose gradients are compared, with the largest difference that rounding may make. */
const GRADIENTS: readonly (readonly [name: string, most: number])[] = [
  ["linear", 1e-4],
  ["mlp", 1e-4],
  ["lenet", 1e-4],
  ["resnet20", 1e-3],
];

/** Those of them that are among the names. */
function compared(names: readonly string[]): typeof GRADIENTS {
  return GRADIENTS.filter(([name]) => names.includes(name));
}

async function computeExpected(names: readonly string[]): Promise<Expected> {
  await useEngine(REFERENCE);
  const expected: Expected = { logits: new Map(), gradients: new Map(), weights: (await trained(1)).weights };
  for (const name of names) expected.logits.set(name, await logits(name));
  for (const [name] of compared(names)) expected.gradients.set(name, await allGradients(name));
  return expected;
}

/** The architectures that an engine is fast enough for. */
export interface Networks {
  /** Whose logits are compared. */
  readonly names: readonly string[];
  /** Computed in batches of many sizes. */
  readonly batched: readonly string[];
  /** Whose labels are counted. */
  readonly counted: readonly string[];
  /** Whether the engine takes so long that it does less of what its likeness to the reference shows as well. */
  readonly slow?: boolean;
}

let reference: Promise<Expected> | undefined;

/** Declares the tests of an engine, or says why they are skipped. All engines of a file have the same networks. */
export function conforms(report: EngineReport, { names, batched, counted, slow = false }: Networks): void {
  if (!report.available) {
    test.skip(`engine ${report.name} is not here: ${report.why}`);
    return;
  }
  describe(`engine ${report.name}`, () => {
    let expected: Expected;

    beforeAll(async () => {
      reference ??= computeExpected(names);
      expected = await reference;
      await useEngine(report.name);
    }, 60_000);

    const nets: [string, () => tfl.LayersModel][] = [
      ["LeNet", () => build("lenet")],
      ["a net with batch norm", () => convolutional()],
    ];
    test.each(slow ? [] : nets)("the gradients of %s are the slopes of its loss", async (_, create) => {
      const model = create();
      const before = tf.memory().numTensors;
      for (const { weight, gradient, measured } of await slopes(model)) {
        // A bias before batch norm has no influence: both are 0 there, up to rounding.
        expect(Math.abs(measured - gradient), weight).toBeLessThan(0.02 * gradient + 1e-3);
      }
      expect(tf.memory().numTensors).toBe(before);
      model.dispose();
    });

    test.skipIf(slow)(
      "the same seed gives the same weights, bit for bit, and no epoch leaves tensors behind",
      async () => {
        const [one, again] = [await trained(4), await trained(4)];
        expect(again.weights).toEqual(one.weights);
        expect(new Set(one.tensors).size).toBe(1);
      },
    );

    test.each(batched)("%s gives an image the same logits in every batch of two or more", async (name) => {
      const most = roundsAlike(report.name) ? 0 : 1e-5;
      const model = build(name);
      const [all, ...parts] = await valuesOf(() => {
        const inference = new FoldedInference(model);
        const batch = images(model, Math.max(...PARTS.map(([first, count]) => first + count)));
        const parts = PARTS.map(([first, count]) => inference.outputs(tf.slice(batch, first, count)));
        return [inference.outputs(batch), ...parts];
      });
      PARTS.forEach(([first, count], i) => {
        const found = distance(parts[i], all.subarray(first * 4, (first + count) * 4));
        expect(found, `${count} from ${first}`).toBeLessThanOrEqual(most);
      });
      model.dispose();
    });

    test.each(counted)("certification counts the same labels of %s whatever the batch size", async (name) => {
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
    });

    if (report.name !== REFERENCE) {
      test("gives every architecture the reference's logits", async () => {
        for (const name of names) {
          expect(distance(await logits(name), expected.logits.get(name)!), name).toBeLessThan(1e-4);
        }
      });

      test.each(compared(names))("gives %s the reference's gradients within %d", async (name, most) => {
        const gradients = await allGradients(name);
        const wanted = expected.gradients.get(name)!;
        gradients.forEach((values, i) => void expect(distance(values, wanted[i])).toBeLessThan(most));
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
async function slopes(model: tfl.LayersModel): Promise<Slope[]> {
  const values = await valuesOf(() => {
    const { loss, variables, gradients } = differentiate(model);
    return variables.flatMap((variable, i) => {
      const length = tf.norm(gradients[i]);
      const direction = tf.div(gradients[i], tf.maximum(length, 1e-6));
      return [length, centralDifference(variable, direction, loss, 3e-3)];
    });
  });
  return model.trainableWeights.map(({ originalName: weight }, i) => {
    const [[gradient], [measured]] = values.slice(2 * i);
    return { weight, gradient, measured };
  });
}

function centralDifference(
  variable: tf.Variable,
  direction: tf.Tensor,
  loss: () => tf.Scalar,
  step: number,
): tf.Tensor {
  const start = tf.clone(variable);
  const at = (distance: number): tf.Scalar => {
    variable.assign(tf.add(start, tf.mul(direction, distance)));
    return loss();
  };
  const difference = tf.div(tf.sub(at(step), at(-step)), 2 * step);
  variable.assign(start);
  return difference;
}
