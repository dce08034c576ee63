import * as tf from "@tensorflow/tfjs-core";
import type * as tfl from "@tensorflow/tfjs-layers";
import type { CopyBatch } from "../../copies.js";
import { inferenceLogits } from "../classifier.js";
import { unit } from "../directions.js";
import { meanOfCopies } from "../soft-votes.js";
import { inBall, inPixelRange, lengths, shifted, shiftGradients } from "./shifts.js";

/**
 * Decoupling direction and norm (Rony et al. 2019, arXiv 1811.09600), as Salman et al. (2019) use it: looks for the
 * shortest shift with which most copies of an example are given another class than its own. In each step the direction
 * follows the gradient by steps that fall from 1 to 0.01 along a cosine; the length shrinks by a twentieth after a
 * success, and else grows by as much; pixels are rounded to 256 levels.
 */

/** Factor by which the length of a shift changes in a step, less 1. */
const CHANGE = 0.05;
/** Steps between pixel values of 0 and of 1. */
const LEVELS = 255;

type Search = {
  readonly shifts: tf.Tensor4D;
  /** Length that the shifts were given, before pixels were cut and rounded: [examples, 1, 1, 1]. */
  readonly length: tf.Tensor4D;
  /** The shortest shifts so far that succeeded, 0 where none has; and their lengths. */
  readonly best: tf.Tensor4D;
  readonly bestLength: tf.Tensor4D;
};

/**
 * The shortest shifts found, cut to `epsilon` in L2 norm; 0 where no shift succeeded, or none was needed.
 *
 * @param clean the examples of the batch @param epsilon also the length that is tried first
 */
export function ddn(
  model: tfl.LayersModel,
  batch: CopyBatch,
  clean: tf.Tensor4D,
  { epsilon, steps }: { readonly epsilon: number; readonly steps: number },
): tf.Tensor4D {
  return tf.tidy(() => {
    const longest = lengths(tf.maximum(clean, tf.sub(1, clean)));
    const none = tf.zerosLike(clean);
    const length = tf.fill(longest.shape, epsilon) as tf.Tensor4D;
    let search: Search = { shifts: none, length, best: none, bestLength: longest };
    for (let step = 0; step < steps; step++) {
      const size = stepSize(step / steps);
      search = tf.tidy(() => {
        const fooled = isFooled(model, shifted(batch, search.shifts));
        const direction = unit(shiftGradients(model, batch, search.shifts));
        const moved = tf.add(search.shifts, tf.mul(direction, size)) as tf.Tensor4D;
        const factor = tf.where(fooled, tf.scalar(1 - CHANGE), tf.scalar(1 + CHANGE));
        const length = tf.minimum(tf.mul(search.length, factor), longest) as tf.Tensor4D;
        return { ...better(search, fooled), shifts: onLevels(clean, tf.mul(unit(moved), length)), length };
      });
    }
    return rounded(inBall(search.best, epsilon));
  });
}

/** The best shifts, those of this step among them. */
function better({ shifts, best, bestLength }: Search, fooled: tf.Tensor4D): Pick<Search, "best" | "bestLength"> {
  const length = lengths(shifts);
  const isBetter = tf.logicalAnd(fooled, tf.less(length, bestLength));
  return { best: tf.where(isBetter, shifts, best), bestLength: tf.where(isBetter, length, bestLength) };
}

/** Which examples are given another class than their own by most of their copies: [examples, 1, 1, 1]. */
function isFooled(model: tfl.LayersModel, { images, targets, copies }: CopyBatch): tf.Tensor4D {
  const logits = inferenceLogits(model, images);
  const votes = tf.cast(tf.oneHot(tf.argMax(logits, 1), logits.shape[1]), "float32") as tf.Tensor2D;
  const [said, label] = [votes, targets].map((rows) => tf.argMax(meanOfCopies(rows, copies), 1));
  return tf.reshape(tf.notEqual(said, label), [-1, 1, 1, 1]);
}

/** Length of a step. @param passed part of the steps that are done, in [0, 1) */
function stepSize(passed: number): number {
  return 0.01 + (0.99 * (1 + Math.cos(Math.PI * passed))) / 2;
}

function onLevels(clean: tf.Tensor4D, shifts: tf.Tensor): tf.Tensor4D {
  return inPixelRange(clean, tf.sub(rounded(tf.add(clean, shifts)), clean) as tf.Tensor4D);
}

function rounded(pixels: tf.Tensor): tf.Tensor4D {
  return tf.div(tf.round(tf.mul(pixels, LEVELS)), LEVELS) as tf.Tensor4D;
}
