/** Noise on the grid of bytes. */
import { eightBlocks, useKey } from "./philox";
import { drawWords, STRIP, words } from "./strip";

/** What separates the stream of further bits from that of a level's first 16. */
const FURTHER_BITS: u32 = 0x80000000;

/**
 * The magnitudes of the levels of cells 32,768 to 65,535, u16: cell 65,535 - c has the level of cell c with the other
 * sign, and half a table stays in the processor's nearest caches. Where a cell straddles levels, that of its beginning
 * with the highest bit set. At a constant address it saves an addition a look-up.
 */
const magnitudes = memory.data(65536, 16);
let thresholds: usize = 0;
let reach: i32 = 0;

/** Where the magnitudes are to be written. */
export function magnitudesAt(): usize {
  return magnitudes;
}

/** The other table of one sigma: its 2 reach thresholds as u64, with a 0 before them and the largest u64 behind. */
export function useThresholds(at: usize, reachOf: i32): void {
  thresholds = at;
  reach = reachOf;
}

/** Of a strip: the 16-bit cells in the order of the coordinates, and where their magnitudes lie. */
const cells = memory.data(2048, 16);
const places = memory.data(2048, 16);
/**
 * Of a strip: groups of eight coordinates of which one straddles, u32: the first coordinate's place and a bit for each
 * of the eight below it.
 */
const groups = memory.data(512, 16);
/** Of a strip: places that straddle. */
const open = memory.data(4096, 16);

/**
 * Writes `count` noisy copies of `dimension` bytes: coordinate c takes 16 bits of block c / 8, the lower half of a
 * word, then the upper; where these leave the level open, 48 further bits of block c of the further stream. Writes up
 * to 7 floats beyond the last copy and reads as many bytes beyond the image.
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
  for (let copy = 0; copy < count; copy++) {
    for (let first = 0; first < dimension; first += STRIP) {
      const length = min(STRIP, dimension - first);
      drawWords(first >> 3, (length + 7) >> 3, sample, example, stream);
      for (let at: usize = 0; at < usize(length) << 1; at += 64) placeCells(at);
      writeStrip(out + (usize(first) << 2), pixels + usize(first), first, length, sample, example, stream);
    }
    out += usize(dimension) << 2;
    sample += 1;
  }
}

/** Orders the cells of 32 coordinates. */
@inline
function placeCells(at: usize): void {
  const word0 = v128.load(words + at);
  const word1 = v128.load(words + at, 16);
  const word2 = v128.load(words + at, 32);
  const word3 = v128.load(words + at, 48);
  // From one word of four blocks a lane to four words of one block.
  const a = i32x4.shuffle(word0, word1, 0, 4, 1, 5);
  const b = i32x4.shuffle(word2, word3, 0, 4, 1, 5);
  const c = i32x4.shuffle(word0, word1, 2, 6, 3, 7);
  const d = i32x4.shuffle(word2, word3, 2, 6, 3, 7);
  place(i64x2.shuffle(a, b, 0, 2), at);
  place(i64x2.shuffle(a, b, 1, 3), at + 16);
  place(i64x2.shuffle(c, d, 0, 2), at + 32);
  place(i64x2.shuffle(c, d, 1, 3), at + 48);
}

/** All ones where a cell lies in the lower half: its level is that of the cell opposite, negated. */
@inline
function negative(cell: v128): v128 {
  return v128.not(i16x8.shr_s(cell, 15));
}

@inline
function place(cell: v128, at: usize): void {
  v128.store(cells + at, cell);
  v128.store(places + at, v128.and(v128.xor(cell, negative(cell)), i16x8.splat(0x7fff)));
}

@inline
function magnitude(at: usize): usize {
  return magnitudes + (usize(load<u16>(places + at)) << 1);
}

