import type { ImageShape, NoiseSource, Pixels } from "../../src/core.js";
import type { Labeler } from "./labeler.js";
import { NanOutputError } from "./nan-output.js";

/**
 * The contract of a base classifier: what smoothing smooths. Everything in `certify/` is written against it.
 *
 * A base classifier is a deterministic function of its input: the same pixels get the same label whatever the batch
 * they come in and whatever came before. The certificate is a statement about that function.
 */
export interface BaseClassifier {
  /** Names it in logs. */
  readonly name: string;
  readonly inputShape: ImageShape;
  /** Number of classes; labels lie in [0, classes). */
  readonly classes: number;
  /** SHA-256 (hex) of what decides the labels: model file and preprocessing. Empty if it can't be known. */
  readonly hash: string;
  /** What computes it, with version, e.g. `onnxruntime-node 1.30.0 (cpu)`. */
  readonly runtime: string;
  /** What a person should know of how it is computed, a sentence each. */
  readonly notes?: readonly string[];
  /** The number of inputs it likes to be given at once; at least 1. */
  readonly batchSize: number;
  /**
   * Writes the labels of the first `count` images of `batch` to labels[0 .. count). Calls may overlap: one need not end
   * before the next begins.
   *
   * @param batch `count` or more images back to back, HWC, pixels in units of [0, 1], noise included (so not confined
   * to [0, 1])
   * @param count integer in [1, batchSize]
   */
  classify(batch: Float32Array, count: number, labels: Int32Array): Promise<void>;
  /**
   * The scores whose largest `classify` takes, `classes` of them for each image; undefined where there are none. The
   * arguments are those of `classify`.
   */
  scores?(batch: Float32Array, count: number): Promise<ArrayLike<number>>;
  /** Threads that draw noisy copies and label them as `classify` would; undefined where they don't have the noise. */
  labeler?(noise: NoiseSource): Labeler | undefined;
  /**
   * The same classifier, computed in the way that a short trial on noisy copies of `x`, which is image `example` of the
   * data, finds fastest; to be used in this one's place, which it closes.
   */
  tuned?(noise: NoiseSource, x: Pixels, example?: number): Promise<BaseClassifier>;
  /** Ends its threads; without it they end with the process. */
  close?(): Promise<void>;
}

/**
 * Index of the largest of scores[start .. start + classes); the first of equals.
 *
 * @param name of the classifier, or of its file
 * @throws NanOutputError if one of them is NaN, since then there is no answer to certify
 */
export function argmax(scores: ArrayLike<number>, start: number, classes: number, name: string): number {
  let best = 0;
  for (let c = 0; c < classes; c++) {
    const value = scores[start + c];
    if (Number.isNaN(value)) throw new NanOutputError(name, c, Math.floor(start / classes));
    if (value > scores[start + best]) best = c;
  }
  return best;
}
