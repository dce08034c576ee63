import * as tf from "@tensorflow/tfjs-core";
import type * as tfl from "@tensorflow/tfjs-layers";
import { ARCHITECTURES, type BuildOptions, buildModel, type ImageShape, INITIALIZATIONS, useEngine } from "smoothcert";
import { beforeAll, describe, expect, test } from "vitest";

const GRAY: ImageShape = [16, 16, 1];
const TINY: ImageShape = [8, 8, 3];

function shapeFor(architecture: string): ImageShape {
  return /resnet|wrn/.test(architecture) ? TINY : GRAY;
}

function build(architecture: string, options: Partial<BuildOptions> = {}): tfl.LayersModel {
  return buildModel(architecture, { inputShape: shapeFor(architecture), classes: 4, seed: 7, ...options });
}

function weightsOf(model: tfl.LayersModel): Float32Array[] {
  return model.weights.map((weight) => weight.read().dataSync() as Float32Array);
}

function images(count: number, shape: ImageShape): tf.Tensor4D {
  const values = Float32Array.from({ length: count * shape[0] * shape[1] * shape[2] }, (_, i) => Math.sin(i * i) ** 2);
  return tf.tensor4d(values, [count, ...shape]);
}

beforeAll(async () => {
  await useEngine("wasm");
});

describe("buildModel", () => {
  /** Parameters of the published networks: 20-50-500 LeNet on 28x28; ResNets as in torch, with projection shortcuts;
   * WRN-16-4 has 2.75 million (table 4 of Zagoruyko and Komodakis). */
  test.each([
    ["linear", 28, 1, 7_850],
    ["mlp", 28, 1, 269_322],
    ["lenet", 28, 1, 431_080],
    ["resnet20", 32, 3, 272_474],
    ["wrn16-4", 32, 3, 2_748_890],
  ])("%s has the parameters it should have", (architecture, size, channels, parameters) => {
    const model = build(architecture, { inputShape: [size, size, channels], classes: 10 });
    const trainable = model.trainableWeights.reduce((sum, w) => sum + tf.util.sizeFromShape(w.shape as number[]), 0);
    expect(trainable).toBe(parameters);
    model.dispose();
  });

  /** WRN-28-10 takes seconds to draw its 36 million weights, and is made of the blocks of WRN-16-4. */
  const names = ARCHITECTURES.map(({ name }) => name).filter((name) => name !== "wrn28-10");

  test.each(names)("%s maps pixels to finite logits of every class", (name) => {
    const model = build(name);
    expect(model.inputs[0].shape).toEqual([null, ...shapeFor(name)]);
    expect(model.outputs[0].shape).toEqual([null, 4]);
    const logits = tf.tidy(() => (model.predict(images(3, shapeFor(name))) as tf.Tensor).dataSync());
    expect(logits.length).toBe(12);
    expect(logits.every(Number.isFinite)).toBe(true);
    expect(logits.some((value) => value < 0)).toBe(true);
    model.dispose();
  });

  test.each([20, 32, 44, 56, 110])("resnet%i has that many layers with weights on its longest path", (depth) => {
    const model = build(`resnet${depth}`);
    const weighted = model.layers.filter((layer) => /_conv$|^logits$/.test(layer.name) && !/shortcut/.test(layer.name));
    expect(weighted.length).toBe(depth);
    model.dispose();
  });

  test("kernels have the variance of He et al.: 2 / fan-in, and 1 / fan-in in the last layer", () => {
    const model = build("mlp", { inputShape: [28, 28, 1], classes: 10 });
    const [first, bias, second, , last] = weightsOf(model);
    const meanSquare = (values: Float32Array): number => values.reduce((sum, v) => sum + v * v, 0) / values.length;
    // A mean of N squared normals has relative standard error sqrt(2 / N): 0.032, 0.0055 and 0.028 here; 5.5 of them, p
    // = 4e-8.
    expect(Math.abs((meanSquare(first) * 784) / 2 - 1)).toBeLessThan(5.5 * Math.sqrt(2 / first.length));
    expect(Math.abs((meanSquare(second) * 256) / 2 - 1)).toBeLessThan(5.5 * Math.sqrt(2 / second.length));
    expect(Math.abs(meanSquare(last) * 256 - 1)).toBeLessThan(5.5 * Math.sqrt(2 / last.length));
    expect(bias.every((value) => value === 0)).toBe(true);
    model.dispose();
  });

  test("PyTorch's law: kernels and biases are uniform in ±1 / sqrt(fan-in)", () => {
    const model = build("mlp", { inputShape: [28, 28, 1], classes: 10, initialization: "pytorch" });
    const weights = weightsOf(model);
    [784, 256, 256].forEach((fanIn, layer) => {
      for (const values of weights.slice(2 * layer, 2 * layer + 2)) {
        const units = values.map((value) => value * Math.sqrt(fanIn));
        // Rounding to float32 may end a hair above the bound.
        expect(units.every((u) => Math.abs(u) <= 1 + 1e-6)).toBe(true);
        // A uniform u has mean 0 and variance 1/3, u^2 mean 1/3 and variance 4/45: 5.5 standard errors, p = 4e-8 where
        // the mean is near to normal; the ten biases of the last layer are bounded, and farther from it.
        const mean = (of: (u: number) => number): number => units.reduce((sum, u) => sum + of(u), 0) / units.length;
        expect(Math.abs(mean((u) => u))).toBeLessThan(5.5 * Math.sqrt(1 / 3 / units.length));
        expect(Math.abs(mean((u) => u * u) - 1 / 3)).toBeLessThan(5.5 * Math.sqrt(4 / 45 / units.length));
      }
    });
    model.dispose();
  });

  test("an unknown law is refused", () => {
    expect(() => build("linear", { initialization: "glorot" as "he" })).toThrow(
      'buildModel: initialization must be one of he, pytorch, got "glorot"',
    );
  });

  test.each(INITIALIZATIONS)(
    "%s: the same seed gives the same weights on every engine, another seed others",
    async (law) => {
      const here = build("lenet", { initialization: law });
      const expected = weightsOf(here);
      const other = weightsOf(build("lenet", { initialization: law, seed: 8 }));
      expect(other[0]).not.toEqual(expected[0]);
      await useEngine("cpu");
      const there = weightsOf(build("lenet", { initialization: law }));
      await useEngine("wasm");
      expect(there).toEqual(expected);
      here.dispose();
    },
  );
});

