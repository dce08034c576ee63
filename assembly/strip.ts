/** What both kernels work on: strips of coordinates, and the random words that they are made of. */
import { eightBlocks } from "./philox";

/**
 * Coordinates that are made in one go: a multiple of 64. Each step of a strip has a loop of its own: so the processor
 * has several of its long chains of operations under way.
 */
export const STRIP: i32 = 1024;
/** Of a strip: words 0 of four blocks, their words 1, 2 and 3, then those of the next four. */
export const words = memory.data(4096, 16);

/** Draws the words of blocks first .. first + count - 1. */
@inline
export function drawWords(first: i32, count: i32, sample: u32, example: u32, stream: u32): void {
  for (let block = 0; block < count; block += 8) {
    const a = i32x4.add(i32x4.splat(first + block), i32x4(0, 1, 2, 3));
    const b = i32x4.add(i32x4.splat(first + block), i32x4(4, 5, 6, 7));
    eightBlocks(words + (usize(block) << 4), a, b, sample, example, stream);
  }
}
