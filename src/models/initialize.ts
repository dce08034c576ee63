import * as tf from "@tensorflow/tfjs-core";
import type * as tfl from "@tensorflow/tfjs-layers";
import { requireThat } from "../errors.js";
import { STREAM } from "../noise/address.js";
import { fillStandardNormal } from "../noise/normal.js";
import { CounterRandom } from "../noise/random.js";
import { weightNamed } from "./layer-weights.js";

/**
 * Laws of initial weights, for layers with n inputs to a unit (fan-in):
 *
 * - `he`: kernels are normal with variance 2 / n (He et al. 2015), and 1 / n in the last layer, which no ReLU follows;
 *   biases are 0;
 * - `pytorch`: kernels and biases are uniform in ±1 / sqrt(n), PyTorch's default for linear and convolutional layers,
 *   from which published runs on MNIST start. The variance of a kernel is a sixth of He's.
 *
 * Batch norms keep their ones and zeros under both.
 */
export const INITIALIZATIONS = ["he", "pytorch"] as const;

export type Initialization = (typeof INITIALIZATIONS)[number];

/** @throws ArgumentError if it is no such law */
export function requireInitialization(value: Initialization, where: string): void {
  requireThat(INITIALIZATIONS.includes(value), where, "initialization", `one of ${INITIALIZATIONS.join(", ")}`, value);
}

/**
 * Draws the initial weights of all trainable layers with a kernel. The engine's own initializers are not used: their
 * seeds mean something else on each engine (or nothing); here the weights are a function of the seed alone.
 */
export function initializeWeights(model: tfl.LayersModel, seed: number, initialization: Initialization): void {
  const layers = model.layers.filter((layer) => layer.trainable && weightNamed(layer, "kernel") !== undefined);
  layers.forEach((layer, index) => {
    if (initialization === "pytorch") drawUniform(layer, seed, index);
    else drawNormal(layer, seed, index, index === layers.length - 1 ? 1 : 2);
  });
}

function fanInOf(kernel: tfl.LayerVariable): number {
  return (kernel.shape.slice(0, -1) as number[]).reduce((product, size) => product * size, 1);
}

function drawNormal(layer: tfl.layers.Layer, seed: number, index: number, gain: number): void {
  const kernel = weightNamed(layer, "kernel")!;
  const values = valuesFor(kernel);
  fillStandardNormal(values, { seed, stream: STREAM.initialization, example: index, sample: 0 });
  const deviation = Math.sqrt(gain / fanInOf(kernel));
  for (let i = 0; i < values.length; i++) values[i] *= deviation;
  write(kernel, values);
}

function drawUniform(layer: tfl.layers.Layer, seed: number, index: number): void {
  const kernel = weightNamed(layer, "kernel")!;
  const bound = 1 / Math.sqrt(fanInOf(kernel));
  const random = new CounterRandom({ seed, stream: STREAM.initialization, example: index, sample: 0 });
  for (const weight of [kernel, weightNamed(layer, "bias")]) {
    if (weight === undefined) continue;
    write(
      weight,
      valuesFor(weight).map(() => bound * (2 * random.uniform() - 1)),
    );
  }
}

function valuesFor({ shape }: tfl.LayerVariable): Float32Array {
  return new Float32Array((shape as number[]).reduce((product, size) => product * size, 1));
}

function write(weight: tfl.LayerVariable, values: Float32Array): void {
  const tensor = tf.tensor(values, weight.shape as number[]);
  weight.write(tensor);
  tensor.dispose();
}
