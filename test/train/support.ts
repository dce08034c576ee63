import * as tf from "@tensorflow/tfjs-core";
import * as tfl from "@tensorflow/tfjs-layers";
import { CounterRandom, createDataset, type Dataset, gaussianNoise, STREAM } from "smoothcert";
import { type Augmentation, completeSettings, type Moment, noisyCopies, type TrainSettings } from "smoothcert/train";

/** A seeded source of numbers for test material. */
export function random(seed: number): CounterRandom {
  return new CounterRandom({ seed, stream: STREAM.theory, example: 0, sample: 0 });
}

/** Uniform numbers in (-1, 1). */
export function numbers(count: number, seed: number): Float32Array {
  const source = random(seed);
  return Float32Array.from({ length: count }, () => 2 * source.uniform() - 1);
}

/** Random 6x5 images of two channels in three classes, each with a brighter row of its own. */
export function toyData(length = 23, seed = 1): Dataset {
  const source = random(seed);
  const labels = Array.from({ length }, (_, i) => i % 3);
  const pixels = Uint8Array.from({ length: length * 60 }, (_, j) => {
    const row = Math.floor((j % 60) / 10);
    return Math.floor(source.uniform() * 100) + (row === 2 * labels[Math.floor(j / 60)] ? 150 : 0);
  });
  return createDataset({
    name: "toy",
    split: "train",
    shape: [6, 5, 2],
    classes: ["a", "b", "c"],
    pixels,
    labels,
    source: "test",
  });
}

/** A perceptron with one hidden layer for {@link toyData}, its weights drawn from the seed. */
export function perceptron(seed = 3): tfl.LayersModel {
  return seeded(
    tfl.sequential({
      layers: [
        tfl.layers.flatten({ inputShape: [6, 5, 2] }),
        tfl.layers.dense({ units: 7, activation: "relu" }),
        tfl.layers.dense({ units: 3 }),
      ],
    }),
    seed,
  );
}

/** A convolutional network with batch normalisation for {@link toyData}. */
export function convolutional(seed = 3): tfl.LayersModel {
  return seeded(
    tfl.sequential({
      layers: [
        tfl.layers.conv2d({ inputShape: [6, 5, 2], filters: 4, kernelSize: 3, padding: "same" }),
        tfl.layers.batchNormalization(),
        tfl.layers.reLU(),
        tfl.layers.maxPooling2d({ poolSize: 2 }),
        tfl.layers.flatten(),
        tfl.layers.dense({ units: 3 }),
      ],
    }),
    seed,
  );
}

/** Kernels are drawn anew from the seed; biases and batch normalisation keep their starting values. */
function seeded(model: tfl.LayersModel, seed: number): tfl.LayersModel {
  model.weights.forEach((weight, i) => {
    if (!weight.originalName.includes("kernel")) return;
    const shape = weight.shape as number[];
    const values = numbers(
      shape.reduce((a, b) => a * b, 1),
      100 * seed + i,
    ).map((x) => x / 2);
    tf.tidy(() => {
      weight.write(tf.tensor(values, shape));
    });
  });
  return model;
}

/** The images that a model's first layer is last called with in training mode while `compute` runs. */
export function imagesLearned(model: tfl.LayersModel, compute: () => unknown): tf.Tensor4D {
  const first = model.layers.find((layer) => layer.getClassName() !== "InputLayer")!;
  const call = first.call;
  let images: tf.Tensor4D | undefined;
  first.call = (inputs, options) => {
    if (options.training) [images] = [inputs].flat() as tf.Tensor4D[];
    return call.call(first, inputs, options);
  };
  compute();
  first.call = call;
  return images!;
}

/** Values of all weights, in order. */
export function weightsOf(model: tfl.LayersModel): Float32Array[] {
  return model.weights.map((weight) => Float32Array.from(weight.read().dataSync()));
}

/** The beginning of a training of three epochs. */
export const START: Moment = { time: 0, epochs: 3, random: (position) => random(position) };

export const toyNoise: Augmentation = noisyCopies(gaussianNoise(0.3));

export function toySettings(given: Partial<TrainSettings> = {}): TrainSettings {
  return completeSettings({ epochs: 3, batch: 8, lr: 0.05, lrRamp: 0, warmup: 0, seed: 5, ...given });
}
