import type * as tf from "@tensorflow/tfjs-core";
import type * as tfl from "@tensorflow/tfjs-layers";
import type { CounterRandom } from "../src/index.js";
import type { CopyBatch, CopyDraw } from "./copies.js";

/**
 * The contract of a training objective.
 *
 * An objective sees a model and a batch of training examples with their random copies, and says what to minimise. It
 * works in two halves, because only the second is differentiated:
 *
 * 1. `prepare` runs outside the gradient tape. Here copies are chosen, attacked or scored; nothing done here adds a
 *    gradient. Calls of the model are made in inference mode, so that the statistics of batch normalisation stay as
 *    they are.
 * 2. The function that `prepare` returns runs on the tape, once, and returns the loss. Calls of the model are made in
 *    training mode.
 *
 * Nothing is read back from the device in either: on a graphics processor every read would wait for all that was asked
 * of it before. What the trainer needs to know it reads later, without waiting.
 *
 * What an objective returns depends on the model's weights, the batch, the moment and the objective's own state alone.
 * It draws no random numbers but the batch's copies and those of the moment, and changes nothing but its own state and
 * the running statistics of batch normalisation (through the model's training mode). It is called inside `tf.tidy`:
 * tensors that it leaves are freed by the caller.
 */
export interface Objective {
  /** The method's name in the literature, e.g. `maxup`; written to the history. */
  readonly name: string;
  /** Where it is another method for a while: the name of what it is at a time, see {@link Moment}. */
  nameAt?(time: number): string;
  /** Number of copies of each example that it wants the batch to have, m; an integer of at least 1. */
  readonly copies: number;
  /**
   * Set where its copies are noisy views of one image, which it compares or attacks. Transforms are then drawn once for
   * each image and epoch, and all of the image's copies, as well as `clean()` of the batch, start from what they give.
   * Otherwise each copy draws its own.
   */
  readonly oneImage?: true;
  prepare(model: tfl.LayersModel, batch: ExampleBatch, moment: Moment): () => ObjectiveValue;
}

/** When a step is made, and its random numbers. */
export interface Moment {
  /** Epochs since the start of the training, fractions counted; in [0, epochs). For warm-ups and schedules. */
  readonly time: number;
  /** Epochs in all. */
  readonly epochs: number;
  /**
   * Random numbers for an example of the batch in this epoch, beside those of its copies: the same for the same seed,
   * epoch and example, whatever else is in the batch.
   *
   * @param position of the example in the batch, an integer in [0, batch.length)
   */
  random(position: number): CounterRandom;
}

/**
 * The examples of one step. Nothing is drawn before it is asked for, so that an objective decides how many images are
 * in memory at once; asked again, the same copies are drawn again.
 */
export interface ExampleBatch {
  /** Number of examples. */
  readonly length: number;
  /** Number of copies of each example, m. */
  readonly copies: number;
  /** How the copies are drawn: data set, augmentation, addresses. */
  readonly source: CopyDraw;
  /** The examples as they are, one row each; transformed as their copies are where these share a transform. */
  clean(): CopyBatch;
  /** All m copies of the examples at `first`, `first + 1`, ... of the batch; of all examples if nothing is given. */
  draw(first?: number, count?: number): CopyBatch;
}

/** What an objective makes of one batch. */
export interface ObjectiveValue {
  /** Mean loss over the examples, in nats; the trainer minimises it. */
  readonly loss: tf.Scalar;
  readonly log: ObjectiveLog;
}

/**
 * Means over the examples of the batch, by name, for the history, TensorBoard and the progress display. Classifiers log
 * `accuracy`: the fraction of the copies learned from that were classified correctly, in [0, 1].
 */
export type ObjectiveLog = Readonly<Record<string, tf.Scalar>>;
