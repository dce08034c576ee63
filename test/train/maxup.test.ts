import * as tf from "@tensorflow/tfjs-core";
import * as tfl from "@tensorflow/tfjs-layers";
import fc from "fast-check";
import { useEngine } from "smoothcert";
import {
  copyLosses,
  type ExampleBatch,
  exampleBatch,
  gaussian,
  maxup,
  type ObjectiveValue,
  train,
  worstRows,
} from "smoothcert/train";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import {
  convolutional,
  imagesLearned,
  perceptron,
  random,
  START,
  toyData,
  toyNoise,
  toySettings,
  weightsOf,
} from "./support.js";

beforeAll(async () => {
  await useEngine("wasm");
  tf.engine().startScope();
});
afterAll(() => tf.engine().endScope());

function toyBatch(examples: number, copies: number, seed = 1): ExampleBatch {
  const order = Array.from({ length: examples }, (_, i) => i);
  return exampleBatch({ dataset: toyData(), augmentation: toyNoise, examples: order, copies, seed, firstSample: 0 });
}

/** Gradients of a loss for the trainable weights, in order. */
function gradients(model: tfl.LayersModel, loss: () => tf.Scalar): { value: number; grads: Float32Array[] } {
  const variables = model.trainableWeights.map((weight) => weight.read() as tf.Variable);
  const { value, grads } = tf.variableGrads(loss, variables);
  return {
    value: value.dataSync()[0],
    grads: variables.map(({ name }) => Float32Array.from(grads[name].dataSync())),
  };
}

/** Differentiates without reading anything. */
function gradientsOf(model: tfl.LayersModel, lossOf: () => ObjectiveValue): void {
  const variables = model.trainableWeights.map((weight) => weight.read() as tf.Variable);
  tf.variableGrads(() => lossOf().loss, variables);
}

function expectClose(found: ArrayLike<number>, wanted: ArrayLike<number>, tolerance: number): void {
  expect(found.length).toBe(wanted.length);
  const scale = Math.max(1e-3, ...Array.from(wanted, Math.abs));
  const worst = Math.max(...Array.from(wanted, (x, i) => Math.abs(x - found[i])));
  expect(worst / scale).toBeLessThan(tolerance);
}

describe("worstRows", () => {
  it("finds the first largest loss of each example", () => {
    const examples = fc.integer({ min: 1, max: 6 });
    const loss = fc.constantFrom(0, 0.5, 1, 2, Infinity);
    const table = fc
      .tuple(examples, examples)
      .chain(([rows, copies]) =>
        fc.tuple(fc.constant(copies), fc.array(loss, { minLength: rows * copies, maxLength: rows * copies })),
      );
    fc.assert(
      fc.property(table, ([copies, losses]) => {
        const worst = tf.tidy(() => worstRows(tf.tensor1d(losses), copies).dataSync());
        expect(worst.length).toBe(losses.length / copies);
        worst.forEach((row, example) => {
          const own = losses.slice(example * copies, (example + 1) * copies);
          expect(row - example * copies).toBe(own.indexOf(Math.max(...own)));
        });
      }),
    );
  });

  it("takes NaN for the largest, so that it is learned from and noticed", () => {
    const worst = tf.tidy(() => worstRows(tf.tensor1d([1, 2, 9, 4, Number.NaN, 5]), 3).dataSync());
    expect([...worst]).toEqual([2, 4]);
  });
});

