import * as tf from "@tensorflow/tfjs-core";
import * as tfl from "@tensorflow/tfjs-layers";
import { TENSORFLOW } from "./tensorflow-op.js";
import { type NormEpilogue, trainingNorm } from "./training-norm.js";

/**
 * The layer `batchNormalization` in training by one operation. TensorFlow.js composes it of moments, a normalisation
 * and their gradients, a dozen passes over the activations.
 */

/** What is used of the layer `batchNormalization`. */
interface BatchNormalization {
  readonly axis: number;
  readonly epsilon: number;
  readonly momentum: number;
  readonly gamma: tfl.LayerVariable | undefined;
  readonly beta: tfl.LayerVariable | undefined;
  readonly movingMean: tfl.LayerVariable;
  readonly movingVariance: tfl.LayerVariable;
}

/** Lets the layer train by one operation on TensorFlow's engine, in every model; elsewhere it stays as it is. */
export function registerBatchNormTraining(): void {
  const layer = Object.getPrototypeOf(tfl.layers.batchNormalization({ name: "fused" })) as tfl.layers.Layer;
  const original = layer.call;
  layer.call = function (this: tfl.layers.Layer, inputs, kwargs) {
    const x = (Array.isArray(inputs) ? inputs[0] : inputs) as tf.Tensor;
    if (kwargs.training !== true || !canNormalize(this, x)) return original.call(this, inputs, kwargs);
    return normalizeInTraining(this, x);
  };
}

/**
 * Whether {@link normalizeInTraining} can do what a layer `batchNormalization` does to x: over the last axis of images,
 * with both scale and offset, on TensorFlow's engine.
 */
export function canNormalize(layer: tfl.layers.Layer, x: { readonly rank: number }): boolean {
  const { axis, gamma, beta } = layer as unknown as BatchNormalization;
  return tf.getBackend() === TENSORFLOW && x.rank === 4 && (axis === -1 || axis === 3) && !!gamma && !!beta;
}

/** What the layer gives in training mode, with what follows it; moves the layer's averages. */
export function normalizeInTraining(layer: tfl.layers.Layer, x: tf.Tensor, epilogue: NormEpilogue = {}): tf.Tensor {
  const { gamma, beta, epsilon, momentum, movingMean, movingVariance } = layer as unknown as BatchNormalization;
  return tf.tidy(() => {
    const { y, mean, variance } = trainingNorm(x, { scale: gamma!.read(), offset: beta!.read(), epsilon }, epilogue);
    moveTowards(movingMean, mean, momentum);
    moveTowards(movingVariance, variance, momentum);
    return y;
  });
}

function moveTowards(average: tfl.LayerVariable, value: tf.Tensor, momentum: number): void {
  tf.tidy(() => {
    average.write(tf.add(tf.mul(average.read(), momentum), tf.mul(value, 1 - momentum)));
  });
}
