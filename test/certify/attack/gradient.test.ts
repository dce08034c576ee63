import * as tf from "@tensorflow/tfjs-core";
import * as tfl from "@tensorflow/tfjs-layers";
import { buildModel, CounterRandom, gaussianNoise, gridNoise, type ImageShape, STREAM, useEngine } from "smoothcert";
import { functionClassifier, modelGradient, type PixelScaling, voteGradient } from "smoothcert/certify";
import { beforeAll, describe, expect, it } from "vitest";
import { runSeed } from "../../laws/seed.js";
import { linearClassifier } from "../some-classifiers.js";

beforeAll(async () => {
  await useEngine("wasm");
});

const address = { seed: runSeed, stream: STREAM.attack, example: 3, sample: 17 };

function cosine(a: ArrayLike<number>, b: ArrayLike<number>): number {
  const dot = (x: ArrayLike<number>, y: ArrayLike<number>): number =>
    Array.from(x, (v, j) => v * y[j]).reduce((s, v) => s + v, 0);
  return dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b));
}

describe("modelGradient", () => {
  const shape: ImageShape = [2, 3, 2];
  const [inputs, hidden, classes, copies] = [12, 7, 4, 9];
  const noise = gaussianNoise(0.4);
  const random = new CounterRandom({ seed: 5, stream: STREAM.theory, example: 0, sample: 0 });
  const x = Float32Array.from({ length: inputs }, () => random.uniform());

  function denseModel(): tfl.LayersModel {
    const seeded = (seed: number) => tfl.initializers.randomNormal({ seed, stddev: 0.6 });
    return tfl.sequential({
      layers: [
        tfl.layers.flatten({ inputShape: [...shape] }),
        tfl.layers.dense({
          units: hidden,
          activation: "tanh",
          kernelInitializer: seeded(1),
          biasInitializer: seeded(2),
        }),
        tfl.layers.dense({ units: classes, kernelInitializer: seeded(3), biasInitializer: seeded(4) }),
      ],
    });
  }

  /** The lead of the likeliest other class on the very copies, in doubles, with `shift` added to pixel j of each. */
  function lead(
    weights: readonly Float32Array[],
    label: number,
    scaling: Required<PixelScaling>,
    j: number,
    shift: number,
  ) {
    const batch = new Float32Array(copies * inputs);
    noise.perturb(batch, 0, x, address, copies);
    const means = new Array<number>(classes).fill(0);
    for (let i = 0; i < copies; i++) {
      const pixels = Array.from(batch.subarray(i * inputs, (i + 1) * inputs), (v, k) => {
        return (scaling.scale * (v + (k === j ? shift : 0)) - scaling.mean[k % 2]) / scaling.std[k % 2];
      });
      const inner = Array.from({ length: hidden }, (_, h) =>
        Math.tanh(pixels.reduce((sum, v, k) => sum + v * weights[0][k * hidden + h], weights[1][h])),
      );
      const logits = means.map((_, c) =>
        inner.reduce((sum, v, h) => sum + v * weights[2][h * classes + c], weights[3][c]),
      );
      const total = logits.reduce((sum, z) => sum + Math.exp(z), 0);
      for (const [c, z] of logits.entries()) means[c] += Math.exp(z) / total / copies;
    }
    return Math.log(Math.max(...means.filter((_, c) => c !== label))) - Math.log(means[label]);
  }

  it.each<[number, PixelScaling | undefined]>([
    [0, undefined],
    [1, undefined],
    [2, { scale: 2, mean: [0.3, 0.5], std: [0.7, 1.5] }],
    [3, undefined],
  ])("of label %i with scaling %j is that of finite differences on the same noise", async (label, scaling) => {
    const model = denseModel();
    const weights = model.getWeights().map((tensor) => tensor.dataSync() as Float32Array);
    const gradient = modelGradient(model, { imageShape: shape, noise, copies, scaling });
    const found = await gradient.ascent(x, label, address);
    const full = { scale: scaling?.scale ?? 1, mean: scaling?.mean ?? [0, 0], std: scaling?.std ?? [1, 1] };
    const step = 1e-5;
    const expected = Array.from({ length: inputs }, (_, j) => {
      return (lead(weights, label, full, j, step) - lead(weights, label, full, j, -step)) / (2 * step);
    });
    // float32 sums of 9 copies; measured 3e-7 of the largest.
    const largest = Math.max(...expected.map(Math.abs));
    expect(largest).toBeGreaterThan(0.01);
    expect(Math.max(...expected.map((value, j) => Math.abs(found[j] - value)))).toBeLessThan(1e-4 * largest);
  });

  it("is not lost where the model is sure beyond float32: it leads from the label to the next class", async () => {
    const model = buildModel("linear", { inputShape: shape, classes: 3, seed: 1 });
    const [kernel] = model.getWeights();
    model.setWeights([kernel, tf.tensor1d([300, 0, 100])]);
    const found = await modelGradient(model, { imageShape: shape, noise, copies: 4 }).ascent(x, 0, address);
    const weights = kernel.dataSync();
    const expected = Array.from({ length: inputs }, (_, j) => weights[3 * j + 2] - weights[3 * j]);
    expect(Math.max(...expected.map((value, j) => Math.abs(found[j] - value)))).toBeLessThan(1e-5);
    expect(Math.hypot(...expected)).toBeGreaterThan(0.1);
  });
});

describe("voteGradient", () => {
  const w = [0.5, -1, 2, 0.25];

  it("points across the boundary of a linear classifier", async () => {
    const x = Float32Array.of(0.5, 0.5, 0.5, 0.5);
    const base = linearClassifier(w, 0.5);
    const gradient = voteGradient(base, gaussianNoise, 0.5, 20_000);
    // The estimate's error a coordinate is below 2 sigma / sqrt(copies) relative to sigma phi(0.33) = 0.38 sigma: 1 -
    // cosine < 0.01 beyond all doubt.
    expect(cosine(await gradient.ascent(x, 1, address), w)).toBeLessThan(-0.99);
    expect(cosine(await gradient.ascent(x, 0, address), w)).toBeGreaterThan(0.99);
  });

  it("doubles the noise until votes differ, and gives zeros where they never do", async () => {
    const x = Uint8Array.of(128, 128, 128, 128);
    const sigmas: number[] = [];
    const noiseAt = (sigma: number) => {
      sigmas.push(sigma);
      return gridNoise(sigma);
    };
    const far = linearClassifier(w, 0.875 - 10 * 0.1 * Math.hypot(...w));
    const direction = await voteGradient(far, noiseAt, 0.1, 4000).ascent(x, 1, address);
    expect(sigmas).toEqual([0.1, 0.2, 0.4]);
    expect(cosine(direction, w)).toBeLessThan(-0.5);
    const constant = functionClassifier(() => 1, { name: "constant", inputShape: [1, 1, 4], classes: 2 });
    expect(await voteGradient(constant, gridNoise, 0.1, 50).ascent(x, 1, address)).toEqual(new Float64Array(4));
  });

  it("does not depend on the batch size", async () => {
    const x = Float32Array.of(0.5, 0.25, 0.5, 0.75);
    const [a, b] = [3, 64].map((size) => voteGradient(linearClassifier(w, 0.5, size), gaussianNoise, 0.5, 200));
    const [first, second] = [await a.ascent(x, 1, address), await b.ascent(x, 1, address)];
    expect(Math.max(...first.map((value, j) => Math.abs(value - second[j])))).toBeLessThan(1e-9);
  });
});
