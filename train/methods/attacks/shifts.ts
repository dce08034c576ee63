import * as tf from "@tensorflow/tfjs-core";
import type * as tfl from "@tensorflow/tfjs-layers";
import type { CopyBatch } from "../../copies.js";
import { inferenceLogits } from "../classifier.js";
import { softVoteLosses } from "../soft-votes.js";

/**
 * What attacks on examples are made of. An attack shifts an example; its copies shift with it, and their noise stays.
 */

/** Copies with their examples shifted. @param shifts [examples, height, width, channels] */
export function shifted(batch: CopyBatch, shifts: tf.Tensor4D): CopyBatch {
  return { ...batch, images: shiftedImages(batch, shifts) };
}

/**
 * For each example the gradient, for its shift, of the cross-entropy of its copies' mean probabilities, in inference
 * mode: [examples, height, width, channels]
 */
export function shiftGradients(model: tfl.LayersModel, batch: CopyBatch, shifts: tf.Tensor4D): tf.Tensor4D {
  const sum = (at: tf.Tensor4D) => {
    const logits = inferenceLogits(model, shiftedImages(batch, at));
    return tf.sum(softVoteLosses(logits, batch.targets, batch.copies));
  };
  return tf.grad(sum as (at: tf.Tensor) => tf.Tensor)(shifts) as tf.Tensor4D;
}

/** Shifts, cut so that the shifted examples have their pixels in [0, 1]. @param clean the examples themselves */
export function inPixelRange(clean: tf.Tensor4D, shifts: tf.Tensor4D): tf.Tensor4D {
  return tf.tidy(() => tf.sub(tf.clipByValue(tf.add(clean, shifts), 0, 1), clean) as tf.Tensor4D);
}

/** Shifts, those that are longer than `radius` shortened to it. */
export function inBall(shifts: tf.Tensor4D, radius: number): tf.Tensor4D {
  return tf.tidy(() => tf.mul(shifts, tf.minimum(1, tf.div(radius, lengths(shifts)))) as tf.Tensor4D);
}

/** L2 norms: [examples, 1, 1, 1]. */
export function lengths(shifts: tf.Tensor4D): tf.Tensor4D {
  return tf.tidy(() => tf.sqrt(tf.sum(tf.square(shifts), [1, 2, 3], true)) as tf.Tensor4D);
}

/**
 * Fraction of its strength that an attack has at a time, in (0, 1]: it rises from epoch to epoch and is whole from
 * epoch `ramp` (counted from 1) on.
 */
export function attackStrength(time: number, ramp: number): number {
  return Math.min(1, (Math.floor(time) + 1) / ramp);
}

function shiftedImages({ images, copies }: CopyBatch, shifts: tf.Tensor4D): tf.Tensor4D {
  return tf.tidy(() => {
    const examples = shifts.shape[0];
    const moved = tf.add(tf.reshape(images, [examples, copies, -1]), tf.reshape(shifts, [examples, 1, -1]));
    return tf.reshape(moved, images.shape);
  });
}
