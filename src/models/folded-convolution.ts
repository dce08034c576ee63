import * as tf from "@tensorflow/tfjs-core";
import type * as tfl from "@tensorflow/tfjs-layers";
import type { Zeros } from "../engine/fused/convolution.js";
import { configOf, inputsOf, isNormOfLastAxis, type LayerGraph, type Symbolic } from "./layer-graph.js";
import { weightNamed } from "./layer-weights.js";

/** A convolution, the zeros put around its images and the batch norm behind it, as one convolution with a bias. */
export interface Folded {
  readonly images: Symbolic;
  readonly filter: tf.Tensor4D;
  readonly bias: tf.Tensor1D;
  readonly strides: readonly number[];
  readonly pad: "same" | "valid" | Zeros;
}

/** The convolution and the batch norm that make a tensor; undefined where it is made otherwise. */
export function folded(tensor: Symbolic, graph: LayerGraph): Folded | undefined {
  const [convolved] = inputsOf(tensor);
  if (!isNormOfLastAxis(tensor) || !isPlainConvolution(convolved) || !graph.isUsedOnce(convolved)) return undefined;
  return { ...fold(convolved, tensor.sourceLayer), ...windowsOf(convolved, graph) };
}

/** A convolution of images without activation. */
function isPlainConvolution({ sourceLayer }: Symbolic): boolean {
  if (sourceLayer.getClassName() !== "Conv2D") return false;
  const { activation, dataFormat, dilationRate } = configOf(sourceLayer);
  return activation === "linear" && dataFormat === "channelsLast" && dilationRate.every((rate) => rate === 1);
}

/** Batch norm multiplies each channel by gamma / sqrt(variance + epsilon): so do the filters that make it. */
function fold(convolved: Symbolic, norm: tfl.layers.Layer): Pick<Folded, "filter" | "bias"> {
  const convolution = convolved.sourceLayer;
  const read = (layer: tfl.layers.Layer, name: string): tf.Tensor | undefined => weightNamed(layer, name)?.read();
  const [filter, bias] = tf.tidy(() => {
    const inverse = tf.rsqrt(tf.add(read(norm, "moving_variance")!, configOf(norm).epsilon));
    const scale = tf.mul(inverse, read(norm, "gamma") ?? 1);
    const centre = tf.sub(read(convolution, "bias") ?? 0, read(norm, "moving_mean")!);
    const shift = tf.add(tf.mul(centre, scale), read(norm, "beta") ?? 0);
    return [tf.mul(read(convolution, "kernel")!, scale) as tf.Tensor4D, shift as tf.Tensor1D];
  });
  return { filter, bias };
}

/** What a convolution is of, without the layer that puts zeros around its images. */
function windowsOf(convolved: Symbolic, graph: LayerGraph): Pick<Folded, "images" | "strides" | "pad"> {
  const { strides, padding } = configOf(convolved.sourceLayer);
  const [images] = inputsOf(convolved);
  const { sourceLayer } = images;
  const around = sourceLayer.getClassName() === "ZeroPadding2D" ? configOf(sourceLayer) : undefined;
  if (padding !== "valid" || around?.dataFormat !== "channelsLast" || !graph.isUsedOnce(images))
    return { images, strides, pad: padding as "same" | "valid" };
  const [rows, columns] = around.padding as readonly [[number, number], [number, number]];
  return { images: inputsOf(images)[0], strides, pad: [[0, 0], rows, columns, [0, 0]] };
}
