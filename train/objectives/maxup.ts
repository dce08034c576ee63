import * as tf from "@tensorflow/tfjs-core";
import type * as tfl from "@tensorflow/tfjs-layers";
import { requireInteger } from "../../src/index.js";
import { DivergenceError } from "../divergence-error.js";
import type { CopyBatch, Objective } from "../objective.js";
import { crossEntropy, inferenceLogits, meanCrossEntropy } from "./classifier.js";

/**
 * MaxUp (Gong, Ren, Ye and Liu, 2020, arXiv 2002.09024): the mean over the examples of
 *
 *     max over i = 1 .. m of L(x'_i, theta),   x'_i random copies of x, drawn anew in every step
 *
 * with L the cross-entropy. The gradient of the maximum is the gradient at the copy where it is attained, so each
 * example costs m forward passes in inference mode, which choose that copy, and one forward and backward pass on it in
 * training mode. Of equal losses the first counts. With m = 1 it is training on plain copies.
 *
 * @param copies m, an integer of at least 1; the paper uses 4 to 10 for images, up to 150 for certification
 * @throws ArgumentError if copies is out of range; `prepare` throws DivergenceError if the loss of a copy is NaN
 */
export function maxup(copies: number): Objective {
  requireInteger(copies, "maxup", "copies", 1);
  return {
    name: "maxup",
    copies,
    prepare(model, batch) {
      const chosen = batch.copies === 1 ? batch : worstOf(model, batch);
      return () => meanCrossEntropy(model, chosen);
    },
  };
}

/** The copy of each example that has the largest loss. */
function worstOf(model: tfl.LayersModel, batch: CopyBatch): CopyBatch {
  const rows = tf.tensor1d(worstRows(copyLosses(model, batch), batch.copies), "int32");
  return { images: tf.gather(batch.images, rows), targets: tf.gather(batch.targets, rows), copies: 1 };
}

/** Most activations that one forward pass of the selection may hold in its largest layer: 256 MiB as float32. */
const ACTIVATIONS_AT_ONCE = 2 ** 26;

/**
 * The cross-entropy of every copy, in inference mode and without gradients, in as few forward passes as fit in memory.
 *
 * @returns [examples * copies], in the order of the batch
 */
export function copyLosses(
  model: tfl.LayersModel,
  batch: CopyBatch,
  atOnce: number = imagesAtOnce(model),
): Float32Array {
  const count = batch.images.shape[0];
  const losses = new Float32Array(count);
  for (let start = 0; start < count; start += atOnce) {
    const size = Math.min(atOnce, count - start);
    tf.tidy(() => {
      const logits = inferenceLogits(model, tf.slice(batch.images, start, size));
      losses.set(crossEntropy(logits, tf.slice(batch.targets, start, size)).dataSync(), start);
    });
  }
  return losses;
}

function imagesAtOnce(model: tfl.LayersModel): number {
  const sizes = model.layers.map((layer) => activations(layer.outputShape));
  return Math.max(1, Math.floor(ACTIVATIONS_AT_ONCE / Math.max(...sizes)));
}

/** Numbers that a layer puts out for one image. */
function activations(shape: tfl.Shape | tfl.Shape[]): number {
  if (Array.isArray(shape[0])) return Math.max(...(shape as tfl.Shape[]).map(activations));
  return (shape as tfl.Shape).slice(1).reduce<number>((product, size) => product * (size ?? 1), 1);
}

/**
 * For each example the position of its largest loss among all of them, the first one on ties.
 *
 * @param losses [examples * copies], the copies of one example back to back
 * @returns [examples], positions in `losses`
 * @throws DivergenceError if a loss is NaN, naming the first one
 */
export function worstRows(losses: Float32Array, copies: number): Int32Array {
  const worst = new Int32Array(losses.length / copies);
  for (let row = 0; row < losses.length; row++) {
    const example = Math.floor(row / copies);
    if (Number.isNaN(losses[row])) {
      throw new DivergenceError(`maxup: the loss of copy ${row % copies} of example ${example} of the batch is NaN`);
    }
    if (row % copies === 0 || losses[row] > losses[worst[example]]) worst[example] = row;
  }
  return worst;
}
