import type * as tf from "@tensorflow/tfjs-core";
import type * as tfl from "@tensorflow/tfjs-layers";

/**
 * The contract of a training objective.
 *
 * An objective sees a model and a batch of random copies of training examples, and says what to minimise. It works in
 * two halves, because only the second is differentiated:
 *
 * 1. `prepare` runs outside the gradient tape. Here copies are chosen, attacked or scored; nothing done here adds a
 *    gradient. Calls of the model are made in inference mode, so that the statistics of batch normalisation stay as
 *    they are.
 * 2. The function that `prepare` returns runs on the tape, once, and returns the loss. Calls of the model are made in
 *    training mode.
 *
 * An objective is pure: what it returns depends on the model's weights and on the batch alone. It draws no random
 * numbers of its own, keeps nothing between calls, and changes nothing but the running statistics of batch
 * normalisation (through the model's training mode). It may be called inside `tf.tidy`: tensors that it leaves are
 * freed by the caller.
 */
export interface Objective {
  /** The method's name in the literature, e.g. `maxup`; written to the history. */
  readonly name: string;
  /** Number of copies of each example that it wants in the batch, m; an integer of at least 1. */
  readonly copies: number;
  /** @throws DivergenceError if the model's outputs make the choice impossible (NaN). */
  prepare(model: tfl.LayersModel, batch: CopyBatch): () => ObjectiveValue;
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
