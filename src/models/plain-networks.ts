/** Networks without shortcuts. Each takes pixels and gives logits. */
import * as tfl from "@tensorflow/tfjs-layers";

type Symbolic = tfl.SymbolicTensor;

/** All kernels start as zeros here: `initializeWeights` draws them. */
export const ZEROS = { kernelInitializer: "zeros" } as const;

export function logits(x: Symbolic, classes: number): Symbolic {
  return tfl.layers.dense({ ...ZEROS, units: classes, name: "logits" }).apply(x) as Symbolic;
}

/** One affine map: the classifier whose exact robust radius is known. */
export function linear(pixels: Symbolic, classes: number): Symbolic {
  return logits(flatten(pixels), classes);
}

/** Two hidden layers of 256 ReLUs. */
export function mlp(pixels: Symbolic, classes: number): Symbolic {
  return logits(hidden(hidden(flatten(pixels), "hidden1", 256), "hidden2", 256), classes);
}

/**
 * conv 20 5x5, max pool, conv 50 5x5, max pool, fc 500, fc: the net of the MNIST tables in the randomized-smoothing
 * literature (Jeong and Shin 2020 onwards). Convolutions are not padded.
 */
export function lenet(pixels: Symbolic, classes: number): Symbolic {
  const features = convolve(convolve(pixels, "1", 20), "2", 50);
  return logits(hidden(flatten(features), "hidden", 500), classes);
}

function flatten(x: Symbolic): Symbolic {
  return tfl.layers.flatten({ name: "flatten" }).apply(x) as Symbolic;
}

function hidden(x: Symbolic, name: string, units: number): Symbolic {
  return tfl.layers.dense({ ...ZEROS, units, activation: "relu", name }).apply(x) as Symbolic;
}

function convolve(x: Symbolic, number: string, filters: number): Symbolic {
  const convolution = tfl.layers.conv2d({
    ...ZEROS,
    filters,
    kernelSize: 5,
    activation: "relu",
    name: `conv${number}`,
  });
  const pool = tfl.layers.maxPooling2d({ poolSize: 2, name: `pool${number}` });
  return pool.apply(convolution.apply(x)) as Symbolic;
}
