import type * as tf from "@tensorflow/tfjs-core";
import type * as tfl from "@tensorflow/tfjs-layers";

/**
 * The contract of a training objective.
 *
 * An objective sees a model and a batch of training examples with their random copies, and says what to minimise. It works in
 * two halves, because only the second is differentiated:
 *
 * 1. `prepare` runs outside the gradient tape. Here copies are chosen, attacked or scored; nothing done here adds a
 *    gradient. Calls of the model are made in inference mode, so that the statistics of batch normalisation stay as
 *    they are.
 * 2. The function that `prepare` returns runs on the tape, once, and returns the loss. Calls of the model are made in
 *    training mode.
 *
 * An objective is pure: what it returns depends on the model's weights and on the batch alone. It draws no random
 * numbers but the batch's copies, keeps nothing between calls, and changes nothing but the running statistics of batch
 * normalisation (through the model's training mode). It may be called inside `tf.tidy`: tensors that it leaves are
 * freed by the caller.
 */
export interface Objective {
  /** The method's name in the literature, e.g. `maxup`; written to the history. */
  readonly name: string;
  /** Number of copies of each example that it wants the batch to have, m; an integer of at least 1. */
  readonly copies: number;
  /** @throws DivergenceError if the model's outputs make the choice impossible (NaN). */
  prepare(model: tfl.LayersModel, batch: ExampleBatch): () => ObjectiveValue;
}

/**
 * The examples of one step. Nothing is drawn before it is asked for, so that an objective decides how many images are in
 * memory at once; asked again, the same copies are drawn again.
 */
export interface ExampleBatch {
  /** Number of examples. */
  readonly length: number;
  /** Number of copies of each example, m. */
  readonly copies: number;
  /** The examples as they are, one row each. */
  clean(): CopyBatch;
  /** All m copies of the examples at `first`, `first + 1`, ... of the batch; of all examples if nothing is given. */
  draw(first?: number, count?: number): CopyBatch;
  /**
   * Of m copies of each example the `keep` with the largest inner products with its direction, which for an input gradient
   * are those of the largest first-order loss. Where copies are Gaussian, those `keep` are drawn from their joint law at
   * once, and are other draws than those of `draw`; elsewhere all m are drawn and ranked.
   *
   * @param directions [length, height, width, channels] @param keep an integer in [1, m]
   */
  steepest(directions: tf.Tensor4D, keep: number): CopyBatch;
}

/** Random copies of some training examples, in pixels of [0, 1] before any preprocessing, and not clipped. */
export interface CopyBatch {
  /** [examples * copies, height, width, channels]; the copies of one example lie back to back. */
  readonly images: tf.Tensor4D;
  /** [examples * copies, classes]: the probability of each class that the copy should get, one-hot for plain labels. */
  readonly targets: tf.Tensor2D;
  /** Number of copies of each example, m. */
  readonly copies: number;
}

/** What an objective makes of one batch. */
export interface ObjectiveValue {
  /** Mean loss over the examples, in nats; the trainer minimises it. */
  readonly loss: tf.Scalar;
  readonly log: ObjectiveLog;
}

/** Means over the examples of the batch, by name, for the history and the progress display. */
export interface ObjectiveLog {
  /** Fraction of the copies learned from that were classified correctly, in [0, 1]. */
  readonly accuracy: number;
}
