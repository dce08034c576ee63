import * as tf from "@tensorflow/tfjs-core";
import fc from "fast-check";
import { useEngine } from "smoothcert";
import { Sgd } from "smoothcert/train";
import { beforeAll, describe, expect, it } from "vitest";
import { numbers } from "./support.js";

beforeAll(async () => {
  await useEngine("wasm");
});

/** PyTorch's update in double precision: v <- momentum v + g + weightDecay w; w <- w - lr v. */
function reference(start: Float32Array, gradients: Float32Array[], rates: number[], momentum: number, decay: number) {
  const w = Float64Array.from(start);
  const v = new Float64Array(start.length);
  gradients.forEach((gradient, t) => {
    for (let j = 0; j < w.length; j++) {
      v[j] = momentum * v[j] + gradient[j] + decay * w[j];
      w[j] -= rates[t] * v[j];
    }
  });
  return { w, v };
}

describe("Sgd", () => {
  it("takes PyTorch's steps", () => {
    const setting = fc.record({
      momentum: fc.double({ min: 0, max: 0.99, noNaN: true }),
      decay: fc.double({ min: 0, max: 0.1, noNaN: true }),
      rates: fc.array(fc.double({ min: 0, max: 0.5, noNaN: true }), { minLength: 1, maxLength: 6 }),
      seed: fc.nat(1e6),
    });
    fc.assert(
      fc.property(setting, ({ momentum, decay, rates, seed }) => {
        const start = numbers(12, seed);
        const gradients = rates.map((_, t) => numbers(12, seed + t + 1));
        const expected = reference(start, gradients, rates, momentum, decay);
        const weight = tf.tidy(() => tf.variable(tf.tensor2d(start, [3, 4])));
        const sgd = new Sgd([weight], momentum, decay);
        gradients.forEach((gradient, t) => {
          tf.tidy(() => sgd.step({ [weight.name]: tf.tensor2d(gradient, [3, 4]) }, rates[t]));
        });
        const [w, v] = [weight.dataSync(), sgd.velocities[0].dataSync()];
        // At most 6 steps of 4 roundings each, of values below 6 in size: 24 * 6 * 2^-24 < 1e-5.
        for (let j = 0; j < 12; j++) {
          expect(Math.abs(w[j] - expected.w[j])).toBeLessThan(1e-5);
          expect(Math.abs(v[j] - expected.v[j])).toBeLessThan(1e-5);
        }
        weight.dispose();
        sgd.dispose();
      }),
    );
  });

  it("decays each weight and keeps no tensors but weights and velocities", () => {
    const before = tf.memory().numTensors;
    const weight = tf.tidy(() => tf.variable(tf.tensor1d([2, -4])));
    const sgd = new Sgd([weight], 0, 0.5);
    for (let t = 0; t < 3; t++) tf.tidy(() => sgd.step({ [weight.name]: tf.zeros([2]) }, 1));
    expect([...weight.dataSync()]).toEqual([0.25, -0.5]);
    expect(tf.memory().numTensors).toBe(before + 2);
    weight.dispose();
    sgd.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });
});