describe("maxup", () => {
  it("has the value and the gradient of the mean of the largest losses, differentiated through all copies", () => {
    const sizes = fc.record({
      examples: fc.integer({ min: 1, max: 9 }),
      copies: fc.integer({ min: 1, max: 6 }),
      seed: fc.nat(1000),
    });
    fc.assert(
      fc.property(sizes, ({ examples, copies, seed }) => {
        tf.tidy(() => {
          const model = perceptron(seed % 7);
          const drawn = toyBatch(examples, copies, seed);
          const batch = drawn.draw();
          fc.pre(hasClearMaxima(copyLosses(model, batch), copies));
          const lossOf = maxup(copies).prepare(model, drawn, START);
          const found = gradients(model, () => lossOf().loss);
          const through = gradients(model, () => {
            const logits = model.apply(batch.images) as tf.Tensor2D;
            const losses = tf.losses.softmaxCrossEntropy(batch.targets, logits, 1, 0, tf.Reduction.NONE);
            return tf.mean(tf.max(tf.reshape(losses, [examples, copies]), 1)) as tf.Scalar;
          });
          // Both are float32 sums of at most 54 terms in different orders.
          expect(found.value).toBeCloseTo(through.value, 4);
          for (let i = 0; i < found.grads.length; i++) expectClose(found.grads[i], through.grads[i], 1e-4);
          model.dispose();
        });
      }),
      { numRuns: 25 },
    );
  });

  it("has the gradient that finite differences of the largest loss give, for a linear model in doubles", () => {
    const model = linear();
    const batch = toyBatch(5, 4).draw();
    const pixels = batch.images.dataSync();
    const labels = tf.argMax(batch.targets, 1).dataSync();
    const weights = Float64Array.from(weightsOf(model).flatMap((values) => [...values]));
    const risk = (w: Float64Array): number => largestLinearLoss(w, pixels, labels, 4);
    const lossOf = maxup(4).prepare(model, toyBatch(5, 4), START);
    const { value, grads } = gradients(model, () => lossOf().loss);
    expect(value).toBeCloseTo(risk(weights), 5);
    const differences = weights.map((_, j) => {
      const shifted = (h: number): Float64Array => weights.map((w, k) => (k === j ? w + h : w));
      return (risk(shifted(1e-5)) - risk(shifted(-1e-5))) / 2e-5;
    });
    expectClose(
      grads.flatMap((values) => [...values]),
      differences,
      1e-4,
    );
  });

  it("learns from the worst copy alone: bit for bit plain training on that copy, batch statistics included", () => {
    const [one, other] = [convolutional(), convolutional()];
    const before = weightsOf(one);
    const batch = toyBatch(8, 5);
    const lossOf = maxup(5).prepare(one, batch, START);
    expect(weightsOf(one)).toEqual(before);
    const drawn = batch.draw();
    const rows = worstRows(tf.tensor1d(copyLosses(one, drawn)), 5);
    const worst = { images: tf.gather(drawn.images, rows), targets: tf.gather(drawn.targets, rows), copies: 1 };
    const found = gradients(one, () => lossOf().loss);
    const plain = gradients(other, () => gaussian().prepare(other, { ...batch, draw: () => worst }, START)().loss);
    expect(found).toEqual(plain);
    expect(weightsOf(one)).toEqual(weightsOf(other));
    expect(weightsOf(one)).not.toEqual(before);
  });

  it("learns from one copy alone with screening too, and no copy that it only scored changes batch statistics", () => {
    const [one, other] = [convolutional(), convolutional()];
    const before = weightsOf(one);
    const batch = toyBatch(8, 5);
    const lossOf = maxup(5, 2).prepare(one, batch, START);
    expect(weightsOf(one)).toEqual(before);
    let found: unknown;
    const images = imagesLearned(one, () => {
      found = gradients(one, () => lossOf().loss);
    });
    expect(images.shape[0]).toBe(8);
    const copies = { images, targets: batch.clean().targets, copies: 1 };
    expect(found).toEqual(
      gradients(other, () => gaussian().prepare(other, { ...batch, draw: () => copies }, START)().loss),
    );
    expect(weightsOf(one)).toEqual(weightsOf(other));
  });

  it("draws and scores in parts what does not fit in memory at once, and chooses the same copies", () => {
    const batch = toyBatch(17, 10);
    const drawn: number[] = [];
    const watched: ExampleBatch = {
      ...batch,
      draw(first = 0, count = 17) {
        drawn.push(count);
        return batch.draw(first, count);
      },
    };
    // 2^22 activations at once are 68 images with 32 * 6 * 32 * 5 * 2 activations: 6 examples with 10 copies.
    const model = enlarging();
    const learned = imagesLearned(model, () => maxup(10).prepare(model, watched, START)());
    expect(drawn).toEqual([6, 6, 5]);
    const rows = worstRows(tf.tensor1d(copyLosses(model, batch.draw())), 10);
    expect(learned.dataSync()).toEqual(tf.gather(batch.draw().images, rows).dataSync());
  });

  it("learns from a copy whose loss is NaN, whatever part of the batch it is in", () => {
    const batch = toyBatch(8, 10);
    const poisoned: ExampleBatch = {
      ...batch,
      draw(first = 0, count = 8) {
        const copies = batch.draw(first, count);
        return { ...copies, targets: first === 0 ? copies.targets : tf.mul(copies.targets, Number.NaN) };
      },
    };
    const model = enlarging();
    expect(maxup(10).prepare(model, poisoned, START)().loss.dataSync()[0]).toBeNaN();
    expect(maxup(10).prepare(model, batch, START)().loss.dataSync()[0]).toBeGreaterThan(0);
  });

  it("reads nothing back from the device", () => {
    const model = convolutional();
    const batch = toyBatch(8, 5);
    const read = vi.spyOn(tf.Tensor.prototype, "dataSync");
    for (const objective of [maxup(5), maxup(5, 2)]) gradientsOf(model, objective.prepare(model, batch, START));
    expect(read).not.toHaveBeenCalled();
    read.mockRestore();
  });

  it("is plain noisy training with one copy, exactly", async () => {
    const runs = [maxup(1), gaussian()].map(async (objective) => {
      const model = convolutional();
      await train({ model, dataset: toyData(), objective, augmentation: toyNoise, settings: toySettings() });
      return weightsOf(model);
    });
    const [one, plain] = await Promise.all(runs);
    expect(one).toEqual(plain);
  });

  it("scores the copies alike in however many passes", () => {
    const model = convolutional();
    const batch = toyBatch(7, 3).draw();
    const whole = copyLosses(model, batch);
    for (const atOnce of [1, 2, 20, 21, 22]) expectClose(copyLosses(model, batch, atOnce), whole, 1e-5);
  });

  it("refuses a number of copies that is none", () => {
    const refusal = { name: "ArgumentError", message: "maxup: copies must be an integer of at least 1, got 0" };
    expect(() => maxup(0)).toThrow(expect.objectContaining(refusal));
  });
});

