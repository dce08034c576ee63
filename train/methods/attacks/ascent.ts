import * as tf from "@tensorflow/tfjs-core";
import type * as tfl from "@tensorflow/tfjs-layers";
import type { CopyBatch } from "../../copies.js";
import { unit } from "../directions.js";
import { inBall, inPixelRange, shiftGradients } from "./shifts.js";

/** Projected gradient ascent (PGD) on the loss of an example's mean probabilities. */

export type AttackNorm = "l2" | "linf";

export interface Ascent {
  readonly norm: AttackNorm;
  /** Longest shift in that norm, in pixels of [0, 1]; greater than 0, Infinity for any. */
  readonly epsilon: number;
  /** An integer of at least 0. */
  readonly steps: number;
  /** Length of a step in that norm before it is projected, greater than 0. */
  readonly stepSize: number;
}

/**
 * Shifts of the examples after some steps. Each goes along the direction of steepest ascent in the norm, is cut to
 * pixels in [0, 1], and then to `epsilon`. Where the gradient is 0 the example stays where it is.
 *
 * @param clean the examples of the batch @param start shifts, freed here; default 0
 */
export function ascend(
  model: tfl.LayersModel,
  batch: CopyBatch,
  clean: tf.Tensor4D,
  { norm, epsilon, steps, stepSize }: Ascent,
  start: tf.Tensor4D = tf.zerosLike(clean),
): tf.Tensor4D {
  let shifts = start;
  for (let step = 0; step < steps; step++) {
    const next = tf.tidy(() => {
      const direction = steepestAscent(shiftGradients(model, batch, shifts), norm);
      const moved = tf.add(shifts, tf.mul(direction, stepSize)) as tf.Tensor4D;
      return within(inPixelRange(clean, moved), norm, epsilon);
    });
    shifts.dispose();
    shifts = next;
  }
  return shifts;
}

function steepestAscent(gradients: tf.Tensor4D, norm: AttackNorm): tf.Tensor4D {
  return norm === "l2" ? unit(gradients) : tf.sign(gradients);
}

function within(shifts: tf.Tensor4D, norm: AttackNorm, epsilon: number): tf.Tensor4D {
  return norm === "l2" ? inBall(shifts, epsilon) : tf.clipByValue(shifts, -epsilon, epsilon);
}
