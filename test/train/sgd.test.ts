import * as tf from "@tensorflow/tfjs-core";
import fc from "fast-check";
import { useEngine } from "smoothcert";
import { Sgd } from "smoothcert/train";
import { beforeAll, describe, expect, it } from "vitest";
import { numbers } from "./support.js";

beforeAll(async () => {
  await useEngine("wasm");
});

interface Setting {
  readonly momentum: number;
  readonly decay: number;
  readonly rates: number[];
  readonly nesterov: boolean;
}

/** PyTorch's update in double precision: d = g + weightDecay w; v <- momentum v + d; w <- w - lr v or Nesterov's. */
function reference(start: Float32Array, gradients: Float32Array[], { momentum, decay, rates, nesterov }: Setting) {
  const w = Float64Array.from(start);
  const v = new Float64Array(start.length);
  gradients.forEach((gradient, t) => {
    for (let j = 0; j < w.length; j++) {
      const d = gradient[j] + decay * w[j];
      v[j] = momentum * v[j] + d;
      w[j] -= rates[t] * (nesterov ? d + momentum * v[j] : v[j]);
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
      nesterov: fc.boolean(),
      seed: fc.nat(1e6),
    });
    fc.assert(
      fc.property(setting, ({ seed, ...drawn }) => {
        const { momentum, decay, rates, nesterov } = drawn;
        const start = numbers(12, seed);
        const gradients = rates.map((_, t) => numbers(12, seed + t + 1));
        const expected = reference(start, gradients, drawn);
        const weight = tf.tidy(() => tf.variable(tf.tensor2d(start, [3, 4])));
        const sgd = new Sgd([weight], momentum, decay, nesterov);
        gradients.forEach((gradient, t) => {
          tf.tidy(() => sgd.step({ [weight.name]: tf.tensor2d(gradient, [3, 4]) }, rates[t]));
        });
        const [w, v] = [weight.dataSync(), sgd.velocities[0].dataSync()];
        // At most 6 steps of 6 roundings each, of values below 12 in size: 36 * 12 * 2^-24 < 3e-5.
        for (let j = 0; j < 12; j++) {
          expect(Math.abs(w[j] - expected.w[j])).toBeLessThan(3e-5);
          expect(Math.abs(v[j] - expected.v[j])).toBeLessThan(3e-5);
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
