import * as tf from "@tensorflow/tfjs-core";
import * as tfl from "@tensorflow/tfjs-layers";
import fc from "fast-check";
import { ARCHITECTURES, ArgumentError, buildModel, useEngine } from "smoothcert";
import { curvedLayers, estimateRisk, expectedWinnerForm, modelLoss, modelTaylor } from "smoothcert/train";
import { beforeAll, describe, expect, test } from "vitest";
import { seededNormals } from "./networks.js";

const seeds = fc.noShrink(fc.integer({ min: 0, max: 0xffffffff }));

beforeAll(async () => {
  await useEngine("cpu");
});

function modelCase(architecture: string, seed: number) {
  const model = buildModel(architecture, { inputShape: [3, 2, 1], classes: 4, seed });
  return { model, point: Float32Array.from({ length: 6 }, seededNormals(seed)), label: seed % 4 };
}

/** The cross-entropy and its gradient, all in TensorFlow.js. */
function tensorLoss(model: tfl.LayersModel, point: Float32Array, label: number): [number, Float32Array] {
  const chosen = tf.oneHot(tf.tensor1d([label], "int32"), 4);
  const lossOf = (x: tf.Tensor): tf.Tensor =>
    tf.neg(tf.sum(tf.mul(tf.logSoftmax(model.apply(x) as tf.Tensor), chosen)));
  const x = tf.tensor4d(point, [1, 3, 2, 1]);
  return [lossOf(x).dataSync()[0], tf.grad(lossOf)(x).dataSync<"float32">()];
}

describe("modelTaylor and modelLoss", () => {
  test.each(["linear", "mlp"])(
    "agree with TensorFlow.js's own loss of a %s model and its gradient",
    async (architecture) => {
      await fc.assert(
        fc.asyncProperty(seeds, async (seed) => {
          const { model, point, label } = modelCase(architecture, seed);
          const [loss, gradient] = tensorLoss(model, point, label);
          const taylor = await modelTaylor(model, point, label);
          const [measured] = Array.from(await modelLoss(model, label)(Float64Array.from(point), 1));
          expect(measured).toBe(taylor.loss);
          expect(Math.abs(taylor.loss - loss)).toBeLessThan(1e-5);
          taylor.gradient.forEach((value, j) => {
            expect(Math.abs(value - gradient[j])).toBeLessThan(1e-5);
          });
          model.dispose();
        }),
        { numRuns: 20 },
      );
    },
  );

  // Softmax regression is smooth and its Gauss-Newton form is its Hessian: the theorem holds in all its orders, in
  // float32.
  test("bear out the expansion for softmax regression", async () => {
    const { model, point, label } = modelCase("linear", 12);
    const taylor = await modelTaylor(model, point, label);
    const options = { copies: 4, sigmas: [0.8, 0.4, 0.2, 0.1], draws: 2000, seed: 9 };
    const estimates = await estimateRisk(modelLoss(model, label), taylor, options);
    const form = expectedWinnerForm(taylor.hessian, taylor.gradient, 4);
    const last = estimates[3];
    const secondOrder = (last.sigma ** 2 / 2) * form;
    expect(Math.abs(last.firstOrderRemainder / secondOrder - 1)).toBeLessThan(0.1);
    for (const [k, estimate] of estimates.entries()) {
      // What the second order leaves, in units of sigma^3: the same at all levels but for O(sigma) and eight errors of
      // the draws.
      const level = estimates[0].secondOrderRemainder / estimates[0].sigma ** 3;
      const noise = (8 * (estimate.standardError + 1e-6)) / estimate.sigma ** 3;
      expect(Math.abs(estimate.secondOrderRemainder / estimate.sigma ** 3)).toBeLessThan(2 * Math.abs(level) + noise);
      if (k > 0) expect(estimate.standardError).toBeLessThan(estimates[k - 1].standardError / 4);
    }
    model.dispose();
  });

  test("refuse a label that is no class, and pixels of another size", async () => {
    const { model, point } = modelCase("linear", 1);
    for (const label of [-1, 4, 1.5]) {
      for (const call of [async () => modelLoss(model, label), () => modelTaylor(model, point, label)]) {
        await expect(call()).rejects.toThrow(ArgumentError);
        await expect(call()).rejects.toThrow(`label must be an integer in [0, 3], got ${label}`);
      }
    }
    const short = modelTaylor(model, point.slice(1), 0);
    await expect(short).rejects.toThrow(ArgumentError);
    await expect(short).rejects.toThrow("modelTaylor: pixels must be 3x2x1 numbers, got 5");
    model.dispose();
  });
});

describe("curvedLayers", () => {
  test("finds none in the architectures that are trained here", () => {
    for (const { name } of ARCHITECTURES.filter((architecture) => !/\d\d\d|[3-9]\d|wrn28/.test(architecture.name))) {
      const model = buildModel(name, {
        inputShape: [16, 16, 3],
        classes: 3,
        seed: 1,
        preprocessing: { mean: [1, 1, 1] },
      });
      expect(curvedLayers(model)).toEqual([]);
      model.dispose();
    }
  });

  test("names the layers that bend", () => {
    const model = tfl.sequential({
      layers: [
        tfl.layers.flatten({ inputShape: [2, 2, 1], name: "flat" }),
        tfl.layers.dense({ units: 3, activation: "tanh", name: "bent" }),
        tfl.layers.dense({ units: 3, activation: "relu", name: "straight" }),
        tfl.layers.elu({ name: "bent_too" }),
        tfl.layers.dense({ units: 3, activation: "softmax", name: "probabilities" }),
      ],
    });
    expect(curvedLayers(model)).toEqual(["bent", "bent_too", "probabilities"]);
    model.dispose();
  });
});
