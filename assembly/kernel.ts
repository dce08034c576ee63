/**
 * The noise kernels, in AssemblyScript: noisy copies of one image, with the key layout of `NoiseSource` (docs/noise.md). `npm run kernels` compiles them.
 */
import { boxMuller, first as normal0, second as normal1 } from "./normal";
import { fortyEightBits, fourBlocks, word0, word1, word2, word3 } from "./philox";

/** In the table of cells: further bits decide. */
const STRADDLES: i32 = -32768;
/** What separates the stream of further bits from that of a level's first 16. */
const FURTHER_BITS: u32 = 0x80000000;

/** The level of the 64-bit uniform made of `cell` and 48 further bits: how many thresholds are at most it, less `reach`. */
function decide(u: u64, thresholds: usize, length: i32, reach: i32): i32 {
  let from = 0;
  let to = length;
  while (from < to) {
    const middle = (from + to) >>> 1;
    if (load<u64>(thresholds + (usize(middle) << 3)) <= u) from = middle + 1;
    else to = middle;
  }
  return from - reach;
}

let cells: usize = 0;
let floats: usize = 0;
let thresholds: usize = 0;
let thresholdCount: i32 = 0;
let reach: i32 = 0;

/** The tables of one sigma: 65,536 cells as i16, 2 reach + 256 floats, thresholds as u64. */
export function useTables(cellsAt: usize, floatsAt: usize, thresholdsAt: usize, count: i32, reachOf: i32): void {
  cells = cellsAt;
  floats = floatsAt;
  thresholds = thresholdsAt;
  thresholdCount = count;
  reach = reachOf;
}

@inline
function put(out: usize, pixel: usize, j: u32, bits: u32, example: u32, sample: u32, stream: u32, k0: u32, k1: u32): void {
  let level = i32(load<i16>(cells + (usize(bits) << 1)));
  if (level == STRADDLES) {
    const further = fortyEightBits(j, sample, example, stream + FURTHER_BITS, k0, k1);
    level = decide((u64(bits) << 48) | further, thresholds, thresholdCount, reach);
  }
  store<f32>(out, load<f32>(floats + (usize(i32(load<u8>(pixel)) + level + reach) << 2)));
}

/** The 16-bit draws of 32 coordinates, in their order. */
const draws = memory.data(64, 16);

/**
 * Writes `count` noisy copies of `dimension` bytes: coordinate c takes 16 bits of block c / 8, the lower half of a word, then the upper.
 */
export function gridCopies(
  out: usize,
  pixels: usize,
  dimension: i32,
  k0: u32,
  k1: u32,
  stream: u32,
  example: u32,
  sample: u32,
  count: i32,
): void {
  for (let copy = 0; copy < count; copy++) {
    for (let first = 0, block = 0; first < dimension; first += 32, block += 4) {
      fourBlocks(block, sample, example, stream, k0, k1);
      // From one word of four blocks a lane to four words of one block.
      const a = i32x4.shuffle(word0, word1, 0, 4, 1, 5);
      const b = i32x4.shuffle(word2, word3, 0, 4, 1, 5);
      const c = i32x4.shuffle(word0, word1, 2, 6, 3, 7);
      const d = i32x4.shuffle(word2, word3, 2, 6, 3, 7);
      v128.store(draws, i64x2.shuffle(a, b, 0, 2));
      v128.store(draws, i64x2.shuffle(a, b, 1, 3), 16);
      v128.store(draws, i64x2.shuffle(c, d, 0, 2), 32);
      v128.store(draws, i64x2.shuffle(c, d, 1, 3), 48);
      const end = min(32, dimension - first);
      const at = pixels + usize(first);
      for (let lane = 0; lane < end; lane++) {
        const bits = u32(load<u16>(draws + (usize(lane) << 1)));
        put(out + (usize(first + lane) << 2), at + usize(lane), u32(first + lane), bits, example, sample, stream, k0, k1);
      }
    }
    out += usize(dimension) << 2;
    sample += 1;
  }
}

/** Rounds the normals of one block to float32, writes float32(clean + sigma normal) for its four coordinates. */
@inline
function store4(out: usize, clean: usize, z01: v128, z23: v128, sigma: v128): void {
  const x = v128.load(clean);
  const a = f64x2.promote_low_f32x4(f32x4.demote_f64x2_zero(z01));
  const b = f64x2.promote_low_f32x4(f32x4.demote_f64x2_zero(z23));
  const low = f64x2.add(f64x2.promote_low_f32x4(x), f64x2.mul(sigma, a));
  const high = f64x2.add(f64x2.promote_low_f32x4(i64x2.shuffle(x, x, 1, 1)), f64x2.mul(sigma, b));
  v128.store(out, i64x2.shuffle(f32x4.demote_f64x2_zero(low), f32x4.demote_f64x2_zero(high), 0, 2));
}

/** Two blocks: from the lower two lanes of their four words. */
@inline
function twoBlocks(out: usize, clean: usize, w0: v128, w1: v128, w2: v128, w3: v128, sigma: v128): void {
  boxMuller(w0, w1);
  const z0 = normal0;
  const z1 = normal1;
  boxMuller(w2, w3);
  store4(out, clean, i64x2.shuffle(z0, z1, 0, 2), i64x2.shuffle(normal0, normal1, 0, 2), sigma);
  store4(out + 16, clean + 16, i64x2.shuffle(z0, z1, 1, 3), i64x2.shuffle(normal0, normal1, 1, 3), sigma);
}

/**
 * Writes `count` copies of `dimension` floats with Gaussian noise: coordinate c takes normal c % 4 of block c / 4. Writes up to 15 floats beyond the last copy and
 * reads as many beyond the clean one.
 */
export function gaussianCopies(
  out: usize,
  clean: usize,
  dimension: i32,
  sigma: f64,
  k0: u32,
  k1: u32,
  stream: u32,
  example: u32,
  sample: u32,
  count: i32,
): void {
  const sigmas = f64x2.splat(sigma);
  for (let copy = 0; copy < count; copy++) {
    for (let at = 0, block = 0; at < dimension; at += 16, block += 4) {
      fourBlocks(block, sample, example, stream, k0, k1);
      const to = out + (usize(at) << 2);
      const from = clean + (usize(at) << 2);
      const w0 = word0;
      const w1 = word1;
      const w2 = word2;
      const w3 = word3;
      twoBlocks(to, from, w0, w1, w2, w3, sigmas);
      twoBlocks(
        to + 32,
        from + 32,
        i64x2.shuffle(w0, w0, 1, 1),
        i64x2.shuffle(w1, w1, 1, 1),
        i64x2.shuffle(w2, w2, 1, 1),
        i64x2.shuffle(w3, w3, 1, 1),
        sigmas,
      );
    }
    out += usize(dimension) << 2;
    sample += 1;
  }
}

/** Where free memory begins. */
export function heapBase(): usize {
  return __heap_base;
}
