import { type Dataset, dimensionOf, type NoiseSource, requireInteger, STREAM } from "../../src/core.js";
import type { BaseClassifier } from "./base-classifier.js";
import { withCopy } from "./nan-output.js";

/** Noisy copies on which two classifiers are compared. */
export interface ComparedCopies {
  readonly dataset: Dataset;
  readonly indices: readonly number[];
  readonly noise: NoiseSource;
  /** Keys the noise, which is of a stream that no certificate uses: integer in [0, 2^53). */
  readonly seed: number;
  /** Noisy copies of each image; integer >= 1. */
  readonly copies: number;
  /** Stops between two images, by throwing its reason. */
  readonly signal?: AbortSignal;
}

/**
 * The number of noisy copies, of indices.length * copies, to which both classifiers give the same label.
 *
 * @throws ArgumentError if copies is not an integer of at least 1
 */
export async function sameLabels(a: BaseClassifier, b: BaseClassifier, compared: ComparedCopies): Promise<number> {
  const { dataset, indices, noise, seed, copies, signal } = compared;
  requireInteger(copies, "sameLabels", "copies", 1);
  const size = Math.min(copies, a.batchSize, b.batchSize);
  const batch = new Float32Array(size * dimensionOf(dataset.shape));
  const [labelsA, labelsB] = [new Int32Array(size), new Int32Array(size)];
  let same = 0;
  for (const example of indices) {
    signal?.throwIfAborted();
    for (let sample = 0; sample < copies; sample += size) {
      const count = Math.min(size, copies - sample);
      const address = { seed, stream: STREAM.theory, example, sample };
      noise.perturb(batch, 0, dataset.example(example).pixels, address, count);
      try {
        await a.classify(batch, count, labelsA);
        await b.classify(batch, count, labelsB);
      } catch (error) {
        throw withCopy(error, (row) => ({ ...address, sample: sample + row }));
      }
      for (let i = 0; i < count; i++) if (labelsA[i] === labelsB[i]) same += 1;
    }
  }
  return same;
}