function writeStrip(out: usize, pixels: usize, first: i32, length: i32, sample: u32, example: u32, stream: u32): void {
  let straddling: usize = 0;
  const most = i16x8.splat(i16(reach));
  const least = i16x8.splat(i16(255 - reach));
  for (let c = 0; c < length; c += 8) {
    const at = usize(c) << 1;
    let levels = v128.load16_splat(magnitude(at));
    levels = v128.load_lane<u16>(magnitude(at + 2), levels, 1);
    levels = v128.load_lane<u16>(magnitude(at + 4), levels, 2);
    levels = v128.load_lane<u16>(magnitude(at + 6), levels, 3);
    levels = v128.load_lane<u16>(magnitude(at + 8), levels, 4);
    levels = v128.load_lane<u16>(magnitude(at + 10), levels, 5);
    levels = v128.load_lane<u16>(magnitude(at + 12), levels, 6);
    levels = v128.load_lane<u16>(magnitude(at + 14), levels, 7);
    const bits = i16x8.bitmask(levels);
    // Without a branch, which would often be foretold wrong.
    store<i32>(groups + straddling, (c << 8) | bits);
    straddling += usize(bits != 0) << 2;
    const sign = negative(v128.load(cells + at));
    levels = i16x8.sub(v128.xor(levels, sign), sign);
    let sums = i16x8.add(levels, v128.load_ext<u8>(pixels + usize(c)));
    sums = i16x8.max_s(i16x8.min_s(sums, most), least);
    const to = out + (usize(c) << 2);
    v128.store(to, unit(i32x4.extend_low_i16x8_s(sums)));
    v128.store(to, unit(i32x4.extend_high_i16x8_s(sums)), 16);
  }
  if (straddling > 0) decide(straddling, out, pixels, first, length, sample, example, stream);
}

/**
 * float32(level / 255): the division of floats rounds the exact quotient, which lies too far from the middle of two
 * floats for a rounding to double in between to matter.
 */
@inline
function unit(levels: v128): v128 {
  return f32x4.div(f32x4.convert_i32x4_s(levels), f32x4.splat(255));
}

/** Writes what straddles, with further bits. */
function decide(
  straddling: usize,
  out: usize,
  pixels: usize,
  first: i32,
  length: i32,
  sample: u32,
  example: u32,
  stream: u32,
): void {
  let end = open;
  for (let at: usize = 0; at < straddling; at += 4) {
    const group = load<i32>(groups + at);
    for (let bits = group & 255; bits != 0; bits &= bits - 1) {
      store<i32>(end, (group >> 8) + ctz(bits));
      end += 4;
    }
  }
  const base = i32x4.splat(first);
  for (let at = open; at < end; at += 32) {
    const a = i32x4.add(v128.load(at), base);
    const b = i32x4.add(v128.load(at, 16), base);
    eightBlocks(further, a, b, sample, example, stream + FURTHER_BITS);
    const some = min(32, end - at);
    for (let i: usize = 0; i < some; i += 4) {
      decideOne(load<i32>(at + i), further + (i & 12) + ((i & 16) << 2), out, pixels, length);
    }
  }
}

/** The words of eight coordinates' further bits, of which two are used. */
const further = memory.data(128, 16);

/** The uniform at which a level begins: -reach + 1 has the first threshold. */
@inline
function threshold(level: i32): u64 {
  return load<u64>(thresholds + (usize(level + reach) << 3));
}

@inline
function decideOne(c: i32, bits: usize, out: usize, pixels: usize, length: i32): void {
  if (c >= length) return;
  const cell = i32(load<u16>(cells + (usize(c) << 1)));
  const u = (u64(cell) << 48) | (u64(load<u32>(bits)) << 16) | u64(load<u32>(bits, 16) >> 16);
  // The level at the cell's beginning; in the lower half, where the table has the end of the level opposite, one below
  // that of its end.
  let level = (i32(load<u16>(magnitude(usize(c) << 1))) & 0x7fff) ^ ((cell >> 15) - 1);
  // Most cells have one threshold; which side of it u lies on is anyone's guess, so there is no branch.
  const begin = level;
  level += i32(threshold(begin + 1) <= u);
  if (threshold(begin + 2) <= u || threshold(begin) > u) level = search(u);
  const sum = i32(load<u8>(pixels + usize(c))) + level;
  store<f32>(out + (usize(c) << 2), f32(min(max(sum, 255 - reach), reach)) / 255);
}

/** The level of a uniform: -reach and one for each threshold that is at most it. */
function search(u: u64): i32 {
  let from = -reach;
  let to = reach;
  while (from < to) {
    const middle = (from + to + 1) >> 1;
    if (threshold(middle) <= u) from = middle;
    else to = middle - 1;
  }
  return from;
}
