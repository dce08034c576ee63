import * as tf from "@tensorflow/tfjs-core";
import fc from "fast-check";
import { useEngine } from "smoothcert";
import { expect, test } from "vitest";

/** The reference is automatic differentiation of the definition, written out in elementary operations. */
const EPSILON = 1e-3;

function definition(
  x: tf.Tensor,
  mean: tf.Tensor,
  variance: tf.Tensor,
  offset: tf.Tensor,
  scale: tf.Tensor,
): tf.Tensor {
  const normalized = tf.mul(tf.sub(x, mean), tf.rsqrt(tf.add(variance, EPSILON)));
  return tf.add(tf.mul(normalized, scale), offset);
}

function fused(x: tf.Tensor, mean: tf.Tensor, variance: tf.Tensor, offset: tf.Tensor, scale: tf.Tensor): tf.Tensor {
  return tf.batchNorm(
    x,
    mean as tf.Tensor1D,
    variance as tf.Tensor1D,
    offset as tf.Tensor1D,
    scale as tf.Tensor1D,
    EPSILON,
  );
}

const values = (length: number, min: number, max: number): fc.Arbitrary<number[]> =>
  fc.array(fc.double({ min, max, noNaN: true }), { minLength: length, maxLength: length });

test.each(["cpu", "wasm"] as const)("the gradient of batch norm is that of its definition, on %s", async (engine) => {
  await useEngine(engine);
  const shapes = fc.tuple(fc.constantFrom([4], [2, 3, 2], [3, 1, 4]), fc.integer({ min: 1, max: 5 }));
  const inputs = shapes.chain(([outer, channels]) => {
    const shape = [...outer, channels];
    const size = tf.util.sizeFromShape(shape);
    const vector = values(channels, -2, 2);
    return fc.record({
      shape: fc.constant(shape),
      x: values(size, -3, 3),
      dy: values(size, -3, 3),
      vectors: fc.tuple(vector, values(channels, 0.01, 4), vector, vector),
    });
  });
  fc.assert(
    fc.property(inputs, ({ shape, x, dy, vectors }) => {
      const before = tf.memory().numTensors;
      tf.tidy(() => {
        const args = [tf.tensor(x, shape), ...vectors.map((v) => tf.tensor1d(v))];
        const upstream = tf.tensor(dy, shape);
        const expected = tf.grads(definition as (...xs: tf.Tensor[]) => tf.Tensor)(args, upstream);
        const actual = tf.grads(fused as (...xs: tf.Tensor[]) => tf.Tensor)(args, upstream);
        for (const [i, gradient] of expected.entries()) {
          const scale = Math.max(1, tf.max(tf.abs(gradient)).dataSync()[0]);
          expect(actual[i].shape).toEqual(gradient.shape);
          expect(tf.max(tf.abs(tf.sub(actual[i], gradient))).dataSync()[0] / scale).toBeLessThan(1e-4);
        }
      });
      expect(tf.memory().numTensors).toBe(before);
    }),
    { numRuns: 60 },
  );
});
