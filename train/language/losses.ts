import * as tf from "@tensorflow/tfjs-core";
import { labelCrossEntropy } from "../../src/index.js";
import type { LanguageWeights } from "./architecture.js";
import { type Encoded, scores } from "./network.js";

/** The cross-entropy of each token that was predicted, in nats: [time, batch]. @param targets [time, batch], int32 */
export function tokenLosses(weights: LanguageWeights, outputs: tf.Tensor3D, targets: tf.Tensor2D): tf.Tensor2D {
  const [time, batch] = targets.shape;
  const losses = labelCrossEntropy(scores(weights, outputs), tf.reshape(targets, [time * batch]));
  return tf.reshape(losses, [time, batch]);
}

/** Weights of the terms below, each at least 0. */
export interface ActivationPenalties {
  /** Of the outputs' size (activation regularisation). */
  readonly alpha: number;
  /** Of their change from one time step to the next (temporal activation regularisation). */
  readonly beta: number;
}

/**
 * The activation regularisation of Merity, McCann and Socher (2017, arXiv 1708.01009) on the last layer:
 *
 *     alpha mean (dropped outputs)^2  +  beta mean (h_{t+1} - h_t)^2
 *
 * with means over all numbers of the outputs, as in the authors' code; a piece of one step has no second term.
 */
export function activationPenalty({ outputs, dropped }: Encoded, { alpha, beta }: ActivationPenalties): tf.Scalar {
  const [time, batch, size] = outputs.shape;
  const ofSize = tf.mul(tf.mean(tf.square(dropped)), alpha) as tf.Scalar;
  if (time === 1 || beta === 0) return ofSize;
  const later = tf.slice(outputs, [1, 0, 0], [time - 1, batch, size]);
  const earlier = tf.slice(outputs, [0, 0, 0], [time - 1, batch, size]);
  return tf.add(ofSize, tf.mul(tf.mean(tf.square(tf.sub(later, earlier))), beta));
}
