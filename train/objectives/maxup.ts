import * as tf from "@tensorflow/tfjs-core";
import type * as tfl from "@tensorflow/tfjs-layers";
import { crossEntropy, FoldedInference, requireInteger } from "../../src/index.js";
import { DivergenceError } from "../divergence-error.js";
import { inParts } from "../example-batch.js";
import type { CopyBatch, ExampleBatch, Objective } from "../objective.js";
import { inputGradients, meanCrossEntropy } from "./classifier.js";

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
 * L(x) + <gradient of L at x, x'_i - x>, for the price of one input gradient. It finds the maximum as sigma -> 0, and at
 * any sigma no more than the maximum; docs/training.md has the measurements, and says when not to use it.
 *
 * @param copies m, an integer of at least 1; the paper uses 4 to 10 for images, up to 150 for certification
 * @param screen K, an integer in [1, m]; default m, which scores all copies
 * @throws ArgumentError if one is out of range; `prepare` throws DivergenceError if the loss of a copy is NaN
 */
export function maxup(copies: number, screen: number = copies): Objective {
  requireInteger(copies, "maxup", "copies", 1);
  requireInteger(screen, "maxup", "screen", 1, copies);
  return {
    name: "maxup",
    copies,
    prepare(model, batch) {
      const chosen = copies === 1 ? batch.draw() : worstCopies(model, batch, screen);
      return () => meanCrossEntropy(model, chosen);
    },
  };
}

/** The copy of each example that has the largest loss among all, or among those that the screening keeps. */
function worstCopies(model: tfl.LayersModel, batch: ExampleBatch, screen: number): CopyBatch {
  const losses = scorer(model, imagesAtOnce(model));
  if (screen < batch.copies) return worstOf(losses, screened(model, batch, screen));
  const examplesAtOnce = Math.max(1, Math.floor(imagesAtOnce(model) / batch.copies));
  return inParts(batch.length, examplesAtOnce, (first, count) => worstOf(losses, batch.draw(first, count), first));
}

function screened(model: tfl.LayersModel, batch: ExampleBatch, screen: number): CopyBatch {
  return batch.steepest(inputGradients(model, batch.clean()), screen);
}

/** The copy of each example that has the largest loss. @param first position of the first example, for messages */
function worstOf(losses: Scorer, batch: CopyBatch, first = 0): CopyBatch {
  if (batch.copies === 1) return batch;
  const rows = tf.tensor1d(worstRows(losses(batch), batch.copies, first), "int32");
  return { images: tf.gather(batch.images, rows), targets: tf.gather(batch.targets, rows), copies: 1 };
}

/**
 * Most activations that one forward pass of the selection may hold in its largest layer: 16 MiB as float32. More makes it
 * no faster, and slower where memory is busy.
 */
const ACTIVATIONS_AT_ONCE = 2 ** 22;

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
  return tf.tidy(() => scorer(model, atOnce)(batch));
}

type Scorer = (batch: CopyBatch) => Float32Array;

/** The losses of batches under the weights that the model has now; to be called in a `tf.tidy`. */
function scorer(model: tfl.LayersModel, atOnce: number): Scorer {
  const inference = new FoldedInference(model);
  return ({ images, targets }) => {
    const count = images.shape[0];
    const losses = new Float32Array(count);
    for (let start = 0; start < count; start += atOnce) {
      const size = Math.min(atOnce, count - start);
      tf.tidy(() => {
        const logits = inference.outputs(tf.slice(images, start, size)) as tf.Tensor2D;
        losses.set(crossEntropy(logits, tf.slice(targets, start, size)).dataSync(), start);
      });
    }
    return losses;
  };
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
 * @param first position in the batch of the first example, for the message
 * @returns [examples], positions in `losses`
 * @throws DivergenceError if a loss is NaN, naming the first one
 */
export function worstRows(losses: Float32Array, copies: number, first = 0): Int32Array {
  const worst = new Int32Array(losses.length / copies);
  for (let row = 0; row < losses.length; row++) {
    const example = Math.floor(row / copies);
    if (Number.isNaN(losses[row])) {
      const place = `copy ${row % copies} of example ${first + example} of the batch`;
      throw new DivergenceError(`maxup: the loss of ${place} is NaN`);
    }
    if (row % copies === 0 || losses[row] > losses[worst[example]]) worst[example] = row;
  }
  return worst;
}
