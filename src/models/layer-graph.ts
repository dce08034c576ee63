import type * as tf from "@tensorflow/tfjs-core";
import type * as tfl from "@tensorflow/tfjs-layers";

/** What passes between layers. */
export type Symbolic = tfl.SymbolicTensor;

/** The value of a symbolic tensor in the run under way. */
export type Compute = (tensor: Symbolic) => tf.Tensor;

/**
 * Computes several layers at once: the value of a tensor from those of earlier ones, or undefined where there is no
 * short cut to it.
 */
export type ShortCut = (tensor: Symbolic, compute: Compute) => tf.Tensor | undefined;

/** A model with one input and one output as the graph of its layers, to be run with short cuts. */
export class LayerGraph {
  readonly #model: tfl.LayersModel;
  /** How many layers take a tensor. */
  readonly #uses = new Map<number, number>();
  /** All tensors between the layers and the output. */
  readonly tensors: readonly Symbolic[];

  constructor(model: tfl.LayersModel) {
    this.#model = model;
    this.tensors = this.#countUses(model.outputs[0]);
  }

  /** The model's outputs for a batch of inputs, in training mode or not. */
  run(images: tf.Tensor, training: boolean, shortCut: ShortCut): tf.Tensor {
    const values = new Map([[this.#model.inputs[0].id, images]]);
    const compute: Compute = (tensor) => {
      const known = values.get(tensor.id);
      if (known !== undefined) return known;
      const value = shortCut(tensor, compute) ?? callLayer(tensor, inputsOf(tensor).map(compute), training);
      values.set(tensor.id, value);
      return value;
    };
    return compute(this.#model.outputs[0]);
  }

  /** How many layers take a tensor; the output counts as taken once more. */
  uses(tensor: Symbolic): number {
    return this.#uses.get(tensor.id) ?? 0;
  }

  /** Whether a tensor goes to one layer alone, or is the output and goes to none. */
  isUsedOnce(tensor: Symbolic): boolean {
    return this.uses(tensor) === 1;
  }

  /** How `tensor` is made of another one that `isCore` names, by a sum and ReLU. */
  residual(tensor: Symbolic, isCore: (tensor: Symbolic) => boolean): Residual | undefined {
    const relu = isRelu(tensor) && this.isUsedOnce(inputsOf(tensor)[0]);
    const sum = relu ? inputsOf(tensor)[0] : tensor;
    const terms = isSumOfTwo(sum) ? inputsOf(sum) : [sum];
    const core = terms.find((term) => isCore(term) && (term === tensor || this.isUsedOnce(term)));
    return core && { core, addend: terms.find((term) => term !== core), relu };
  }

  /** Of a tensor and all that it is made of; returns them. */
  #countUses(tensor: Symbolic): Symbolic[] {
    const uses = this.#uses.get(tensor.id) ?? 0;
    this.#uses.set(tensor.id, uses + 1);
    return uses > 0 ? [] : [tensor, ...inputsOf(tensor).flatMap((input) => this.#countUses(input))];
  }
}

/** core, core + addend, or ReLU of that, where nothing else takes what lies between. */
export interface Residual {
  readonly core: Symbolic;
  /** Of the same shape. */
  readonly addend: Symbolic | undefined;
  readonly relu: boolean;
}

/** What the layer that makes a tensor takes. */
export function inputsOf(tensor: Symbolic): Symbolic[] {
  return tensor.sourceLayer.inboundNodes[tensor.nodeIndex].inputTensors;
}

function callLayer(tensor: Symbolic, inputs: tf.Tensor[], training: boolean): tf.Tensor {
  const outputs = tensor.sourceLayer.call(inputs.length === 1 ? inputs[0] : inputs, { training });
  return Array.isArray(outputs) ? outputs[tensor.outputTensorIndex ?? 0] : outputs;
}

/** What is used of the configurations of layers. */
export interface LayerConfig {
  readonly activation: string;
  readonly axis: number;
  readonly dataFormat: string;
  readonly dilationRate: readonly number[];
  readonly epsilon: number;
  readonly maxValue: number | null;
  /** Of zeroPadding2d: [[top, bottom], [left, right]]. */
  readonly padding: "same" | "valid" | readonly [[number, number], [number, number]];
  readonly strides: readonly number[];
}

export function configOf(layer: tfl.layers.Layer): LayerConfig {
  return layer.getConfig() as unknown as LayerConfig;
}

/** Whether a tensor comes from a batch norm over the last axis of images. */
export function isNormOfLastAxis({ sourceLayer, rank }: Symbolic): boolean {
  if (sourceLayer.getClassName() !== "BatchNormalization") return false;
  const { axis } = configOf(sourceLayer);
  return rank === 4 && (axis === -1 || axis === 3);
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
