/**
 * Philox4x32-10 (Salmon et al., SC 2011): eight blocks at once, one a lane of two vectors. Each round waits for the
 * products of the one before; with two vectors under way the processor has something to do meanwhile.
 */

const M0: u32 = 0xd2511f53;
const M1: u32 = 0xcd9e8d57;
const W0: u32 = 0x9e3779b9;
const W1: u32 = 0xbb67ae85;

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

/** Words 0 (or 2) of the next round: the high halves of two products, the word beside them and the key. */
@inline
function mixed(low: v128, high: v128, word: v128, key: v128): v128 {
  return v128.xor(v128.xor(i32x4.shuffle(low, high, 1, 3, 5, 7), word), key);
}

@inline
function lowHalves(low: v128, high: v128): v128 {
  return i32x4.shuffle(low, high, 0, 2, 4, 6);
}

/**
 * Blocks (counter of each lane; sample; example; stream) under the key in use: words 0 of the blocks of `a` go to `at`,
 * then their words 1, 2 and 3, then those of the blocks of `b`.
 */
@inline
export function eightBlocks(at: usize, a: v128, b: v128, sample: u32, example: u32, stream: u32): void {
  let a0 = a;
  let b0 = b;
  let a1 = i32x4.splat(sample);
  let b1 = a1;
  let a2 = i32x4.splat(example);
  let b2 = a2;
  let a3 = i32x4.splat(stream);
  let b3 = a3;
  const m0 = i32x4.splat(M0);
  const m1 = i32x4.splat(M1);
  for (let round = 0; round < 10; round++) {
    const key = keys + (usize(round) << 5);
    const key0 = v128.load(key);
    const key1 = v128.load(key, 16);
    const aLow0 = i64x2.extmul_low_i32x4_u(a0, m0);
    const aHigh0 = i64x2.extmul_high_i32x4_u(a0, m0);
    const aLow1 = i64x2.extmul_low_i32x4_u(a2, m1);
    const aHigh1 = i64x2.extmul_high_i32x4_u(a2, m1);
    const bLow0 = i64x2.extmul_low_i32x4_u(b0, m0);
    const bHigh0 = i64x2.extmul_high_i32x4_u(b0, m0);
    const bLow1 = i64x2.extmul_low_i32x4_u(b2, m1);
    const bHigh1 = i64x2.extmul_high_i32x4_u(b2, m1);
    a0 = mixed(aLow1, aHigh1, a1, key0);
    a2 = mixed(aLow0, aHigh0, a3, key1);
    a1 = lowHalves(aLow1, aHigh1);
    a3 = lowHalves(aLow0, aHigh0);
    b0 = mixed(bLow1, bHigh1, b1, key0);
    b2 = mixed(bLow0, bHigh0, b3, key1);
    b1 = lowHalves(bLow1, bHigh1);
    b3 = lowHalves(bLow0, bHigh0);
  }
  v128.store(at, a0);
  v128.store(at, a1, 16);
  v128.store(at, a2, 32);
  v128.store(at, a3, 48);
  v128.store(at, b0, 64);
  v128.store(at, b1, 80);
  v128.store(at, b2, 96);
  v128.store(at, b3, 112);
}
