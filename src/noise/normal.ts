import { keyOf, type NoiseAddress, requireAddress } from "./address.js";
import { philox4x32 } from "./philox.js";

/**
 * Standard normals in single precision by Box and Muller (1958) from Philox words: z0 = r cos t, z1 = r sin t with r =
 * sqrt(-2 ln u).
 *
 * `Math.log`, `Math.sin` and `Math.cos` may differ between JavaScript engines, so these functions are written out here
 * in additions, multiplications, divisions and square roots of float32, which IEEE 754 rounds the same way everywhere.
 * (Rounding the double's result to float32 is exact for these five: a double has more than twice the digits.) Each
 * normal is within 2^-21 of the exact one, relatively.
 */

const { fround } = Math;
const SQRT_HALF_BITS = 0x3f3504f3;
const MINUS_2_LN2 = fround(-2 * Math.LN2);
const THIRD = fround(1 / 3);
const FIFTH = fround(1 / 5);
const SEVENTH = fround(1 / 7);
const NINTH = fround(1 / 9);

const float = new Float32Array(1);
const bits = new Int32Array(float.buffer);

/** -2 ln u of u = (word + 1/2) / 2^32: the squared radius, in (0, 45.8). */
function squaredRadius(word: number): number {
  // As a signed integer, a word of the upper half says by how much u falls short of 1, and keeps its digits there.
  const signed = fround(fround(word | 0) + 0.5) * 2 ** -32;
  float[0] = signed < 0 ? signed + 1 : signed;
  // u = 2^exponent m with m in [sqrt(1/2), sqrt(2)).
  const shifted = bits[0] - SQRT_HALF_BITS;
  const exponent = shifted >> 23;
  bits[0] = (shifted & 0x7fffff) + SQRT_HALF_BITS;
  const less = exponent === 0 ? signed : fround(float[0] - 1);
  // ln m = 2 artanh(s) with s = (m - 1) / (m + 1), |s| < 0.1716: five terms leave less than 1e-8.
  const s = fround(less / fround(less + 2));
  const q = fround(s * s);
  let sum = fround(SEVENTH + fround(q * NINTH));
  sum = fround(FIFTH + fround(q * sum));
  sum = fround(THIRD + fround(q * sum));
  sum = fround(1 + fround(q * sum));
  return fround(fround(exponent * MINUS_2_LN2) + fround(fround(s * -4) * sum));
}

// Polynomials of sine and cosine on [-pi/4, pi/4] to the precision of float32: those of Moshier's Cephes library
// (sinf.c).
const SINE_A = fround(-1.9515295891e-4);
const SINE_B = fround(8.3321608736e-3);
const SINE_C = fround(-1.6666654611e-1);
const COSINE_A = fround(2.443315711809948e-5);
const COSINE_B = fround(-1.388731625493765e-3);
const COSINE_C = fround(4.166664568298827e-2);

function sine(t: number, tt: number): number {
  let sum = fround(fround(SINE_A * tt) + SINE_B);
  sum = fround(fround(sum * tt) + SINE_C);
  return fround(t + fround(t * fround(sum * tt)));
}

function cosine(tt: number): number {
  let sum = fround(fround(COSINE_A * tt) + COSINE_B);
  sum = fround(fround(sum * tt) + COSINE_C);
  return fround(1 - fround(tt * fround(0.5 - fround(sum * tt))));
}

/** (pi/4) / 2^31. */
const ANGLE = fround(Math.PI / 4) * 2 ** -31;

/**
 * Writes two independent standard normals made from two words to out[offset], out[offset + 1]. The lower 30 bits of
 * `angle` give t in [-pi/4, pi/4]; the upper two choose among (c, s), (s, c) and their negatives, which together cover
 * the circle.
 */
function boxMuller(out: Float32Array, offset: number, radius: number, angle: number): void {
  const t = fround(fround((angle << 2) ^ 0x80000002) * ANGLE);
  const tt = fround(t * t);
  const r = fround(Math.sqrt(squaredRadius(radius)));
  const signed = angle & 0x40000000 ? -r : r;
  const swap = angle >>> 31;
  out[offset + swap] = signed * cosine(tt);
  out[offset + 1 - swap] = signed * sine(t, tt);
}

const words = new Uint32Array(4);
const normals = new Float32Array(4);

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
