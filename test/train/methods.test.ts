import * as tf from "@tensorflow/tfjs-core";
import * as tfl from "@tensorflow/tfjs-layers";
import { useEngine } from "smoothcert";
import {
  completeMethod,
  createObjective,
  exampleBatch,
  findMethod,
  METHODS,
  type MethodSettings,
  methodCost,
  optionsOf,
  train,
} from "smoothcert/train";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { convolutional, numbers, START, toyData, toyNoise, toySettings, weightsOf } from "./support.js";

beforeAll(async () => {
  await useEngine("wasm");
  tf.engine().startScope();
});
afterAll(() => tf.engine().endScope());

/** A smooth network for the toy data, whose losses have derivatives everywhere. */
function smooth(...hidden: readonly number[]): tfl.LayersModel {
  const model = tfl.sequential();
  model.add(tfl.layers.flatten({ inputShape: [6, 5, 2] }));
  for (const units of [6, ...hidden]) model.add(tfl.layers.dense({ units, activation: "tanh" }));
  model.add(tfl.layers.dense({ units: 3 }));
  model.weights.forEach((weight, i) => {
    const shape = weight.shape as number[];
    weight.write(tf.tensor(numbers(tf.util.sizeFromShape(shape), i + 1), shape));
  });
  return model;
}

function batch(copies: number) {
  return exampleBatch({
    dataset: toyData(),
    augmentation: toyNoise,
    examples: [0, 1, 2, 3, 4],
    copies,
    seed: 1,
    firstSample: 0,
  });
}

/**
 * Options other than the defaults, by method: attacks of two steps, and votes that are not nearly as sharp as an
 * argmax.
 */
const OPTIONS: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  smoothadv: { steps: 2 },
  smoothmix: { steps: 2 },
  "cat-rs": { steps: 2 },
  pgd: { steps: 2 },
  macer: { beta: 1, copies: 4 },
};

/** Multiplications that a step's matrix products take: of m x k by k x n these are the root of (mk)(kn)(mn). */
async function multiplications(settings: MethodSettings): Promise<number> {
  const objective = createObjective(settings);
  const model = smooth(60, 60, 60);
  const copies = batch(objective.copies);
  const { kernels } = await tf.profile(() => {
    const lossOf = objective.prepare(model, copies, START);
    return tf.variableGrads(() => lossOf().loss).value;
  });
  model.dispose();
  const sizes = kernels
    .filter(({ name }) => name.endsWith("MatMul"))
    .map(({ inputShapes, outputShapes }) => [...inputShapes.slice(0, 2), ...outputShapes].map(tf.util.sizeFromShape));
  return sizes.reduce((sum, three) => sum + Math.sqrt(three.reduce((product, size) => product * size)), 0);
}

