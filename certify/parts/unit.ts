import type { LogHeader } from "../log/header.js";

/**
 * The units that a certification is cut into. Noise is a function of its address and votes add up, so the units may be
 * computed anywhere, in any order, and more than once.
 */

/** Samples of a block, but for the last one of an image: the grid is the same for everybody. */
export const BLOCK = 1000;

/** An image, or of a run of a fixed number of samples some blocks of an image's estimation. */
export interface Unit {
  /** Index of the image in the data set. */
  readonly idx: number;
  /** The blocks from `from` to before `to`: integers with 0 <= from < to <= blocksOf(n). Missing for a whole image. */
  readonly blocks?: { readonly from: number; readonly to: number } | undefined;
}

/** How many blocks n samples are. */
export function blocksOf(n: number): number {
  return Math.ceil(n / BLOCK);
}

/** The samples of a block among n. */
export function samplesOfBlock(block: number, n: number): number {
  return Math.min(BLOCK, n - block * BLOCK);
}

/** The unit for a person: `image 5`, or `image 5, samples 2000-3999`. */
export function unitText({ idx, blocks }: Unit, { n }: Pick<LogHeader, "n">): string {
  if (blocks === undefined) return `image ${idx}`;
  return `image ${idx}, samples ${blocks.from * BLOCK}-${Math.min(n, blocks.to * BLOCK) - 1}`;
}

/**
 * The units of some images, in order: whole images, or each in pieces of so many blocks.
 *
 * @param blocksEach integer >= 1; whole images without it @param n samples of an image, where it is cut
 */
export function planUnits(indices: readonly number[], n: number, blocksEach?: number): Unit[] {
  if (blocksEach === undefined) return indices.map((idx) => ({ idx }));
  const blocks = blocksOf(n);
  const starts = Array.from({ length: Math.ceil(blocks / blocksEach) }, (_, i) => i * blocksEach);
  return indices.flatMap((idx) =>
    starts.map((from) => ({ idx, blocks: { from, to: Math.min(blocks, from + blocksEach) } })),
  );
}
