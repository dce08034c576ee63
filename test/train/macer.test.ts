import * as tf from "@tensorflow/tfjs-core";
import * as tfl from "@tensorflow/tfjs-layers";
import { normalQuantile, useEngine } from "smoothcert";
import { type Augmentation, createObjective, exampleBatch } from "smoothcert/train";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { normalQuantiles } from "../../train/methods/normal-quantiles.js";
import { numbers, START, toyData, toyNoise } from "./support.js";

beforeAll(async () => {
  await useEngine("wasm");
  tf.engine().startScope();
});
afterAll(() => tf.engine().endScope());

describe("normal quantiles of tensors", () => {
  const probabilities = Float32Array.of(
    1e-30,
    1e-12,
    1e-5,
    0.024,
    0.0243,
    0.2,
    0.4999,
    0.5,
    0.7,
    0.975,
    0.9758,
    0.99999,
  );

  it("are those of doubles but for rounding", () => {
    const found = normalQuantiles(tf.tensor1d(probabilities)).dataSync();
    probabilities.forEach((p, i) => {
      const exact = normalQuantile(p);
      expect(Math.abs(found[i] - exact)).toBeLessThan(2e-6 * Math.max(1, Math.abs(exact)));
    });
  });

  it("have the slope 1 / phi", () => {
    const slopes = tf
      .grad((p) => tf.sum(normalQuantiles(p)))(tf.tensor1d(probabilities))
      .dataSync();
    probabilities.forEach((p, i) => {
      const density = Math.exp(-(normalQuantile(p) ** 2) / 2) / Math.sqrt(2 * Math.PI);
      // An error of 1e-6 in a quantile of 11 makes one of 1e-5 in half its square.
      expect(slopes[i] * density).toBeCloseTo(1, 3);
    });
  });
});

/** A network that gives class 0 e^bias times the others' probability, whatever the image. */
function constant(bias: number): tfl.LayersModel {
  const model = tfl.sequential();
  model.add(tfl.layers.flatten({ inputShape: [6, 5, 2] }));
  model.add(tfl.layers.dense({ units: 3 }));
  model.setWeights([tf.mul(1e-3, tf.tensor2d(numbers(180, 4), [60, 3])), tf.tensor1d([bias, 0, 0])]);
  return model;
}

function valuesOf(model: tfl.LayersModel, augmentation: Augmentation = toyNoise): number[] {
  const objective = createObjective({ name: "macer", copies: 2, beta: 1, margin: 3 });
  const batch = exampleBatch({
    dataset: toyData(),
    augmentation,
    examples: [0, 3],
    copies: 2,
    seed: 1,
    firstSample: 0,
  });
  const variables = model.trainableWeights.map((weight) => weight.read() as tf.Variable);
  const prepared = objective.prepare(model, batch, START);
  let shortfall: tf.Scalar | undefined;
  const { grads } = tf.variableGrads(() => {
    const { loss, log } = prepared();
    shortfall = tf.keep(log.shortfall);
    return loss;
  }, variables);
  const slopes = Object.values(grads).flatMap((slope) => Array.from(slope.dataSync()));
  return [shortfall!.dataSync()[0], ...slopes];
}

describe("macer", () => {
  it("asks for no larger radius where the radius is past the margin, or the label is not first", () => {
    // Both examples are of class 0. The radius is past the margin where no probability is 0 or 1 yet, and where some
    // are.
    for (const bias of [5, 20, 200, -1, -200]) {
      const [shortfall, ...slopes] = valuesOf(constant(bias));
      expect(shortfall).toBe(0);
      expect(slopes.every(Number.isFinite)).toBe(true);
    }
    expect(valuesOf(constant(1))[0]).toBeGreaterThan(0);
  });

  it("wants copies whose noise level is known", () => {
    const { sigma: _, ...unknown } = toyNoise;
    expect(() => valuesOf(constant(1), unknown)).toThrow(
      expect.objectContaining({
        name: "ArgumentError",
        message: expect.stringContaining("macer: augmentation must be"),
      }),
    );
  });
});
