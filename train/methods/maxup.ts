import * as tf from "@tensorflow/tfjs-core";
import type * as tfl from "@tensorflow/tfjs-layers";
import { z } from "zod";
import { requireInteger } from "../../src/index.js";
import type { CopyBatch } from "../copies.js";
import { inParts } from "../example-batch.js";
import { defineMethod } from "../method.js";
import type { ExampleBatch, Objective } from "../objective.js";
import { inputGradients, meanCrossEntropy } from "./classifier.js";
import { copyScorer, imagesAtOnce, type Scorer } from "./copy-losses.js";
import { steepest } from "./steepest.js";

/**
 * MaxUp (Gong, Ren, Ye and Liu, 2020, arXiv 2002.09024): the mean over the examples of
 *
 *     max over i = 1 .. m of L(x'_i, theta),   x'_i random copies of x, drawn anew in every step
 *
 * with L the cross-entropy. The gradient of the maximum is the gradient at the copy where it is attained, so each
 * example costs m forward passes in inference mode, which choose that copy, and one forward and backward pass on it in
 * training mode. Of equal losses the first counts. With m = 1 it is training on plain copies.
 *
 * With `screen` = K < m (linear screening) only K copies are scored: those of the largest first-order loss
 * L(x) + <gradient of L at x, x'_i - x>, for the price of one input gradient. It finds the maximum as sigma -> 0, and
 * at any sigma no more than the maximum; docs/training.md has the measurements, and says when not to use it. Its copies
 * share one transform, since a gradient describes the losses near one image only.
 *
 * @param copies m, an integer of at least 1; the paper uses 4 to 10 for images, up to 150 for certification
 * @param screen K, an integer in [1, m]; default m, which scores all copies
 * @throws ArgumentError if one is out of range
 */
export function maxup(copies: number, screen: number = copies): Objective {
  requireInteger(copies, "maxup", "copies", 1);
  requireInteger(screen, "maxup", "screen", 1, copies);
  return {
    name: "maxup",
    copies,
    ...(screen < copies && { oneImage: true }),
    prepare(model, batch) {
      const chosen = copies === 1 ? batch.draw() : worstCopies(model, batch, screen);
      return () => meanCrossEntropy(model, chosen);
    },
  };
}

export const MAXUP = defineMethod({
  name: "maxup",
  description: "largest cross-entropy among m noisy copies (Gong et al. 2020)",
  options: z.object({
    copies: z.int().min(1).max(65_536).default(4).describe("noisy copies of an image"),
    screen: z
      .int()
      .min(1)
      .optional()
      .describe("score only the K copies that an input gradient ranks first")
      .meta({ preset: 3 }),
  }),
  cost: ({ copies, screen = copies }) => (screen < copies ? 2 + screen / 3 : (copies + 3) / 3),
  create: ({ copies, screen }) => maxup(copies, screen),
});

/** The copy of each example that has the largest loss among all, or among those that the screening keeps. */
function worstCopies(model: tfl.LayersModel, batch: ExampleBatch, screen: number): CopyBatch {
  const losses = copyScorer(model);
  if (screen < batch.copies) return worstOf(losses, steepest(batch, inputGradients(model, batch.clean()), screen));
  const examplesAtOnce = Math.max(1, Math.floor(imagesAtOnce(model) / batch.copies));
  return inParts(batch.length, examplesAtOnce, (first, count) => worstOf(losses, batch.draw(first, count)));
}

/** The copy of each example that has the largest loss. */
function worstOf(losses: Scorer, batch: CopyBatch): CopyBatch {
  if (batch.copies === 1) return batch;
  const rows = worstRows(losses(batch), batch.copies);
  return { images: tf.gather(batch.images, rows), targets: tf.gather(batch.targets, rows), copies: 1 };
}

/**
 * For each example the position of its largest loss among all of them, the first one on ties. NaN counts as the
 * largest: it is learned from, and so it is noticed.
 *
 * @param losses [examples * copies], the copies of one example back to back
 * @returns [examples], positions in `losses`, int32
 */
export function worstRows(losses: tf.Tensor1D, copies: number): tf.Tensor1D {
  return tf.tidy(() => {
    const examples = losses.shape[0] / copies;
    const known = tf.where(tf.isNaN(losses), tf.fill(losses.shape, Infinity), losses);
    const worst = tf.argMax(tf.reshape(known, [examples, copies]), 1);
    return tf.add(tf.mul(tf.range(0, examples, 1, "int32"), tf.scalar(copies, "int32")), worst) as tf.Tensor1D;
  });
}
