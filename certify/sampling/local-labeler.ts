import { dimensionOf, type NoiseAddress, type NoiseSource } from "../../src/core.js";
import type { BaseClassifier } from "./base-classifier.js";
import type { Labeler, Segment } from "./labeler.js";
import { withCopy } from "./nan-output.js";

/** How long the event loop may wait: Ctrl-C is noticed in time, and little is lost to waiting. */
const MILLISECONDS_BETWEEN_PAUSES = 50;

/** Browsers have no `setImmediate`. */
const nextTurn: (then: (value: unknown) => void) => void = globalThis.setImmediate ?? setTimeout;

/**
 * Draws and labels on this thread, one batch at a time.
 *
 * @param allocate memory for a batch; `noise.room` where nobody else uses this very source
 */
export function localLabeler(
  base: BaseClassifier,
  noise: NoiseSource,
  allocate: (length: number) => Float32Array = (length) => new Float32Array(length),
): Labeler {
  const dimension = dimensionOf(base.inputShape);
  let batch: Float32Array = new Float32Array(0);
  let pausedAt = performance.now();
  return {
    batchSize: base.batchSize,
    capacity: 1,
    async label(segments) {
      if (performance.now() - pausedAt > MILLISECONDS_BETWEEN_PAUSES) {
        await new Promise((resolve) => nextTurn(resolve));
        pausedAt = performance.now();
      }
      const total = segments.reduce((sum, { count }) => sum + count, 0);
      if (batch.length < total * dimension) batch = allocate(total * dimension);
      let offset = 0;
      for (const { x, address, count } of segments) {
        noise.perturb(batch, offset, x, address, count);
        offset += count * dimension;
      }
      const labels = new Int32Array(total).fill(-1);
      for (let start = 0; start < total; start += base.batchSize) {
        const count = Math.min(base.batchSize, total - start);
        const part = base.classify(batch.subarray(start * dimension), count, labels.subarray(start));
        await part.catch((error: unknown) => {
          throw withCopy(error, (row) => copyAt(segments, start + row));
        });
      }
      return labels;
    },
  };
}

/** Where the copy in a row of a batch comes from. */
function copyAt(segments: readonly Segment[], row: number): NoiseAddress {
  let first = 0;
  for (const { address, count } of segments) {
    if (row < first + count) return { ...address, sample: address.sample + row - first };
    first += count;
  }
  throw new RangeError(`row ${row} of a batch of ${first}`);
}
