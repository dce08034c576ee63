import * as tf from "@tensorflow/tfjs-core";
import fc from "fast-check";
import { describeEngines, scaledSum, useEngine } from "smoothcert";
import { describe, expect, it, test } from "vitest";
import { repetitions } from "../laws/effort.js";
import { numbers } from "../train/support.js";

const engines = (await describeEngines()).filter(({ name }) => name !== "webgpu" && name !== "gpu");

/** Small ones, and some of more than one part of 65,536. */
const sizes = fc.oneof({ weight: 9, arbitrary: fc.integer({ min: 1, max: 300 }) }, fc.constantFrom(65_536, 140_001));
/** Zero, or large enough that no product is a subnormal number: TensorFlow's threads take those for zero. */
const factor = fc.double({ min: -4, max: 4, noNaN: true }).map((x) => (Math.abs(x) < 1e-6 ? 0 : x));

for (const { name: engine, available, why } of engines) {
  if (!available) {
    test.skip(`engine ${engine} is not here: ${why}`);
    continue;
  }
  describe(`a scaled sum on engine ${engine}`, () => {
    it("is both products, rounded, and their sum, rounded", async () => {
      await useEngine(engine);
      fc.assert(
        fc.property(sizes, factor, factor, fc.nat(1e6), (size, first, second, seed) => {
          const [a, b] = [numbers(size, seed), numbers(size, seed + 1)];
          const [ofA, ofB] = [Math.fround(first), Math.fround(second)];
          const found = tf.tidy(() => scaledSum(tf.tensor1d(a), tf.tensor1d(b), tf.tensor1d([ofA, ofB])).dataSync());
          expect(found).toEqual(a.map((x, i) => Math.fround(x * ofA) + Math.fround(b[i] * ofB)));
        }),
        { numRuns: repetitions(50) },
      );
    });

    it("refuses tensors of different shapes, and other than two factors", async () => {
      await useEngine(engine);
      const ones = (size: number): tf.Tensor1D => tf.ones([size]);
      expect(() => scaledSum(ones(3), ones(4), ones(2))).toThrow();
      expect(() => scaledSum(ones(3), ones(3), ones(1))).toThrow();
    });
  });
}
