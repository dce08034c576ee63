import { MAX_IMAGES, requireInteger } from "../../src/core.js";

/** Which examples of a data set are certified. */
export interface ExampleRange {
  /** Every skip-th example: indices 0, skip, 2 skip, ...; integer >= 1. */
  readonly skip: number;
  /** Indices below max only; integer >= 1. */
  readonly max: number;
}

/**
 * The indices i < min(length, max) with i % skip = 0, in order: what Cohen's `--skip` and `--max` mean together. (His
 * loop only stops at max where skip divides it.)
 *
 * @throws ArgumentError for a length that isn't an integer in [0, {@link MAX_IMAGES}], or a range out of bounds
 */
export function exampleIndices(length: number, range: ExampleRange): number[] {
  return Array.from({ length: exampleCount(length, range) }, (_, i) => i * range.skip);
}

/** How many indices {@link exampleIndices} gives. */
export function exampleCount(length: number, { skip, max }: ExampleRange): number {
  requireInteger(length, "exampleIndices", "length", 0, MAX_IMAGES);
  requireInteger(skip, "exampleIndices", "skip", 1);
  requireInteger(max, "exampleIndices", "max", 1);
  return Math.ceil(Math.min(length, max) / skip);
}

/** Whether {@link exampleIndices} gives this index, an integer of at least 0. */
export function isInRange(idx: number, length: number, { skip, max }: ExampleRange): boolean {
  return idx < Math.min(length, max) && idx % skip === 0;
}

/** How many of the indices fall to a shard, or how many there are without one. */
export function plannedCount(length: number, range: ExampleRange, shard: Shard = { index: 1, count: 1 }): number {
  return Math.ceil(Math.max(0, exampleCount(length, range) - shard.index + 1) / shard.count);
}

/** One of several shares of the examples, which differ by one example at most. */
export interface Shard {
  /** Integer in [1, count]. */
  readonly index: number;
  /** Integer >= 1. */
  readonly count: number;
}

/**
 * The members of a list that fall to a shard: dealt out one by one, since neighbours often cost alike.
 *
 * @throws ArgumentError for a shard out of range
 */
export function inShard<T>(all: readonly T[], { index, count }: Shard): T[] {
  requireInteger(count, "inShard", "shard.count", 1);
  requireInteger(index, "inShard", "shard.index", 1, count);
  return all.filter((_, i) => i % count === index - 1);
}
