import * as tf from "@tensorflow/tfjs-core";
import fc from "fast-check";
import { CounterRandom, describeEngines, STREAM, useEngine } from "smoothcert";
import { beforeAll, describe, expect, it } from "vitest";
import type { TensorFlowBackend } from "../../src/engine/fused/tensorflow-op.js";
import { trainingNorm } from "../../src/engine/fused/training-norm.js";
import { runSeed } from "../laws/seed.js";
import { unitRandom } from "./reference-convolution.js";

/** Our own operations run only where `smoothcert engine install` compiled them. */
const native = (await describeEngines()).find(({ name }) => name === "node");
const draw = unitRandom(new CounterRandom({ seed: runSeed, stream: STREAM.theory, example: 3, sample: 0 }));

/**
 * The norm, the sum and ReLU of the definition, and the gradients of their product with dy, in doubles. Pixels of `c`
 * channels.
 *
 * @param kept where ReLU passes its argument on
 */
function reference(
  t: Record<"x" | "scale" | "offset" | "addend" | "dy", Float32Array>,
  { epsilon, relu, adds }: { readonly epsilon: number; readonly relu: boolean; readonly adds: boolean },
  kept: (i: number) => boolean,
) {
  const c = t.scale.length;
  const count = t.x.length / c;
  const channelSums = (of: (i: number) => number): Float64Array => {
    const sums = new Float64Array(c);
    for (let i = 0; i < t.x.length; i++) sums[i % c] += of(i);
    return sums;
  };
  const mean = channelSums((i) => t.x[i] / count);
  const variance = channelSums((i) => (t.x[i] - mean[i % c]) ** 2 / count);
  const inverse = variance.map((v) => 1 / Math.sqrt(v + epsilon));
  const unit = (i: number): number => (t.x[i] - mean[i % c]) * inverse[i % c];
  const sum = Float64Array.from(t.x, (_, i) => unit(i) * t.scale[i % c] + t.offset[i % c] + (adds ? t.addend[i] : 0));
  const dz = Float64Array.from(t.dy, (dy, i) => (kept(i) ? dy : 0));
  const dOffset = channelSums((i) => dz[i]);
  const dScale = channelSums((i) => dz[i] * unit(i));
  const dx = dz.map(
    (d, i) => inverse[i % c] * t.scale[i % c] * (d - dOffset[i % c] / count - (unit(i) * dScale[i % c]) / count),
  );
  const y = relu ? sum.map((value) => Math.max(value, 0)) : sum;
  return { y, mean, variance, dx, dScale, dOffset, dAddend: dz };
}

function expectClose(tensor: tf.Tensor, expected: Float64Array, tolerance: number): void {
  const found = tensor.dataSync();
  expect(found).toHaveLength(expected.length);
  const largest = expected.reduce((most, value, i) => Math.max(most, Math.abs(value - found[i])), 0);
  expect(largest).toBeLessThan(tolerance);
}

describe.skipIf(!native?.available)("batch normalisation in training by one operation, with what follows it", () => {
  beforeAll(async () => void (await useEngine("node")));

  it("equals its definition, and so do its gradients", () => {
    const cases = fc.record({
      images: fc.integer({ min: 1, max: 9 }),
      rows: fc.integer({ min: 1, max: 12 }),
      columns: fc.integer({ min: 2, max: 12 }),
      channels: fc.constantFrom(16, 32, 48, 80),
      centre: fc.constantFrom(0, 5, -300),
      relu: fc.boolean(),
      adds: fc.boolean(),
    });
    fc.assert(
      fc.property(cases, ({ images, rows, columns, channels, centre, relu, adds }) => {
        tf.tidy(() => {
          const shape = [images, rows, columns, channels];
          const size = tf.util.sizeFromShape(shape);
          const t = {
            x: draw(size).map((v) => v + centre),
            scale: draw(channels),
            offset: draw(channels),
            addend: draw(size),
            dy: draw(size),
          };
          const epsilon = 1e-2;
          const [x, addend, dy] = [t.x, t.addend, t.dy].map((values) => tf.tensor(values, shape));
          const [scale, offset] = [tf.tensor1d(t.scale), tf.tensor1d(t.offset)];
          const run = (...[a, b, c, d]: tf.Tensor[]) =>
            trainingNorm(a, { scale: b, offset: c, epsilon }, { addend: d, relu });
          const inputs = adds ? [x, scale, offset, addend] : [x, scale, offset];
          const { y, mean, variance } = run(...inputs);
          // Near 0 rounding decides what ReLU keeps: the gradient follows what it kept, and that is compared with the
          // definition below.
          const outputs = y.dataSync();
          const expected = reference(t, { epsilon, relu, adds }, (i) => !relu || outputs[i] > 0);
          // x has a rounding error of its own: relative to its distance from 0, and multiplied by up to 1 /
          // sqrt(epsilon).
          const rounding = 1e-6 * (1 + Math.abs(centre)) * 10;
          expectClose(y, expected.y, 4 * rounding);
          expectClose(mean, expected.mean, rounding);
          expectClose(variance, expected.variance, rounding);
          const [dx, dScale, dOffset, dAddend] = tf.grads((...operands) => run(...operands).y)(inputs, dy);
          expectClose(dx, expected.dx, 100 * rounding);
          expectClose(dScale, expected.dScale, 4 * rounding * Math.sqrt(size / channels));
          expectClose(dOffset, expected.dOffset, 4 * rounding * Math.sqrt(size / channels));
          if (adds) expectClose(dAddend, expected.dAddend, 1e-6);
        });
      }),
      { numRuns: 60 },
    );
  });

  it("keeps NaN, and is left to TensorFlow's operation where channels are no multiple of 16", async () => {
    const norm = (channels: number) => {
      const x = tf.fill([1, 2, 2, channels], Number.NaN);
      return trainingNorm(x, { scale: tf.ones([channels]), offset: tf.zeros([channels]), epsilon: 1 }, { relu: true });
    };
    tf.tidy(() => {
      const { y, mean, variance } = norm(16);
      for (const tensor of [y, mean, variance]) expect(tensor.dataSync()[0]).toBeNaN();
    });
    const kernelsOf = async (channels: number): Promise<string[]> =>
      (await tf.engine().profile(() => tf.tidy(() => norm(channels).y))).kernelNames;
    expect(await kernelsOf(32)).toContain("TrainingBatchNorm");
    expect(await kernelsOf(24)).toContain("FusedBatchNormTraining");
  });

  it.each([
    ["channels that are no multiple of 16", [2, 8], 8, /multiple of 16/],
    ["a scale for other channels", [2, 32], 16, /one number a channel/],
    ["one axis", [32], 32, /at least two axes/],
    ["no pixels", [0, 16], 16, /must be pixels/],
  ])("refuses %s", (_, shape, channels, message) => {
    const backend = tf.backend() as unknown as TensorFlowBackend;
    const { TF_ATTR_BOOL, TF_ATTR_FLOAT, TF_ATTR_INT } = backend.binding;
    const attributes = [
      { name: "num_rest", type: TF_ATTR_INT, value: 0 },
      { name: "epsilon", type: TF_ATTR_FLOAT, value: 1 },
      { name: "relu", type: TF_ATTR_BOOL, value: false },
    ];
    tf.tidy(() => {
      const inputs = [tf.ones(shape), tf.ones([channels]), tf.ones([channels])];
      expect(() => backend.executeMultipleOutputs("TrainingBatchNorm", attributes, inputs, 4)).toThrow(message);
    });
  });
});