/** A network with so many activations that only 68 images fit in memory at once. */
function enlarging(): tfl.LayersModel {
  const model = tfl.sequential();
  model.add(tfl.layers.upSampling2d({ inputShape: [6, 5, 2], size: [32, 32] }));
  model.add(tfl.layers.globalMaxPooling2d({}));
  model.add(tfl.layers.dense({ units: 3 }));
  model.setWeights([tf.tensor2d([1, -2, 3, 0.5, 1, -1], [2, 3]), tf.tensor1d([0.1, -0.2, 0.3])]);
  return model;
}

/** Whether no example has two copies with nearly the largest loss: there the maximum has no gradient. */
function hasClearMaxima(losses: Float32Array, copies: number): boolean {
  return Array.from({ length: losses.length / copies }, (_, example) => {
    const [first, second = -Infinity] = losses
      .slice(example * copies, (example + 1) * copies)
      .sort()
      .reverse();
    return first - second > 1e-4;
  }).every(Boolean);
}

function linear(): tfl.LayersModel {
  const model = tfl.sequential();
  model.add(tfl.layers.flatten({ inputShape: [6, 5, 2] }));
  model.add(tfl.layers.dense({ units: 3 }));
  const source = random(8);
  const kernel = Float32Array.from({ length: 180 }, () => source.uniform() - 0.5);
  model.setWeights([tf.tensor2d(kernel, [60, 3]), tf.tensor1d([0.1, -0.2, 0.3])]);
  return model;
}

/** Mean over the examples of the largest cross-entropy among their copies; weights are kernel [60, 3] and bias [3]. */
function largestLinearLoss(
  weights: Float64Array,
  pixels: ArrayLike<number>,
  labels: ArrayLike<number>,
  copies: number,
): number {
  const losses = Array.from(labels, (label, row) => {
    const logits = [0, 1, 2].map((k) => {
      let sum = weights[180 + k];
      for (let j = 0; j < 60; j++) sum += weights[3 * j + k] * pixels[row * 60 + j];
      return sum;
    });
    return Math.log(logits.reduce((sum, z) => sum + Math.exp(z), 0)) - logits[label];
  });
  let total = 0;
  for (let row = 0; row < losses.length; row += copies) total += Math.max(...losses.slice(row, row + copies));
  return total / (losses.length / copies);
}
