/**
 * Philox4x32-10 (Salmon et al., SC 2011): four consecutive blocks at once, one a lane, and a single block for the rare further bits.
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

@inline
function highs(even: v128, odd: v128): v128 {
  return i32x4.shuffle(even, odd, 1, 5, 3, 7);
}

@inline
function lows(even: v128, odd: v128): v128 {
  return i32x4.shuffle(even, odd, 0, 4, 2, 6);
}

/** Blocks (block, ..., block + 3; sample; example; stream) under key (k0, k1). */
@inline
export function fourBlocks(block: u32, sample: u32, example: u32, stream: u32, k0: u32, k1: u32): void {
  let x0 = i32x4.add(i32x4.splat(block), i32x4(0, 1, 2, 3));
  let x1 = i32x4.splat(sample);
  let x2 = i32x4.splat(example);
  let x3 = i32x4.splat(stream);
  const m0 = i32x4.splat(M0);
  const m1 = i32x4.splat(M1);
  for (let round = 0; round < 10; round++) {
    const even0 = i64x2.extmul_low_i32x4_u(i32x4.shuffle(x0, x0, 0, 2, 0, 2), m0);
    const odd0 = i64x2.extmul_low_i32x4_u(i32x4.shuffle(x0, x0, 1, 3, 1, 3), m0);
    const even1 = i64x2.extmul_low_i32x4_u(i32x4.shuffle(x2, x2, 0, 2, 0, 2), m1);
    const odd1 = i64x2.extmul_low_i32x4_u(i32x4.shuffle(x2, x2, 1, 3, 1, 3), m1);
    const y0 = v128.xor(v128.xor(highs(even1, odd1), x1), i32x4.splat(k0));
    const y2 = v128.xor(v128.xor(highs(even0, odd0), x3), i32x4.splat(k1));
    x1 = lows(even1, odd1);
    x3 = lows(even0, odd0);
    x0 = y0;
    x2 = y2;
    k0 += W0;
    k1 += W1;
  }
  word0 = x0;
  word1 = x1;
  word2 = x2;
  word3 = x3;
}

/** The first 48 bits, from the top, of one block. */
export function fortyEightBits(block: u32, sample: u32, example: u32, stream: u32, k0: u32, k1: u32): u64 {
  let x0 = block;
  let x1 = sample;
  let x2 = example;
  let x3 = stream;
  for (let round = 0; round < 10; round++) {
    const p0 = u64(M0) * u64(x0);
    const p1 = u64(M1) * u64(x2);
    x0 = u32(p1 >> 32) ^ x1 ^ k0;
    x1 = u32(p1);
    x2 = u32(p0 >> 32) ^ x3 ^ k1;
    x3 = u32(p0);
    k0 += W0;
    k1 += W1;
  }
  return (u64(x0) << 16) | (u64(x1) >> 16);
}
