import * as tf from "@tensorflow/tfjs-core";
import { floatType, isThere, type OpAttribute, TENSORFLOW, type TensorFlowBackend } from "./tensorflow-op.js";

/**
 * Batch normalisation in training on TensorFlow's engine: by our own operation (`native/batch-norm.cc`), which takes
 * the sum and the ReLU that may follow along, or by TensorFlow's.
 */

const OURS = "TrainingBatchNorm";
const OUR_GRADIENT = "TrainingBatchNormGradient";
const THEIRS = "FusedBatchNormTraining";
const THEIR_GRADIENT = "FusedBatchNormTrainingGrad";

export interface Norm {
  /** [channels] */
  readonly scale: tf.Tensor;
  /** [channels] */
  readonly offset: tf.Tensor;
  readonly epsilon: number;
}

/** What follows a norm: relu(norm + addend). */
export interface NormEpilogue {
  /** Of the shape of the images. */
  readonly addend?: tf.Tensor | undefined;
  readonly relu?: boolean;
}

export interface Normed {
  readonly y: tf.Tensor;
  /** Of the batch, for each channel. */
  readonly mean: tf.Tensor;
  /** Of the batch, for each channel: the mean square, not the unbiased estimate. */
  readonly variance: tf.Tensor;
}

/** Normalises images over all axes but the last by their own mean and variance. The gradient takes these along. */
export function trainingNorm(x: tf.Tensor, norm: Norm, { addend, relu = false }: NormEpilogue = {}): Normed {
  if (isOurs(x)) {
    const inputs = { x, scale: norm.scale, offset: norm.offset, ...(addend && { addend }) };
    const attrs = { epsilon: norm.epsilon, relu, adds: addend !== undefined };
    const [y, mean, variance] = tf.engine().runKernel(OURS, inputs, attrs) as tf.Tensor[];
    return { y, mean, variance };
  }
  const inputs = { x, scale: norm.scale, offset: norm.offset };
  const [normed, mean, unbiased] = tf.engine().runKernel(THEIRS, inputs, { epsilon: norm.epsilon }) as tf.Tensor[];
  const count = x.size / mean.size;
  const sum = addend === undefined ? normed : tf.add(normed, addend);
  return { y: relu ? tf.relu(sum) : sum, mean, variance: tf.mul(unbiased, (count - 1) / count) };
}

/** Our operation's channels come in vectors of this many. */
const CHANNELS = 16;

function isOurs(x: tf.Tensor): boolean {
  if (x.shape.at(-1)! % CHANNELS !== 0) return false;
  return isThere(OURS, () => {
    const row = tf.range(0, CHANNELS);
    const inputs = { x: tf.stack([row, tf.neg(row)]), scale: tf.onesLike(row), offset: row };
    const [y] = tf.engine().runKernel(OURS, inputs, { epsilon: 0, relu: false, adds: false }) as tf.Tensor[];
    return y.dataSync()[1] === 2;
  });
}

/** Makes the operations known to TensorFlow.js, with their gradients. */
export function registerTrainingNorm(): void {
  registerOurs();
  registerTheirs();
}

