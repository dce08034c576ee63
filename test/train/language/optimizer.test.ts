import * as tf from "@tensorflow/tfjs-core";
import fc from "fast-check";
import { useEngine } from "smoothcert";
import { AveragedSgd, clippingFactor, epochsBeforeAveraging } from "smoothcert/train";
import { beforeAll, describe, expect, it } from "vitest";

beforeAll(async () => void (await useEngine("cpu")));

const float = fc.float({ min: -10, max: 10, noNaN: true });
const vector = fc.array(float, { minLength: 1, maxLength: 4 });

describe("clipping", () => {
  it("leaves gradients whose norm is small, and shortens others to it, all together", () => {
    fc.assert(
      fc.property(
        fc.array(vector, { minLength: 1, maxLength: 3 }),
        fc.double({ min: 0.1, max: 5, noNaN: true }),
        (all, clip) => {
          const factor = tf.tidy(
            () =>
              clippingFactor(
                all.map((each) => tf.tensor1d(each)),
                clip,
              ).dataSync()[0],
          );
          const norm = Math.hypot(...all.flat());
          expect(factor).toBeCloseTo(norm > clip ? clip / norm : 1, 4);
          expect(factor * norm).toBeLessThan(clip * (1 + 1e-5));
        },
      ),
    );
  });
});

describe("averaged gradient descent", () => {
  it("steps as PyTorch's SGD does, and keeps the mean of the weights since averaging began", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(float, fc.boolean()), { minLength: 1, maxLength: 8 }), (steps) => {
        const weight = tf.variable(tf.tensor1d([0.5, -1]));
        const sgd = new AveragedSgd([weight]);
        let expected = [0.5, -1];
        const averaged: number[][] = [];
        let began = false;
        for (const [slope, average] of steps) {
          began ||= average;
          tf.tidy(() => sgd.step([tf.tensor1d([slope, 1])], { lr: 0.1, clip: 2, weightDecay: 0.01 }, began));
          const factor = Math.min(1, 2 / (Math.hypot(slope, 1) + 1e-6));
          expected = expected.map((w, j) => w - 0.1 * (factor * [slope, 1][j] + 0.01 * w));
          if (began) averaged.push(expected);
        }
        weight.dataSync().forEach((w, j) => void expect(w).toBeCloseTo(expected[j], 4));
        expect(sgd.averaged).toBe(averaged.length);
        if (averaged.length === 0) expect(sgd.averages).toBeUndefined();
        sgd.averages?.[0].dataSync().forEach((mean, j) => {
          const sum = averaged.reduce((total, weights) => total + weights[j], 0);
          expect(mean).toBeCloseTo(sum / averaged.length, 4);
        });
        sgd.dispose();
        weight.dispose();
      }),
    );
  });
});

describe("the beginning of averaging", () => {
  it("follows the first epoch that is worse than one of those more than `patience` epochs before it", () => {
    expect(epochsBeforeAveraging([5, 4, 3, 2], 1)).toBeUndefined();
    expect(epochsBeforeAveraging([5, 4, 4.5], 1)).toBeUndefined();
    expect(epochsBeforeAveraging([5, 4, 3, 4.5], 1)).toBe(4);
    expect(epochsBeforeAveraging([3, 4, 3.5], 0)).toBe(2);
    expect(epochsBeforeAveraging([3, 4, 3.5], 1)).toBe(3);
  });

  it("is never taken back, and is that of the authors' loop", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 9 }), { maxLength: 12 }), fc.nat(4), (losses, patience) => {
        // As main.py of salesforce/awd-lstm-lm has it: best_val_loss is what was before.
        let began: number | undefined;
        losses.forEach((loss, epoch) => {
          const before = losses.slice(0, epoch);
          const older = before.slice(0, Math.max(0, before.length - patience));
          if (began === undefined && before.length > patience && loss > Math.min(...older)) began = epoch + 1;
        });
        expect(epochsBeforeAveraging(losses, patience)).toBe(began);
        for (let epochs = 0; epochs <= losses.length; epochs++) {
          const found = epochsBeforeAveraging(losses.slice(0, epochs), patience);
          expect(found).toBe(began !== undefined && began <= epochs ? began : undefined);
        }
      }),
    );
  });
});
