import { dimensionOf, type NoiseAddress, type NoiseSource } from "../../src/core.js";
import type { BaseClassifier } from "./base-classifier.js";
import type { Labeler, Segment } from "./labeler.js";
import { withCopy } from "./nan-output.js";

/** How long the event loop may wait: Ctrl-C is noticed in time, and little is lost to waiting. */
const MILLISECONDS_BETWEEN_PAUSES = 50;

/** Browsers have no `setImmediate`. */
const nextTurn: (then: (value: unknown) => void) => void = globalThis.setImmediate ?? setTimeout;

/**
 * Draws and labels on this thread, as many copies at a time as the base classifier takes: the noise is still in the
 * processor's cache when they are labelled.
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
      const room = Math.min(total, base.batchSize) * dimension;
      if (batch.length < room) batch = allocate(room);
      const labels = new Int32Array(total).fill(-1);
      let start = 0;
      for (const part of inBatches(segments, base.batchSize)) {
        let drawn = 0;
        for (const { x, address, count } of part) {
          noise.perturb(batch, drawn * dimension, x, address, count);
          drawn += count;
        }
        await base.classify(batch, drawn, labels.subarray(start)).catch((error: unknown) => {
          throw withCopy(error, (row) => copyAt(part, row));
        });
        start += drawn;
      }
      return labels;
    },
  };
}

/** Segments of so many copies at most together, in their order. */
function inBatches(segments: readonly Segment[], size: number): Segment[][] {
  const batches: Segment[][] = [];
  let room = 0;
  for (const { x, address, count } of segments) {
    for (let from = 0; from < count; ) {
      if (room === 0) {
        batches.push([]);
        room = size;
      }
      const some = Math.min(room, count - from);
      batches.at(-1)!.push({ x, address: { ...address, sample: address.sample + from }, count: some });
      from += some;
      room -= some;
    }
  }
  return batches;
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
