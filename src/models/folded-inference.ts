import * as tf from "@tensorflow/tfjs-core";
import type * as tfl from "@tensorflow/tfjs-layers";
import { fusedConvolution, type Zeros } from "../engine/fused/convolution.js";
import { type Compute, configOf, inputsOf, isNormOfLastAxis, LayerGraph, type Symbolic } from "./layer-graph.js";
import { weightNamed } from "./layer-weights.js";

/** A convolution, the zeros put around its images and the batch norm behind it, as one convolution with a bias. */
interface Folded {
  readonly images: Symbolic;
  readonly filter: tf.Tensor4D;
  readonly bias: tf.Tensor1D;
  readonly strides: readonly number[];
  readonly pad: "same" | "valid" | Zeros;
}

/**
 * A model's inference in fewer passes over its activations: each batch norm is folded into the convolution before it,
 * and the zeros around its images, the sum and the ReLU of a residual block are taken in one operation with the
 * convolution where the engine has one. The outputs are those of the model but for rounding.
 *
 * Weights are read when it is made: changes that come later do not count.
 */
export class FoldedInference {
  readonly #graph: LayerGraph;
  /** By the batch norm's output. */
  readonly #folded = new Map<number, Folded>();

  /** @param model a model with one input and one output */
  constructor(model: tfl.LayersModel) {
    this.#graph = new LayerGraph(model);
    for (const tensor of this.#graph.tensors) {
      const [convolved] = inputsOf(tensor);
      if (isNormOfLastAxis(tensor) && isPlainConvolution(convolved) && this.#graph.isUsedOnce(convolved)) {
        this.#folded.set(tensor.id, { ...fold(convolved, tensor.sourceLayer), ...this.#padded(convolved) });
      }
    }
  }

  /** What a convolution is of, without the layer that puts zeros around its images. */
  #padded(convolved: Symbolic): Pick<Folded, "images" | "strides" | "pad"> {
    const { strides, padding } = configOf(convolved.sourceLayer);
    const [images] = inputsOf(convolved);
    const { sourceLayer } = images;
    const around = sourceLayer.getClassName() === "ZeroPadding2D" ? configOf(sourceLayer) : undefined;
    if (padding !== "valid" || around?.dataFormat !== "channelsLast" || !this.#graph.isUsedOnce(images))
      return { images, strides, pad: padding as "same" | "valid" };
    const [rows, columns] = around.padding as readonly [[number, number], [number, number]];
    return { images: inputsOf(images)[0], strides, pad: [[0, 0], rows, columns, [0, 0]] };
  }

  /** The model's outputs for a batch of inputs. */
  outputs(images: tf.Tensor): tf.Tensor {
    return tf.tidy(() => this.#graph.run(images, false, (tensor, compute) => this.#fused(tensor, compute)));
  }

  /** Frees the folded weights; a `tf.tidy` in which it was made does so too. */
  dispose(): void {
    for (const { filter, bias } of this.#folded.values()) tf.dispose([filter, bias]);
  }

  /** A folded convolution, with the sum and the ReLU that follow. */
  #fused(tensor: Symbolic, compute: Compute): tf.Tensor | undefined {
    const residual = this.#graph.residual(tensor, ({ id }) => this.#folded.has(id));
    if (residual === undefined) return undefined;
    const { images, ...weights } = this.#folded.get(residual.core.id)!;
    const addend = residual.addend && (compute(residual.addend) as tf.Tensor4D);
    return fusedConvolution({ x: compute(images) as tf.Tensor4D, addend, relu: residual.relu, ...weights });
  }
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
