import * as tf from "@tensorflow/tfjs-core";
import * as tfl from "@tensorflow/tfjs-layers";
import { CounterRandom, describeEngines, STREAM, useEngine } from "smoothcert";
import { beforeAll, describe, expect, it } from "vitest";
import { runSeed } from "../laws/seed.js";

/** TensorFlow's own engine runs only where `smoothcert engine install` put it. */
const native = (await describeEngines()).find(({ name }) => name === "node");
if (!native?.available) console.info(`the fused kernels are not tested: engine node ${native?.why}`);

const random = new CounterRandom({ seed: runSeed, stream: STREAM.theory, example: 0, sample: 0 });
const values = (count: number): number[] => Array.from({ length: count }, () => 4 * random.uniform() - 2);

describe.skipIf(!native?.available)("the fused kernels of TensorFlow's engine", () => {
  beforeAll(async () => void (await useEngine("node")));

  it("give ReLU the gradient dy where x > 0, else 0, and that again its own", () => {
    const x = [...values(50), 0, -0, 1e-30, -1e-30];
    const dy = values(x.length);
    const gradient = (weights: tf.Tensor): ((at: tf.Tensor) => tf.Tensor) =>
      tf.grad((at) => tf.sum(tf.mul(tf.relu(at), weights)));
    const result = gradient(tf.tensor1d(dy))(tf.tensor1d(x));
    expectClose(
      result,
      x.map((at, i) => (at > 0 ? dy[i] : 0)),
    );
    const again = tf.grad((weights) => tf.sum(tf.mul(gradient(weights)(tf.tensor1d(x)), tf.tensor1d(dy))))(
      tf.tensor1d(values(x.length)),
    );
    expectClose(
      again,
      x.map((at, i) => (at > 0 ? dy[i] : 0)),
    );
  });

  it.each([
    [[2, 2], [2, 2], "valid", [2, 6, 8, 3]],
    [[3, 3], [2, 2], "valid", [2, 7, 9, 3]],
    [[3, 2], [1, 2], "same", [3, 5, 4, 2]],
  ] as const)(
    "give max pooling %j, strides %j, %s the gradient of the plain loops, also where values tie",
    async (size, strides, pad, shape) => {
      const count = tf.util.sizeFromShape([...shape]);
      const x = values(count).map((v, i) => (i % 3 === 0 ? 0 : v)); // ties
      const weights = values(count);
      const gradient = async (engine: "cpu" | "node"): Promise<number[]> => {
        await useEngine(engine);
        const before = tf.memory().numTensors;
        const result = tf.tidy(() => {
          const loss = (at: tf.Tensor): tf.Scalar => {
            const pooled = tf.maxPool(at as tf.Tensor4D, [...size], [...strides], pad);
            return tf.sum(tf.mul(pooled, tf.tensor(weights.slice(0, pooled.size), pooled.shape))) as tf.Scalar;
          };
          return [
            ...tf
              .grad(loss)(tf.tensor4d(x, [...shape]))
              .dataSync(),
          ];
        });
        expect(tf.memory().numTensors).toBe(before);
        return result;
      };
      const expected = await gradient("cpu");
      const actual = await gradient("node");
      // Which of equal values is the maximum is each engine's own choice: what ties with another has its window's share elsewhere.
      const sum = (numbers: number[]): number => numbers.reduce((all, each) => all + each, 0);
      expect(sum(actual)).toBeCloseTo(sum(expected), 3);
      actual.forEach((value, i) => {
        if (x[i] !== 0) expect(value).toBeCloseTo(expected[i], 4);
      });
    },
  );

  it("train batch normalisation as its definition does: outputs, gradients and moving averages", () => {
    const [n, h, w, c] = [5, 3, 4, 6];
    const count = n * h * w;
    const x = values(count * c).map((v, i) => v + (i % c)); // means differ between channels
    const [dy, gamma, beta] = [values(count * c), values(c), values(c)];
    const epsilon = 1e-3;
    const layer = tfl.layers.batchNormalization({ epsilon, momentum: 0.9 });
    layer.build([null, h, w, c]);
    layer.setWeights([tf.tensor1d(gamma), tf.tensor1d(beta), tf.zeros([c]), tf.ones([c])]);
    const weights = tf.tensor4d(dy, [n, h, w, c]);
    const loss = (input: tf.Tensor): tf.Scalar =>
      tf.sum(tf.mul(layer.apply(input, { training: true }) as tf.Tensor, weights)) as tf.Scalar;
    const input = tf.tensor4d(x, [n, h, w, c]);
    const kernels: string[] = [];
    const profile = tf.engine().profile(() => tf.grad(loss)(input));
    return profile.then(({ kernelNames, result }) => {
      kernels.push(...kernelNames);
      expect(kernels).toContain("FusedBatchNormTrainingGrad");
      const expected = normalisation(x, dy, gamma, c, epsilon);
      expectClose(result as tf.Tensor, expected.dx);
      const [, , mean, variance] = layer.getWeights();
      expectClose(
        mean,
        expected.mean.map((m) => 0.1 * m),
      );
      expectClose(
        variance,
        expected.variance.map((v) => 0.9 + 0.1 * v),
      );
      const { grads } = tf.variableGrads(() => loss(input));
      const [dGamma, dBeta] = layer.trainableWeights.map((weight) => grads[(weight.read() as tf.Variable).name]);
      expectClose(dGamma, expected.dGamma);
      expectClose(dBeta, expected.dBeta);
    });
  });
});

/** Batch normalisation over the last axis and its gradients, from the definition, in doubles. */
function normalisation(x: number[], dy: number[], gamma: number[], c: number, epsilon: number) {
  const count = x.length / c;
  const over = (f: (i: number) => number): number[] =>
    Array.from({ length: c }, (_, k) => {
      let sum = 0;
      for (let i = k; i < x.length; i += c) sum += f(i);
      return sum;
    });
  const mean = over((i) => x[i] / count);
  const variance = over((i) => (x[i] - mean[i % c]) ** 2 / count);
  const hat = x.map((v, i) => (v - mean[i % c]) / Math.sqrt(variance[i % c] + epsilon));
  const dBeta = over((i) => dy[i]);
  const dGamma = over((i) => dy[i] * hat[i]);
  const dx = x.map((_, i) => {
    const k = i % c;
    return (gamma[k] / Math.sqrt(variance[k] + epsilon)) * (dy[i] - dBeta[k] / count - (hat[i] * dGamma[k]) / count);
  });
  return { mean, variance, dx, dGamma, dBeta };
}

function expectClose(tensor: tf.Tensor, expected: readonly number[]): void {
  const found = tensor.dataSync();
  expect(found).toHaveLength(expected.length);
  for (const [i, value] of expected.entries()) expect(found[i]).toBeCloseTo(value, 3);
}
