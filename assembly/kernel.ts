/**
 * The noise kernels, in AssemblyScript: noisy copies of one image, with the key layout of `NoiseSource` (docs/noise.md). `npm run kernels` compiles them.
 */
import { boxMuller, first as normal0, second as normal1 } from "./normal";
import { fourBlocks, useKey, word0, word1, word2, word3 } from "./philox";

/** In the table of cells: further bits decide. */
const STRADDLES: i32 = -32768;
/** What separates the stream of further bits from that of a level's first 16. */
const FURTHER_BITS: u32 = 0x80000000;

let cells: usize = 0;
let floats: usize = 0;
let thresholds: usize = 0;
let passed: usize = 0;
let reach: i32 = 0;

/**
 * The tables of one sigma: the levels of 65,536 cells as i16; the floats of 2 reach + 256 levels; its 2 reach thresholds as u64; and as u16 how many of
 * them lie at or below each cell's beginning.
 */
export function useTables(cellsAt: usize, floatsAt: usize, thresholdsAt: usize, passedAt: usize, reachOf: i32): void {
  cells = cellsAt;
  floats = floatsAt;
  thresholds = thresholdsAt;
  passed = passedAt;
  reach = reachOf;
}

/** The 16-bit draws of 32 coordinates, in their order. */
const draws = memory.data(64, 16);
/** Coordinates whose cell straddles levels, and their draws, u32 each; four are decided at a time. */
const undecided = memory.data(64, 16);
let waiting: i32 = 0;

/**
 * Writes `count` noisy copies of `dimension` bytes: coordinate c takes 16 bits of block c / 8, the lower half of a word, then the upper; where these leave the level open, 48
 * further bits of block c of the further stream.
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
  useKey(k0, k1);
  const whole = dimension & ~31;
  for (let copy = 0; copy < count; copy++) {
    for (let first = 0; first < whole; first += 32) {
      drawLevels(first, sample, example, stream);
      for (let lane = 0; lane < 32; lane += 8) eight(out, pixels, first + lane, draws + (usize(lane) << 1), sample, example, stream);
    }
    if (whole < dimension) {
      drawLevels(whole, sample, example, stream);
      for (let c = whole; c < dimension; c++) put(out, pixels, c, draws + (usize(c - whole) << 1), sample, example, stream);
    }
    if (waiting > 0) decideWaiting(out, pixels, sample, example, stream);
    out += usize(dimension) << 2;
    sample += 1;
  }
}

@inline
function eight(out: usize, pixels: usize, c: i32, bits: usize, sample: u32, example: u32, stream: u32): void {
  put(out, pixels, c, bits, sample, example, stream);
  put(out, pixels, c + 1, bits + 2, sample, example, stream);
  put(out, pixels, c + 2, bits + 4, sample, example, stream);
  put(out, pixels, c + 3, bits + 6, sample, example, stream);
  put(out, pixels, c + 4, bits + 8, sample, example, stream);
  put(out, pixels, c + 5, bits + 10, sample, example, stream);
  put(out, pixels, c + 6, bits + 12, sample, example, stream);
  put(out, pixels, c + 7, bits + 14, sample, example, stream);
}

/** Fills `draws` for coordinates first .. first + 31. */
@inline
function drawLevels(first: i32, sample: u32, example: u32, stream: u32): void {
  fourBlocks(i32x4.add(i32x4.splat(first >> 3), i32x4(0, 1, 2, 3)), sample, example, stream);
  // From one word of four blocks a lane to four words of one block.
  const a = i32x4.shuffle(word0, word1, 0, 4, 1, 5);
  const b = i32x4.shuffle(word2, word3, 0, 4, 1, 5);
  const c = i32x4.shuffle(word0, word1, 2, 6, 3, 7);
  const d = i32x4.shuffle(word2, word3, 2, 6, 3, 7);
  v128.store(draws, i64x2.shuffle(a, b, 0, 2));
  v128.store(draws, i64x2.shuffle(a, b, 1, 3), 16);
  v128.store(draws, i64x2.shuffle(c, d, 0, 2), 32);
  v128.store(draws, i64x2.shuffle(c, d, 1, 3), 48);
}

/** Writes coordinate c, or puts it with those that wait for further bits. */
@inline
function put(out: usize, pixels: usize, c: i32, bits: usize, sample: u32, example: u32, stream: u32): void {
  const cell = usize(load<u16>(bits));
  const level = i32(load<i16>(cells + (cell << 1)));
  if (level == STRADDLES) wait(out, pixels, c, u32(cell), sample, example, stream);
  else write(out, pixels, c, level);
}

/** Writes the float of a level at coordinate c. */
@inline
function write(out: usize, pixels: usize, c: i32, level: i32): void {
  const at = i32(load<u8>(pixels + usize(c))) + level + reach;
  store<f32>(out + (usize(c) << 2), load<f32>(floats + (usize(at) << 2)));
}

function wait(out: usize, pixels: usize, c: i32, cell: u32, sample: u32, example: u32, stream: u32): void {
  const at = undecided + (usize(waiting) << 2);
  store<i32>(at, c);
  store<u32>(at, cell, 16);
  waiting += 1;
  if (waiting == 4) decideWaiting(out, pixels, sample, example, stream);
}

function decideWaiting(out: usize, pixels: usize, sample: u32, example: u32, stream: u32): void {
  fourBlocks(v128.load(undecided), sample, example, stream + FURTHER_BITS);
  v128.store(undecided, word0, 32);
  v128.store(undecided, word1, 48);
  const count = 2 * reach;
  for (let i = 0; i < waiting; i++) {
    const at = undecided + (usize(i) << 2);
    const cell = load<u32>(at, 16);
    const u = (u64(cell) << 48) | (u64(load<u32>(at, 32)) << 16) | u64(load<u32>(at, 48) >> 16);
    let below = i32(load<u16>(passed + (usize(cell) << 1)));
    while (below < count && load<u64>(thresholds + (usize(below) << 3)) <= u) below += 1;
    write(out, pixels, load<i32>(at), below - reach);
  }
  waiting = 0;
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
  useKey(k0, k1);
  const sigmas = f64x2.splat(sigma);
  for (let copy = 0; copy < count; copy++) {
    for (let at = 0, block = 0; at < dimension; at += 16, block += 4) {
      fourBlocks(i32x4.add(i32x4.splat(block), i32x4(0, 1, 2, 3)), sample, example, stream);
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
