import * as tf from "@tensorflow/tfjs-core";
import type * as tfl from "@tensorflow/tfjs-layers";
import { crossEntropy, FoldedInference } from "../../src/index.js";
import type { CopyBatch } from "../copies.js";

/** The cross-entropies of a batch's copies: [examples * copies], in its order. */
export type Scorer = (batch: CopyBatch) => tf.Tensor1D;

/**
 * Scores copies under the weights that the model has now, in inference mode and without gradients, in as few forward
 * passes as fit in memory; to be made and called in a `tf.tidy`.
 *
 * @param atOnce most images in a forward pass, an integer of at least 1
 */
export function copyScorer(model: tfl.LayersModel, atOnce: number = imagesAtOnce(model)): Scorer {
  const inference = new FoldedInference(model);
  return ({ images, targets }) =>
    tf.tidy(() => {
      const losses: tf.Tensor1D[] = [];
      for (let start = 0; start < images.shape[0]; start += atOnce) {
        const size = Math.min(atOnce, images.shape[0] - start);
        losses.push(
          tf.tidy(() => {
            const logits = inference.outputs(tf.slice(images, start, size)) as tf.Tensor2D;
            return crossEntropy(logits, tf.slice(targets, start, size));
          }),
        );
      }
      return losses.length === 1 ? losses[0] : tf.concat(losses);
    });
}

/** The cross-entropies of a batch's copies, read back. */
export function copyLosses(model: tfl.LayersModel, batch: CopyBatch, atOnce?: number): Float32Array {
  return tf.tidy(() => copyScorer(model, atOnce)(batch).dataSync<"float32">().slice());
}

/**
 * Most activations that one forward pass of the selection may hold in its largest layer: 16 MiB as float32. More makes
 * it no faster, and slower where memory is busy.
 */
const ACTIVATIONS_AT_ONCE = 2 ** 22;

/** Images that a forward pass of the selection takes. */
export function imagesAtOnce(model: tfl.LayersModel): number {
  const sizes = model.layers.map((layer) => activations(layer.outputShape));
  return Math.max(1, Math.floor(ACTIVATIONS_AT_ONCE / Math.max(...sizes)));
}

/** Numbers that a layer puts out for one image. */
function activations(shape: tfl.Shape | tfl.Shape[]): number {
  if (Array.isArray(shape[0])) return Math.max(...(shape as tfl.Shape[]).map(activations));
  return (shape as tfl.Shape).slice(1).reduce<number>((product, size) => product * (size ?? 1), 1);
}
