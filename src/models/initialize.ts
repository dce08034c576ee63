import * as tf from "@tensorflow/tfjs-core";
import type * as tfl from "@tensorflow/tfjs-layers";
import { STREAM } from "../noise/address.js";
import { fillStandardNormal } from "../noise/normal.js";
import { weightNamed } from "./layer-weights.js";

/**
 * Draws the kernels of all trainable layers: normal with variance 2 / fan-in (He et al. 2015), and 1 / fan-in in the
 * last one, which no ReLU follows. The engine's own initializers are not used since their seeds mean something else on
 * each engine (or nothing); here the weights are a function of the seed alone. Biases keep their zeros, batch norms
 * their ones.
 */
export function initializeWeights(model: tfl.LayersModel, seed: number): void {
  const layers = model.layers.filter((layer) => layer.trainable && weightNamed(layer, "kernel") !== undefined);
  layers.forEach((layer, index) => {
    const gain = index === layers.length - 1 ? 1 : 2;
    drawKernel(weightNamed(layer, "kernel")!, gain, seed, index);
  });
}

function drawKernel(kernel: tfl.LayerVariable, gain: number, seed: number, index: number): void {
  const shape = kernel.shape as number[];
  const fanIn = shape.slice(0, -1).reduce((product, size) => product * size, 1);
  const values = new Float32Array(fanIn * shape[shape.length - 1]);
  fillStandardNormal(values, { seed, stream: STREAM.initialization, example: index, sample: 0 });
  const deviation = Math.sqrt(gain / fanIn);
  for (let i = 0; i < values.length; i++) values[i] *= deviation;
  const tensor = tf.tensor(values, shape);
  kernel.write(tensor);
  tensor.dispose();
}
