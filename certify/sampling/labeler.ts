import type { NoiseAddress, Pixels } from "../../src/core.js";

/** Consecutive noisy copies of one input: a part of a batch. */
export interface Segment {
  /** The input without noise. */
  readonly x: Pixels;
  /** Where the noise of the first copy lives; the others follow, sample by sample. */
  readonly address: NoiseAddress;
  /** How many copies; integer >= 1. */
  readonly count: number;
}

/**
 * Draws noisy copies and labels them, on this thread or on others. Labels are a function of the segments alone: neither
 * the batch nor the thread changes them.
 */
export interface Labeler {
  /** Most copies in a batch. */
  readonly batchSize: number;
  /** Batches that it may be given at a time: enough to keep it busy while others come back. */
  readonly capacity: number;
  /** The labels of all copies, segment by segment. */
  label(segments: readonly Segment[]): Promise<Int32Array>;
}
