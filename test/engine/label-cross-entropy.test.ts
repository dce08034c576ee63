import * as tf from "@tensorflow/tfjs-core";
import fc from "fast-check";
import { describeEngines, labelCrossEntropy, useEngine } from "smoothcert";
import { describe, expect, it, test } from "vitest";
import { hasLabelCrossEntropy } from "../../src/engine/fused/label-cross-entropy.js";
import { repetitions } from "../laws/effort.js";
import { numbers } from "../train/support.js";

interface Rows {
  readonly scores: Float32Array;
  readonly labels: readonly number[];
  /** What the loss of each row is multiplied by. */
  readonly weights: Float32Array;
}

/** The losses, and the slopes of their weighted sum for each score. */
interface Losses {
  readonly losses: readonly number[];
  readonly slopes: readonly number[];
}

/** In double precision, by the formula: log sum exp(score) - score of the label. */
function byHand({ scores, labels, weights }: Rows): Losses {
  const classes = scores.length / labels.length;
  const losses: number[] = [];
  const slopes = labels.flatMap((label, r) => {
    const row = [...scores.subarray(r * classes, (r + 1) * classes)];
    const largest = Math.max(...row);
    const powers = row.map((score) => Math.exp(score - largest));
    const sum = powers.reduce((all, each) => all + each, 0);
    losses.push(Math.log(sum) + largest - row[label]);
    return powers.map((power, k) => weights[r] * (power / sum - (k === label ? 1 : 0)));
  });
  return { losses, slopes };
}

function byEngine({ scores, labels, weights }: Rows): Losses {
  return tf.tidy(() => {
    const targets = tf.tensor1d([...labels], "int32");
    const of = (at: tf.Tensor): tf.Tensor1D => labelCrossEntropy(at as tf.Tensor2D, targets);
    const at = tf.tensor2d(scores, [labels.length, scores.length / labels.length]);
    const slopes = tf.grad((x) => tf.sum(tf.mul(of(x), tf.tensor1d(weights))))(at);
    return { losses: [...of(at).dataSync()], slopes: [...slopes.dataSync()] };
  });
}

/** Up to 10 rows of 2 to 70 scores, of the size of `scale`. */
const anyRows: fc.Arbitrary<Rows> = fc
  .record({
    rows: fc.integer({ min: 1, max: 10 }),
    classes: fc.integer({ min: 2, max: 70 }),
    scale: fc.constantFrom(0.1, 5, 60),
    seed: fc.nat(1e6),
  })
  .map(({ rows, classes, scale, seed }) => ({
    scores: numbers(rows * classes, seed).map((each) => scale * each),
    labels: Array.from({ length: rows }, (_, r) => (seed + 7 * r) % classes),
    weights: numbers(rows, seed + 1),
  }));

const engines = (await describeEngines()).filter(({ name }) => name !== "webgpu" && name !== "gpu");

for (const { name: engine, available, why } of engines) {
  if (!available) {
    test.skip(`engine ${engine} is not here: ${why}`);
    continue;
  }
  describe(`the cross-entropy of labels on engine ${engine}`, () => {
    it("is that of the formula, and so are its slopes", async () => {
      await useEngine(engine);
      fc.assert(
        fc.property(anyRows, (rows) => {
          const [ours, wanted] = [byEngine(rows), byHand(rows)];
          // Scores of up to 60 times a few are rounded to a part in 2^24, and so are losses of this size.
          ours.losses.forEach((loss, r) => {
            expect(Math.abs(loss - wanted.losses[r])).toBeLessThan(1e-5 + 1e-6 * wanted.losses[r]);
          });
          ours.slopes.forEach((slope, j) => void expect(slope).toBeCloseTo(wanted.slopes[j], 5));
        }),
        { numRuns: repetitions(100) },
      );
    });
  });
}

const native = engines.find(({ name }) => name === "node");

describe.skipIf(!native?.available)("our own operation", () => {
  it("is what runs", async () => {
    await useEngine("node");
    expect(hasLabelCrossEntropy()).toBe(true);
  });

  it("gives a row of 10,000 scores its loss to six digits", async () => {
    await useEngine("node");
    const rows = { scores: numbers(10_000, 3), labels: [9_999], weights: new Float32Array([1]) };
    expect(byEngine(rows).losses[0] / byHand(rows).losses[0]).toBeCloseTo(1, 6);
  });

  it("lets NaN and infinite scores show in the loss of their row alone", async () => {
    await useEngine("node");
    for (const bad of [Number.NaN, Number.POSITIVE_INFINITY]) {
      const scores = numbers(3 * 20, 5);
      scores[20 + 13] = bad;
      const { losses } = byEngine({ scores, labels: [1, 2, 3], weights: new Float32Array(3).fill(1) });
      expect(losses.map(Number.isFinite)).toEqual([true, false, true]);
    }
  });

  it("refuses labels that name no class", async () => {
    await useEngine("node");
    for (const label of [-1, 4]) {
      const run = (): unknown => byEngine({ scores: numbers(4, 1), labels: [label], weights: new Float32Array([1]) });
      expect(run).toThrow("labels must be in [0, classes)");
    }
  });
});
