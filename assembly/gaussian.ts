/** Gaussian noise on floats. */
import { boxMuller } from "./normal";
import { useKey } from "./philox";
import { drawWords, STRIP, words } from "./strip";

/**
 * Writes `count` copies of `dimension` floats with Gaussian noise: coordinate c takes normal c % 4 of block c / 4.
 * Writes up to 15 floats beyond the last copy and reads as many beyond the clean one.
 */
export function gaussianCopies(
  out: usize,
  clean: usize,
  dimension: i32,
  sigma: f32,
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
      // Sixteen coordinates in 64 bytes.
      const bytes = usize((min(STRIP, dimension - first) + 15) >> 4) << 6;
      drawWords(first >> 2, i32(bytes >> 4), sample, example, stream);
      boxMuller(words, words + bytes);
      const from = usize(first) << 2;
      for (let at: usize = 0; at < bytes; at += 64) writeCopy(out + from + at, clean + from + at, words + at, sigma);
    }
    out += usize(dimension) << 2;
    sample += 1;
  }
}

/** Sixteen coordinates. */
@inline
function writeCopy(out: usize, clean: usize, normals: usize, sigma: f32): void {
  const z0 = v128.load(normals);
  const z1 = v128.load(normals, 16);
  const z2 = v128.load(normals, 32);
  const z3 = v128.load(normals, 48);
  // From one normal of four blocks a lane to four normals of one block.
  const a = i32x4.shuffle(z0, z1, 0, 4, 1, 5);
  const b = i32x4.shuffle(z2, z3, 0, 4, 1, 5);
  const c = i32x4.shuffle(z0, z1, 2, 6, 3, 7);
  const d = i32x4.shuffle(z2, z3, 2, 6, 3, 7);
  writeFour(out, clean, i64x2.shuffle(a, b, 0, 2), sigma);
  writeFour(out + 16, clean + 16, i64x2.shuffle(a, b, 1, 3), sigma);
  writeFour(out + 32, clean + 32, i64x2.shuffle(c, d, 0, 2), sigma);
  writeFour(out + 48, clean + 48, i64x2.shuffle(c, d, 1, 3), sigma);
}

@inline
function writeFour(out: usize, clean: usize, normals: v128, sigma: f32): void {
  v128.store(out, f32x4.add(v128.load(clean), f32x4.mul(f32x4.splat(sigma), normals)));
}
