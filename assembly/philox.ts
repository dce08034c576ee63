/**
 * Philox4x32-10 (Salmon et al., SC 2011): four blocks at once, one a lane.
 */

const M0: u32 = 0xd2511f53;
const M1: u32 = 0xcd9e8d57;
const W0: u32 = 0x9e3779b9;
const W1: u32 = 0xbb67ae85;

/** Word w of the four blocks made last, one a lane. */
export let word0: v128 = i32x4.splat(0);
export let word1: v128 = i32x4.splat(0);
export let word2: v128 = i32x4.splat(0);
export let word3: v128 = i32x4.splat(0);

/** The keys of the ten rounds, four lanes each: that of words 0, then that of words 2. */
const keys = memory.data(320, 16);

/** Sets the key (k0, k1) of the blocks that follow. */
export function useKey(k0: u32, k1: u32): void {
  for (let round = 0; round < 10; round++) {
    const at = keys + (usize(round) << 5);
    v128.store(at, i32x4.splat(k0 + u32(round) * W0));
    v128.store(at, i32x4.splat(k1 + u32(round) * W1), 16);
  }
}

/** Blocks (counter of each lane; sample; example; stream) under the key in use. */
@inline
export function fourBlocks(counters: v128, sample: u32, example: u32, stream: u32): void {
  let x0 = counters;
  let x1 = i32x4.splat(sample);
  let x2 = i32x4.splat(example);
  let x3 = i32x4.splat(stream);
  const m0 = i32x4.splat(M0);
  const m1 = i32x4.splat(M1);
  for (let round = 0; round < 10; round++) {
    const low0 = i64x2.extmul_low_i32x4_u(x0, m0);
    const high0 = i64x2.extmul_high_i32x4_u(x0, m0);
    const low1 = i64x2.extmul_low_i32x4_u(x2, m1);
    const high1 = i64x2.extmul_high_i32x4_u(x2, m1);
    const key = keys + (usize(round) << 5);
    x0 = v128.xor(v128.xor(i32x4.shuffle(low1, high1, 1, 3, 5, 7), x1), v128.load(key));
    x2 = v128.xor(v128.xor(i32x4.shuffle(low0, high0, 1, 3, 5, 7), x3), v128.load(key, 16));
    x1 = i32x4.shuffle(low1, high1, 0, 2, 4, 6);
    x3 = i32x4.shuffle(low0, high0, 0, 2, 4, 6);
  }
  word0 = x0;
  word1 = x1;
  word2 = x2;
  word3 = x3;
}