describe("preprocessing", () => {
  test("crops around the centre, then scales and normalises each channel", () => {
    const shape: ImageShape = [5, 6, 3];
    const mean = [10, 20, 30];
    const std = [2, 4, 8];
    const model = buildModel("linear", {
      inputShape: shape,
      classes: 2,
      seed: 1,
      preprocessing: { crop: [2, 4], mean, std, scale: 255 },
    });
    const x = images(2, shape);
    const pixels = x.dataSync();
    const [kernel, bias] = model.getLayer("logits").getWeights();
    const weights = kernel.dataSync();
    const actual = (model.predict(x) as tf.Tensor).dataSync();
    const expected = Array.from({ length: 4 }, (_, k) => {
      const [n, c] = [Math.floor(k / 2), k % 2];
      let sum = bias.dataSync()[c];
      for (let h = 0; h < 2; h++) {
        for (let w = 0; w < 4; w++) {
          for (let ch = 0; ch < 3; ch++) {
            const pixel = pixels[((n * 5 + h + 1) * 6 + w + 1) * 3 + ch];
            sum += ((255 * pixel - mean[ch]) / std[ch]) * weights[((h * 4 + w) * 3 + ch) * 2 + c];
          }
        }
      }
      return sum;
    });
    actual.forEach((value, i) => {
      expect(value).toBeCloseTo(expected[i], 3);
    });
    expect(model.trainableWeights.map((weight) => weight.originalName)).toEqual(["logits/kernel", "logits/bias"]);
    model.dispose();
  });

  test("adds no layer that changes nothing", () => {
    const plain = build("linear").layers.map((layer) => layer.name);
    const trivial = build("linear", { preprocessing: { crop: [16, 16], mean: [0], std: [1], scale: 1 } });
    expect(trivial.layers.map((layer) => layer.name)).toEqual(plain);
  });
});

describe("buildModel refuses", () => {
  test.each<[string, string, Partial<BuildOptions>, string]>([
    ["an unknown architecture", "vgg", {}, "architecture must be one of linear, mlp, lenet, resnet20, resnet32, "],
    ["one class", "mlp", { classes: 1 }, "classes must be an integer of at least 2, got 1"],
    ["a fractional seed", "mlp", { seed: 0.5 }, "seed must be an integer of at least 0, got 0.5"],
    ["no channels", "mlp", { inputShape: [8, 8, 0] }, "inputShape[2] must be an integer of at least 1, got 0"],
    ["an image too small", "lenet", { inputShape: [15, 16, 1] }, "inputShape must be at least 16x16 pixels for lenet"],
    ["a crop too small", "lenet", { preprocessing: { crop: [8, 8] } }, "preprocessing.crop must be at least 16x16"],
    [
      "a crop too large",
      "mlp",
      { preprocessing: { crop: [17, 16] } },
      "preprocessing.crop[0] must be an integer in [1, 16], got 17",
    ],
    [
      "means of other channels",
      "mlp",
      { preprocessing: { mean: [1, 2] } },
      "preprocessing.mean must be 1 finite numbers",
    ],
    [
      "a zero deviation",
      "mlp",
      { preprocessing: { std: [0] } },
      "preprocessing.std must be 1 finite numbers, one a channel, greater than 0, got [0]",
    ],
    [
      "a zero scale",
      "mlp",
      { preprocessing: { scale: 0 } },
      "preprocessing.scale must be a finite number other than 0, got 0",
    ],
  ])("%s", (_, architecture, options, message) => {
    expect(() => build(architecture, options)).toThrow(
      expect.objectContaining({ name: "ArgumentError", message: expect.stringContaining(`buildModel: ${message}`) }),
    );
  });
});
