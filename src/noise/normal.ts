import { keyOf, type NoiseAddress, requireAddress } from "./address.js";
import { philox4x32 } from "./philox.js";

/**
 * Standard normals by Box and Muller (1958) from Philox words: z0 = r cos t, z1 = r sin t with r = sqrt(-2 ln u).
 *
 * `Math.log`, `Math.sin` and `Math.cos` may differ between JavaScript engines, so both functions are written out here
 * in additions, multiplications, divisions and square roots, which IEEE 754 rounds the same way everywhere.
 * Their errors (below 1e-11) vanish in the rounding to float32.
 */

/** 2^(clz - 31): scales a word whose leading zeros number `clz` into [1, 2). */
const SCALE = Float64Array.from({ length: 33 }, (_, clz) => 2 ** (clz - 31));
const { SQRT2, LN2 } = Math;

/** -2 ln((word + 1/2) / 2^32): the squared radius, in (0, 45.8). */
function squaredRadius(word: number): number {
  const clz = Math.clz32(word);
  let mantissa = (word + 0.5) * SCALE[clz];
  let exponent = -1 - clz;
  if (mantissa > SQRT2) {
    mantissa *= 0.5;
    exponent += 1;
  }
  // ln m = 2 artanh(s), |s| < 0.1716: eight terms leave less than 1e-13.
  const s = (mantissa - 1) / (mantissa + 1);
  const q = s * s;
  const series = 1 + q * (1 / 3 + q * (1 / 5 + q * (1 / 7 + q * (1 / 9 + q * (1 / 11 + q * (1 / 13 + q * (1 / 15)))))));
  return -2 * (exponent * LN2 + 2 * s * series);
}

/** Taylor polynomials of sine and cosine on (-pi/4, pi/4), to 1e-11. */
function sine(t: number, tt: number): number {
  const fifth = 1 - tt * (1 / 72) * (1 - tt * (1 / 110));
  return t * (1 - tt * (1 / 6) * (1 - tt * (1 / 20) * (1 - tt * (1 / 42) * fifth)));
}

function cosine(tt: number): number {
  const fourth = 1 - tt * (1 / 56) * (1 - tt * (1 / 90) * (1 - tt * (1 / 132)));
  return 1 - tt * 0.5 * (1 - tt * (1 / 12) * (1 - tt * (1 / 30) * fourth));
}

/** (pi/2) / 2^30. */
const ANGLE = 1.5707963267948966 / 0x40000000;

/**
 * Writes two independent standard normals made from two words to out[offset], out[offset + 1]. The lower 30 bits of
 * `angle` give t in (-pi/4, pi/4); the upper two choose among (c, s), (s, c) and their negatives, which together cover the circle.
 */
function boxMuller(out: Float64Array, offset: number, radius: number, angle: number): void {
  const t = ((angle & 0x3fffffff) - 0x1fffffff - 0.5) * ANGLE;
  const tt = t * t;
  const r = Math.sqrt(squaredRadius(radius));
  const signed = angle & 0x40000000 ? -r : r;
  const swap = angle >>> 31;
  out[offset + swap] = signed * cosine(tt);
  out[offset + 1 - swap] = signed * sine(t, tt);
}

const words = new Uint32Array(4);
const normals = new Float64Array(4);

function normalBlock(block: number, address: NoiseAddress, low: number, high: number): void {
  philox4x32(words, block, address.sample, address.example, address.stream, low, high);
  boxMuller(normals, 0, words[0], words[1]);
  boxMuller(normals, 2, words[2], words[3]);
}

/**
 * Fills out[offset .. offset + count) with the independent standard normals of coordinates 0 .. count - 1 at `address`.
 * Counter words are (coordinate / 4, sample, example, stream), the key is the seed.
 *
 * @throws ArgumentError if a field of the address is out of range
 */
export function fillStandardNormal(
  out: Float32Array,
  address: NoiseAddress,
  offset = 0,
  count: number = out.length - offset,
): void {
  requireAddress("fillStandardNormal", address);
  const [low, high] = keyOf(address.seed);
  for (let i = 0, block = 0; i < count; i += 4, block++) {
    normalBlock(block, address, low, high);
    const end = Math.min(4, count - i);
    for (let j = 0; j < end; j++) out[offset + i + j] = normals[j];
  }
}
