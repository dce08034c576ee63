/**
 * Box and Muller's transform on four pairs of words at once, in the very operations of the TypeScript reference
 * (src/noise/normal.ts) and in their order: IEEE 754 rounds them alike, so the results agree to the last bit.
 */

// Constants lie in memory, and loops load them beforehand: those that stand in the code engines make anew wherever they
// are used, which takes 5 % longer.
const HALF = memory.data<f32>([0.5]);
const INVERSE_2_32 = memory.data<f32>([1.0 / 4294967296.0]);
const ONE = memory.data<f32>([1]);
const MINUS_ONE = memory.data<f32>([-1]);
const TWO = memory.data<f32>([2]);
const MINUS_FOUR = memory.data<f32>([-4]);
const THIRD = memory.data<f32>([1.0 / 3.0]);
const FIFTH = memory.data<f32>([1.0 / 5.0]);
const SEVENTH = memory.data<f32>([1.0 / 7.0]);
const NINTH = memory.data<f32>([1.0 / 9.0]);
const MINUS_2_LN2 = memory.data<f32>([-1.3862943611198906]);
const SQRT_HALF = memory.data<u32>([0x3f3504f3]);
const MANTISSA = memory.data<u32>([0x7fffff]);
const MIDDLE = memory.data<u32>([0x80000002]);
const SIGN = memory.data<u32>([0x80000000]);
const ANGLE = memory.data<f32>([0.7853981633974483 / 2147483648.0]);
const SINE_A = memory.data<f32>([-1.9515295891e-4]);
const SINE_B = memory.data<f32>([8.3321608736e-3]);
const SINE_C = memory.data<f32>([-1.6666654611e-1]);
const COSINE_A = memory.data<f32>([2.443315711809948e-5]);
const COSINE_B = memory.data<f32>([-1.388731625493765e-3]);
const COSINE_C = memory.data<f32>([4.166664568298827e-2]);

/**
 * Turns vectors of words in place into standard normals: of two neighbours, the first gives the radii and the second
 * the angles. From the address `from` to before `to`.
 */
@inline
export function boxMuller(from: usize, to: usize): void {
  toRadii(from, to);
  toPoints(from, to);
}

/** a b + c */
@inline
function plus(a: v128, b: v128, c: v128): v128 {
  return f32x4.add(f32x4.mul(a, b), c);
}

/** Each first vector becomes sqrt(-2 ln u) of u = (word + 1/2) / 2^32. */
@inline
function toRadii(from: usize, to: usize): void {
  const half = v128.load32_splat(HALF);
  const scale = v128.load32_splat(INVERSE_2_32);
  const one = v128.load32_splat(ONE);
  const minusOne = v128.load32_splat(MINUS_ONE);
  const two = v128.load32_splat(TWO);
  const minusFour = v128.load32_splat(MINUS_FOUR);
  const third = v128.load32_splat(THIRD);
  const fifth = v128.load32_splat(FIFTH);
  const seventh = v128.load32_splat(SEVENTH);
  const ninth = v128.load32_splat(NINTH);
  const minus2Ln2 = v128.load32_splat(MINUS_2_LN2);
  const sqrtHalf = v128.load32_splat(SQRT_HALF);
  const mantissaBits = v128.load32_splat(MANTISSA);
  const zero = i32x4.splat(0);
  for (let at = from; at < to; at += 32) {
    const words = v128.load(at);
    const signed = f32x4.mul(f32x4.add(f32x4.convert_i32x4_s(words), half), scale);
    const u = f32x4.add(signed, v128.and(i32x4.shr_s(words, 31), one));
    const shifted = i32x4.sub(u, sqrtHalf);
    const exponent = i32x4.shr_s(shifted, 23);
    const mantissa = i32x4.add(v128.and(shifted, mantissaBits), sqrtHalf);
    const less = v128.bitselect(signed, f32x4.add(mantissa, minusOne), i32x4.eq(exponent, zero));
    const s = f32x4.div(less, f32x4.add(less, two));
    const q = f32x4.mul(s, s);
    const series = plus(q, plus(q, plus(q, plus(q, ninth, seventh), fifth), third), one);
    const whole = f32x4.mul(f32x4.convert_i32x4_s(exponent), minus2Ln2);
    v128.store(at, f32x4.sqrt(f32x4.add(whole, f32x4.mul(f32x4.mul(s, minusFour), series))));
  }
}

/** Radii and angles become the coordinates of their points. */
@inline
function toPoints(from: usize, to: usize): void {
  const middle = v128.load32_splat(MIDDLE);
  const signBit = v128.load32_splat(SIGN);
  const scale = v128.load32_splat(ANGLE);
  const half = v128.load32_splat(HALF);
  const one = v128.load32_splat(ONE);
  const sineA = v128.load32_splat(SINE_A);
  const sineB = v128.load32_splat(SINE_B);
  const sineC = v128.load32_splat(SINE_C);
  const cosineA = v128.load32_splat(COSINE_A);
  const cosineB = v128.load32_splat(COSINE_B);
  const cosineC = v128.load32_splat(COSINE_C);
  for (let at = from; at < to; at += 32) {
    const angle = v128.load(at, 16);
    const t = f32x4.mul(f32x4.convert_i32x4_s(v128.xor(i32x4.shl(angle, 2), middle)), scale);
    const tt = f32x4.mul(t, t);
    const sine = plus(t, f32x4.mul(plus(plus(sineA, tt, sineB), tt, sineC), tt), t);
    const quartic = f32x4.mul(plus(plus(cosineA, tt, cosineB), tt, cosineC), tt);
    const cosine = f32x4.sub(one, f32x4.mul(tt, f32x4.sub(half, quartic)));
    const radius = v128.xor(v128.load(at), v128.and(i32x4.shl(angle, 1), signBit));
    const c = f32x4.mul(radius, cosine);
    const s = f32x4.mul(radius, sine);
    // Exchanged where the highest bit says so.
    const difference = v128.and(v128.xor(c, s), i32x4.shr_s(angle, 31));
    v128.store(at, v128.xor(c, difference));
    v128.store(at, v128.xor(s, difference), 16);
  }
}
