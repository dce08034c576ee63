import * as tf from "@tensorflow/tfjs-core";
import * as tfl from "@tensorflow/tfjs-layers";
import { CounterRandom, crossEntropy, describeEngines, STREAM, useEngine } from "smoothcert";
import { beforeAll, describe, expect, it } from "vitest";
import { type FusedConvolution, fusedConvolution } from "../../src/engine/fused/convolution.js";
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
      // Which of equal values is the maximum is each engine's own choice: what ties with another has its window's share
      // elsewhere.
      const sum = (numbers: number[]): number => numbers.reduce((all, each) => all + each, 0);
      expect(sum(actual)).toBeCloseTo(sum(expected), 3);
      actual.forEach((value, i) => {
        if (x[i] !== 0) expect(value).toBeCloseTo(expected[i], 4);
      });
    },
  );

  it.each([
    [[2, 2], [2, 2], "valid", [3, 24, 24, 20]],
    [[3, 3], [2, 2], "same", [2, 7, 9, 3]],
    [[3, 2], [1, 2], "same", [3, 5, 4, 17]],
    [[2, 3], [1, 1], "valid", [1, 5, 6, 1]],
  ] as const)("pool %j, strides %j, %s to the very maxima, by oneDNN", async (size, strides, pad, shape) => {
    const x = values(tf.util.sizeFromShape([...shape]));
    const pooled = (): number[] => [...tf.maxPool(tf.tensor4d(x, [...shape]), [...size], [...strides], pad).dataSync()];
    await useEngine("cpu");
    const expected = tf.tidy(pooled);
    await useEngine("node");
    const before = tf.memory().numTensors;
    expect(tf.tidy(pooled)).toEqual(expected);
    expect(tf.memory().numTensors).toBe(before);
  });

  it.each([
    [6, "FusedBatchNormTrainingGrad"],
    [32, "TrainingBatchNormGradient"],
  ])("train batch normalisation of %i channels as its definition does: gradients and moving averages", (c, kernel) => {
    const [n, h, w] = [5, 3, 4];
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
      expect(kernels).toContain(kernel);
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

  const convolutions = [
    { pad: "same", strides: [1, 1], relu: true, addend: true },
    { pad: "same", strides: [2, 1], relu: true, addend: false },
    { pad: "valid", strides: [1, 2], relu: false, addend: true },
    { pad: "valid", strides: [2, 2], relu: false, addend: false },
    {
      pad: [
        [0, 0],
        [1, 2],
        [0, 3],
        [0, 0],
      ],
      strides: [2, 2],
      relu: true,
      addend: true,
    },
    {
      pad: [
        [0, 0],
        [0, 0],
        [1, 0],
        [0, 0],
      ],
      strides: [1, 1],
      relu: true,
      addend: false,
    },
  ] as const;
  it.each(convolutions)("convolve, add and rectify as one operation, %j: values and gradients", async (of) => {
    const { strides, relu } = of;
    const pad = of.pad as FusedConvolution["pad"];
    const filter = tf.tensor4d(values(3 * 2 * 3 * 5), [3, 2, 3, 5]);
    const [x, bias] = [tf.tensor4d(values(2 * 7 * 6 * 3), [2, 7, 6, 3]), tf.tensor1d(values(5))];
    const convolve = (images: tf.Tensor, weights: tf.Tensor): tf.Tensor =>
      typeof pad === "string"
        ? tf.conv2d(images as tf.Tensor4D, weights as tf.Tensor4D, [...strides], pad)
        : tf.conv2d(tf.pad(images as tf.Tensor4D, pad), weights as tf.Tensor4D, [...strides], "valid");
    const shape = convolve(x, filter).shape as [number, number, number, number];
    const some = (): tf.Tensor4D => tf.tensor4d(values(tf.util.sizeFromShape(shape)), shape);
    const [addend, dy] = [some(), some()];
    const operands = of.addend ? [x, filter, bias, addend] : [x, filter, bias];
    const composed = (...[images, weights, offset, other]: tf.Tensor[]): tf.Tensor => {
      const sum = tf.add(convolve(images, weights), offset);
      const all = other === undefined ? sum : tf.add(sum, other);
      return relu ? tf.relu(all) : all;
    };
    const fused = (...[images, weights, offset, other]: tf.Tensor[]): tf.Tensor =>
      fusedConvolution({
        x: images as tf.Tensor4D,
        filter: weights as tf.Tensor4D,
        bias: offset as tf.Tensor1D,
        addend: other as tf.Tensor4D | undefined,
        strides,
        pad,
        relu,
      });
    const { kernelNames } = await tf.engine().profile(() => fused(...operands));
    expect(kernelNames).toEqual(["FusedConvolution"]);
    expectClose(fused(...operands), [...composed(...operands).dataSync()]);
    const expected = tf.grads(composed)(operands, dy);
    tf.grads(fused)(operands, dy).forEach((gradient, i) => {
      expect(gradient.shape).toEqual(operands[i].shape);
      expectClose(gradient, [...expected[i].dataSync()]);
    });
  });

  it("run the layer conv2d with bias and ReLU, trained and not, without a gradient for the images", async () => {
    const layer = tfl.layers.conv2d({ filters: 4, kernelSize: 3, activation: "relu", biasInitializer: "ones" });
    const images = tf.tensor4d(values(2 * 5 * 5 * 2), [2, 5, 5, 2]);
    const loss = (): tf.Scalar => tf.sum(tf.square(layer.apply(images, { training: true }) as tf.Tensor)) as tf.Scalar;
    loss().dispose();
    const { kernelNames, result } = await tf.engine().profile(() => tf.variableGrads(loss).grads);
    expect(kernelNames).toContain("FusedConvolution");
    expect(kernelNames).not.toContain(tf.Conv2DBackpropInput);
    const [kernel, bias] = layer.trainableWeights.map(
      (weight) => (result as tf.NamedTensorMap)[(weight.read() as tf.Variable).name],
    );
    const [filter, offset] = layer.getWeights() as [tf.Tensor4D, tf.Tensor1D];
    const plain = (weights: tf.Tensor, shift: tf.Tensor): tf.Tensor =>
      tf.sum(tf.square(tf.relu(tf.add(tf.conv2d(images, weights as tf.Tensor4D, 1, "valid"), shift))));
    const [dFilter, dOffset] = tf.grads(plain)([filter, offset]);
    expectClose(kernel, [...dFilter.dataSync()]);
    expectClose(bias, [...dOffset.dataSync()]);
  });

  it("give the cross-entropy and its gradient for the logits as the composed operations do, far from 0 too", () => {
    const logits = tf.tensor2d([...values(20), 1000, -1000, 0, 30, -1e4], [5, 5]);
    const targets = tf.tensor2d(values(25).map(Math.abs), [5, 5]);
    const dy = tf.tensor1d(values(5));
    const composed = (at: tf.Tensor): tf.Tensor => tf.neg(tf.sum(tf.mul(targets, tf.logSoftmax(at as tf.Tensor2D)), 1));
    const fused = (at: tf.Tensor): tf.Tensor => crossEntropy(at as tf.Tensor2D, targets);
    expectClose(fused(logits), [...composed(logits).dataSync()], 2e-6);
    // With targets that do not sum to 1 the operation's gradient is softmax - target, the composed one's sum(target)
    // softmax - target: only distributions count.
    const distributions = tf.div(targets, tf.sum(targets, 1, true)) as tf.Tensor2D;
    const slope = tf.grad((at: tf.Tensor) => crossEntropy(at as tf.Tensor2D, distributions))(logits, dy);
    const expected = tf.mul(tf.sub(tf.softmax(logits), distributions), tf.reshape(dy, [-1, 1]));
    expectClose(slope, [...expected.dataSync()]);
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

/** To 5e-4, or to this part of the value where that is more. */
function expectClose(tensor: tf.Tensor, expected: readonly number[], relative = 0): void {
  const found = tensor.dataSync();
  expect(found).toHaveLength(expected.length);
  for (const [i, value] of expected.entries()) {
    expect(Math.abs(found[i] - value)).toBeLessThanOrEqual(Math.max(5e-4, relative * Math.abs(value)));
  }
}
