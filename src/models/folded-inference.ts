import * as tf from "@tensorflow/tfjs-core";
import type * as tfl from "@tensorflow/tfjs-layers";
import { fusedConvolution } from "../engine/fused/convolution.js";
import { weightNamed } from "./layer-weights.js";

type Symbolic = tfl.SymbolicTensor;

/** A convolution and the batch norm behind it, as one convolution with a bias. */
interface Folded {
  readonly images: Symbolic;
  readonly filter: tf.Tensor4D;
  readonly bias: tf.Tensor1D;
  readonly strides: readonly number[];
  readonly pad: "same" | "valid";
}

/**
 * A model's inference in fewer passes over its activations: each batch norm is folded into the convolution before it, and the sum and the ReLU of a residual block are taken
 * in one operation with the convolution where the engine has one. The outputs are those of the model but for rounding.
 *
 * Weights are read when it is made: changes that come later do not count.
 */
export class FoldedInference {
  readonly #model: tfl.LayersModel;
  /** How many layers take a tensor. */
  readonly #uses = new Map<number, number>();
  /** By the batch norm's output. */
  readonly #folded = new Map<number, Folded>();

  /** @param model a model with one input and one output */
  constructor(model: tfl.LayersModel) {
    this.#model = model;
    const tensors = this.#countUses(model.outputs[0]);
    for (const tensor of tensors) {
      const [convolved] = inputsOf(tensor);
      if (isNormOfLastAxis(tensor) && isPlainConvolution(convolved) && this.#isUsedOnce(convolved)) {
        this.#folded.set(tensor.id, fold(convolved, tensor.sourceLayer));
      }
    }
  }

  /** The model's outputs for a batch of inputs. */
  outputs(images: tf.Tensor): tf.Tensor {
    const values = new Map([[this.#model.inputs[0].id, images]]);
    return tf.tidy(() => this.#value(this.#model.outputs[0], values));
  }

  /** Frees the folded weights; a `tf.tidy` in which it was made does so too. */
  dispose(): void {
    for (const { filter, bias } of this.#folded.values()) tf.dispose([filter, bias]);
  }

  /** Of a tensor and all that it is made of; returns them. */
  #countUses(tensor: Symbolic): Symbolic[] {
    const uses = this.#uses.get(tensor.id) ?? 0;
    this.#uses.set(tensor.id, uses + 1);
    return uses > 0 ? [] : [tensor, ...inputsOf(tensor).flatMap((input) => this.#countUses(input))];
  }

  #isUsedOnce(tensor: Symbolic): boolean {
    return this.#uses.get(tensor.id) === 1;
  }

  #value(tensor: Symbolic, values: Map<number, tf.Tensor>): tf.Tensor {
    const known = values.get(tensor.id);
    if (known !== undefined) return known;
    const value = this.#fused(tensor, values) ?? this.#plain(tensor, values);
    values.set(tensor.id, value);
    return value;
  }

  /** The layer's own inference. */
  #plain(tensor: Symbolic, values: Map<number, tf.Tensor>): tf.Tensor {
    const inputs = inputsOf(tensor).map((input) => this.#value(input, values));
    const outputs = tensor.sourceLayer.call(inputs.length === 1 ? inputs[0] : inputs, { training: false });
    return Array.isArray(outputs) ? outputs[tensor.outputTensorIndex ?? 0] : outputs;
  }

  /** A folded convolution, with the sum and the ReLU that follow; undefined where `tensor` is nothing of the kind. */
  #fused(tensor: Symbolic, values: Map<number, tf.Tensor>): tf.Tensor | undefined {
    const relu = isRelu(tensor) && this.#isUsedOnce(inputsOf(tensor)[0]);
    const sum = relu ? inputsOf(tensor)[0] : tensor;
    const terms = isSumOfTwo(sum) ? inputsOf(sum) : [sum];
    const convolution = terms.find((term) => this.#folded.has(term.id) && (term === tensor || this.#isUsedOnce(term)));
    if (convolution === undefined) return undefined;
    const { images, ...weights } = this.#folded.get(convolution.id)!;
    const other = terms.find((term) => term !== convolution);
    const addend = other && (this.#value(other, values) as tf.Tensor4D);
    return fusedConvolution({ x: this.#value(images, values) as tf.Tensor4D, addend, relu, ...weights });
  }
}

function inputsOf(tensor: Symbolic): Symbolic[] {
  return tensor.sourceLayer.inboundNodes[tensor.nodeIndex].inputTensors;
}

/** What is used of the configurations of layers. */
interface LayerConfig {
  readonly activation: string;
  readonly axis: number;
  readonly dataFormat: string;
  readonly dilationRate: readonly number[];
  readonly epsilon: number;
  readonly maxValue: number | null;
  readonly padding: "same" | "valid";
  readonly strides: readonly number[];
}

function configOf(layer: tfl.layers.Layer): LayerConfig {
  return layer.getConfig() as unknown as LayerConfig;
}

function isRelu({ sourceLayer }: Symbolic): boolean {
  const className = sourceLayer.getClassName();
  if (className === "Activation") return configOf(sourceLayer).activation === "relu";
  return className === "ReLU" && configOf(sourceLayer).maxValue == null;
}

function isSumOfTwo(tensor: Symbolic): boolean {
  const [a, b, ...more] = inputsOf(tensor);
  if (tensor.sourceLayer.getClassName() !== "Add" || b === undefined || more.length > 0) return false;
  return a !== b && a.shape.join() === b.shape.join();
}

function isNormOfLastAxis({ sourceLayer, rank }: Symbolic): boolean {
  if (sourceLayer.getClassName() !== "BatchNormalization") return false;
  const { axis } = configOf(sourceLayer);
  return rank === 4 && (axis === -1 || axis === 3);
}

/** A convolution of images without activation. */
function isPlainConvolution({ sourceLayer }: Symbolic): boolean {
  if (sourceLayer.getClassName() !== "Conv2D") return false;
  const { activation, dataFormat, dilationRate } = configOf(sourceLayer);
  return activation === "linear" && dataFormat === "channelsLast" && dilationRate.every((rate) => rate === 1);
}

/** Batch norm multiplies each channel by gamma / sqrt(variance + epsilon): so do the filters that make it. */
function fold(convolved: Symbolic, norm: tfl.layers.Layer): Folded {
  const convolution = convolved.sourceLayer;
  const read = (layer: tfl.layers.Layer, name: string): tf.Tensor | undefined => weightNamed(layer, name)?.read();
  const [filter, bias] = tf.tidy(() => {
    const inverse = tf.rsqrt(tf.add(read(norm, "moving_variance")!, configOf(norm).epsilon));
    const scale = tf.mul(inverse, read(norm, "gamma") ?? 1);
    const centre = tf.sub(read(convolution, "bias") ?? 0, read(norm, "moving_mean")!);
    const shift = tf.add(tf.mul(centre, scale), read(norm, "beta") ?? 0);
    return [tf.mul(read(convolution, "kernel")!, scale) as tf.Tensor4D, shift as tf.Tensor1D];
  });
  const { strides, padding } = configOf(convolution);
  const [images] = inputsOf(convolved);
  return { images, filter, bias, strides, pad: padding };
}