function registerOurs(): void {
  tf.registerKernel({
    kernelName: OURS,
    backendName: TENSORFLOW,
    kernelFunc: ({ inputs, backend, attrs }) => {
      const { x, scale, offset, addend } = inputs as Record<string, tf.Tensor>;
      const tensorflow = backend as unknown as TensorFlowBackend;
      const rest = addend === undefined ? [] : [addend];
      const { TF_ATTR_FLOAT } = tensorflow.binding;
      const epsilon = { name: "epsilon", type: TF_ATTR_FLOAT, value: attrs?.epsilon };
      const attributes = [...ourAttributes(tensorflow, rest.length, attrs), epsilon];
      return tensorflow.executeMultipleOutputs(OURS, attributes, [x, scale, offset, ...rest], 4);
    },
  });
  tf.registerKernel({
    kernelName: OUR_GRADIENT,
    backendName: TENSORFLOW,
    kernelFunc: ({ inputs, backend, attrs }) => {
      const { dy, x, scale, offset, mean, inverse, y } = inputs as Record<string, tf.Tensor>;
      const tensorflow = backend as unknown as TensorFlowBackend;
      const rest = y === undefined ? [] : [y];
      const attributes = ourAttributes(tensorflow, rest.length, attrs);
      const operands = [dy, x, scale, offset, mean, inverse, ...rest];
      return tensorflow.executeMultipleOutputs(OUR_GRADIENT, attributes, operands, 3 + rest.length);
    },
  });
  tf.registerGradient({
    kernelName: OURS,
    inputsToSave: ["x", "scale", "offset"],
    outputsToSave: [true, true, false, true],
    gradFunc: (dys, [x, scale, offset, y, mean, inverse], attrs) => {
      const [dy] = dys as tf.Tensor[];
      const { relu, adds } = attrs as tf.NamedAttrMap;
      const inputs = { dy, x, scale, offset, mean, inverse, ...(adds === true && { y }) };
      const [dx, dScale, dOffset, dAddend] = tf.engine().runKernel(OUR_GRADIENT, inputs, { relu }) as tf.Tensor[];
      return {
        x: () => tf.clone(dx),
        scale: () => tf.clone(dScale),
        offset: () => tf.clone(dOffset),
        ...(adds === true && { addend: () => tf.clone(dAddend) }),
      };
    },
  });
}

function ourAttributes(
  { binding }: TensorFlowBackend,
  rest: number,
  attrs: tf.NamedAttrMap | undefined,
): OpAttribute[] {
  return [
    { name: "num_rest", type: binding.TF_ATTR_INT, value: rest },
    { name: "relu", type: binding.TF_ATTR_BOOL, value: attrs?.relu },
  ];
}

function registerTheirs(): void {
  tf.registerKernel({
    kernelName: THEIRS,
    backendName: TENSORFLOW,
    kernelFunc: ({ inputs, backend, attrs }) => {
      const { x, scale, offset } = inputs as Record<string, tf.Tensor>;
      const none = tf.tensor1d([], "float32");
      const tensorflow = backend as unknown as TensorFlowBackend;
      const attributes = [...theirAttributes(tensorflow, attrs), factor(tensorflow)];
      const operands = [x, scale, offset, none, none];
      const outputs = tensorflow.executeMultipleOutputs("FusedBatchNormV3", attributes, operands, 6);
      none.dispose();
      return outputs;
    },
  });
  tf.registerKernel({
    kernelName: THEIR_GRADIENT,
    backendName: TENSORFLOW,
    kernelFunc: ({ inputs, backend, attrs }) => {
      const { dy, x, scale, reserve1, reserve2, reserve3 } = inputs as Record<string, tf.Tensor>;
      const tensorflow = backend as unknown as TensorFlowBackend;
      const saved = [dy, x, scale, reserve1, reserve2, reserve3];
      return tensorflow.executeMultipleOutputs("FusedBatchNormGradV3", theirAttributes(tensorflow, attrs), saved, 5);
    },
  });
  tf.registerGradient({
    kernelName: THEIRS,
    inputsToSave: ["x", "scale"],
    outputsToSave: [false, false, false, true, true, true],
    gradFunc: (dys, [x, scale, reserve1, reserve2, reserve3], attrs) => {
      const [dy] = dys as tf.Tensor[];
      const inputs = { dy, x, scale, reserve1, reserve2, reserve3 };
      const [dx, dScale, dOffset] = tf.engine().runKernel(THEIR_GRADIENT, inputs, attrs) as tf.Tensor[];
      return { x: () => tf.clone(dx), scale: () => tf.clone(dScale), offset: () => tf.clone(dOffset) };
    },
  });
}

function theirAttributes(backend: TensorFlowBackend, attrs: tf.NamedAttrMap | undefined): OpAttribute[] {
  const { binding } = backend;
  return [
    floatType(backend),
    floatType(backend, "U"),
    { name: "epsilon", type: binding.TF_ATTR_FLOAT, value: attrs?.epsilon },
    { name: "data_format", type: binding.TF_ATTR_STRING, value: "NHWC" },
    { name: "is_training", type: binding.TF_ATTR_BOOL, value: true },
  ];
}

/** The batch's own moments, not a mixture with earlier ones. */
function factor({ binding }: TensorFlowBackend): OpAttribute {
  return { name: "exponential_avg_factor", type: binding.TF_ATTR_FLOAT, value: 1 };
}