describe.each(METHODS.map(({ name }) => name))("the method %s", (name) => {
  const objective = createObjective({ name, ...OPTIONS[name] });

  it("bears its name, wants at least one copy, and describes itself and each option", () => {
    expect(objective.name).toBe(name);
    expect(objective.copies).toBeGreaterThanOrEqual(1);
    expect(findMethod(name).description).not.toBe("");
    for (const option of optionsOf(findMethod(name))) {
      expect(option.name).toMatch(/^[a-z][a-zA-Z]*$/);
      expect(option.description).not.toBe("");
    }
  });

  // An attack's backward pass leaves out the weights' gradients, so that it is cheaper than is said.
  it("costs about as many plain steps as it says", async () => {
    const settings = { name, ...OPTIONS[name] };
    const share = (await multiplications(settings)) / (await multiplications({ name: "gaussian" }));
    expect(share / methodCost(settings)).toBeGreaterThan(0.6);
    expect(share / methodCost(settings)).toBeLessThan(1.2);
  });

  it("gives the same loss for the same weights and copies, finite, and reads nothing back from the device", () => {
    const model = smooth();
    const read = vi.spyOn(tf.Tensor.prototype, "dataSync");
    const values = [1, 2].map(() => objective.prepare(model, batch(objective.copies), START)());
    expect(read).not.toHaveBeenCalled();
    read.mockRestore();
    const [one, again] = values.map(({ loss }) => loss.dataSync()[0]);
    expect(one).toBeGreaterThan(0);
    expect(again).toBe(one);
    for (const scalar of Object.values(values[0].log)) expect(scalar.dataSync()[0]).toBeGreaterThanOrEqual(0);
  });

  it("has its loss's gradient, with what it prepared: the slope along it is that of finite differences", () => {
    const model = smooth();
    const variables = model.trainableWeights.map((weight) => weight.read() as tf.Variable);
    const prepared = objective.prepare(model, batch(objective.copies), START);
    const loss = (): number => tf.tidy(() => prepared().loss.dataSync()[0]);
    const { grads } = tf.variableGrads(() => prepared().loss, variables);
    const square = variables.reduce((sum, { name }) => sum + tf.sum(tf.square(grads[name])).dataSync()[0], 0);
    const move = (distance: number): void => {
      for (const variable of variables) variable.assign(tf.add(variable, tf.mul(grads[variable.name], distance)));
    };
    // Losses are float32, of rounding 1e-7 or so: over this distance that is 1e-4 of the slope; h^2 terms are smaller.
    const h = 1e-3 / Math.sqrt(square);
    move(h);
    const ahead = loss();
    move(-2 * h);
    const slope = (ahead - loss()) / (2 * h);
    expect(slope / square).toBeGreaterThan(0.99);
    expect(slope / square).toBeLessThan(1.01);
  });

  it("trains to the same weights from the same seed, and leaves no tensors behind", async () => {
    const run = async (): Promise<Float32Array[]> => {
      const model = convolutional();
      await train({ model, dataset: toyData(), objective, augmentation: toyNoise, settings: toySettings() });
      const weights = weightsOf(model);
      model.dispose();
      return weights;
    };
    const before = tf.memory().numTensors;
    expect(await run()).toEqual(await run());
    expect(tf.memory().numTensors).toBe(before);
  });

  it("refuses options that it doesn't have, and numbers out of their range, by name and value", () => {
    const refusal = (message: RegExp) =>
      expect.objectContaining({ name: "ArgumentError", message: expect.stringMatching(message) });
    expect(() => completeMethod({ name, nonsense: 1 })).toThrow(
      refusal(/^train: nonsense must be left out .*, got 1$/),
    );
    for (const { name: option, kind } of optionsOf(findMethod(name))) {
      if (kind !== "integer" && kind !== "number") continue;
      const wrong = new RegExp(`^train: ${option} \\(of objective ${name}\\) must be an? .*, got -1$`);
      expect(() => completeMethod({ name, [option]: -1 })).toThrow(refusal(wrong));
    }
  });
});

describe("the gradient's norm", () => {
  it("is that of the input gradient, and weighs as much as lambda says", () => {
    const model = smooth();
    const copies = batch(1).draw();
    const losses = (pixels: tf.Tensor): tf.Scalar =>
      tf.sum(tf.losses.softmaxCrossEntropy(copies.targets, model.apply(pixels) as tf.Tensor, 1, 0, tf.Reduction.NONE));
    const gradients = tf.grad(losses as (x: tf.Tensor) => tf.Tensor)(copies.images);
    const norms = tf.sqrt(tf.sum(tf.square(gradients), [1, 2, 3]));
    const mean = tf.mean(norms).dataSync()[0];
    const value = (lambda: number) =>
      createObjective({ name: "gradient-norm", lambda }).prepare(model, batch(1), START)();
    expect(value(2).log.gradientNorm.dataSync()[0]).toBeCloseTo(mean, 5);
    const [none, twice] = [value(0).loss.dataSync()[0], value(2).loss.dataSync()[0]];
    // The slope over 0.02 differs from the derivative by terms of h^2 = 1e-4, and by rounding / h = 1e-5.
    expect((twice - none) / 2 / mean).toBeGreaterThan(0.995);
    expect((twice - none) / 2 / mean).toBeLessThan(1.005);
  });

  it("is that of gradients whose squares are too small for float32", () => {
    const model = tfl.sequential();
    model.add(tfl.layers.flatten({ inputShape: [6, 5, 2] }));
    model.add(tfl.layers.dense({ units: 3 }));
    // Far from any border: the probabilities of the other classes, and so the gradients, are about e^-60.
    model.setWeights([tf.tensor2d(numbers(180, 4), [60, 3]), tf.tensor1d([60, 0, 0])]);
    const alone = exampleBatch({ ...batch(1).source, examples: [0] });
    const { gradientNorm } = createObjective({ name: "gradient-norm" }).prepare(model, alone, START)().log;
    expect(gradientNorm.dataSync()[0]).toBeGreaterThan(0);
    expect(gradientNorm.dataSync()[0]).toBeLessThan(1e-20);
  });
});
