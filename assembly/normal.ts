/**
 * Box and Muller's transform on two pairs of words at once, in the very operations of the TypeScript reference (src/noise/normal.ts) and in their order: IEEE
 * 754 rounds them alike, so the results agree to the last bit.
 */

/** The two normals made last, one pair of words a lane. */
export let first: v128 = f64x2.splat(0);
export let second: v128 = f64x2.splat(0);

const ANGLE: f64 = 1.5707963267948966 / 1073741824.0;

@inline
function times(x: v128, c: f64): v128 {
  return f64x2.mul(x, f64x2.splat(c));
}

/** 1 - x y */
@inline
function oneLess(x: v128, y: v128): v128 {
  return f64x2.sub(f64x2.splat(1), f64x2.mul(x, y));
}

/** 1 + q (c + y) */
@inline
function plus(q: v128, c: f64, y: v128): v128 {
  return f64x2.mul(q, f64x2.add(f64x2.splat(c), y));
}

/** -2 ln((word + 1/2) / 2^32) of the lower two lanes. */
@inline
function squaredRadius(words: v128): v128 {
  const value = f64x2.add(f64x2.convert_low_i32x4_u(words), f64x2.splat(0.5));
  // Mantissa in [1, 2) and exponent of value / 2^32, read off the double's bits.
  const bits = value;
  let mantissa = v128.or(v128.and(bits, i64x2.splat(0x000fffffffffffff)), i64x2.splat(0x3ff0000000000000));
  const biased = i64x2.shr_u(bits, 52);
  let exponent = f64x2.convert_low_i32x4_s(i32x4.sub(i32x4.shuffle(biased, biased, 0, 2, 0, 2), i32x4.splat(1023 + 32)));
  const large = f64x2.gt(mantissa, f64x2.splat(1.4142135623730951));
  mantissa = v128.bitselect(times(mantissa, 0.5), mantissa, large);
  exponent = f64x2.add(exponent, v128.and(large, f64x2.splat(1)));
  const s = f64x2.div(f64x2.sub(mantissa, f64x2.splat(1)), f64x2.add(mantissa, f64x2.splat(1)));
  const q = f64x2.mul(s, s);
  let y = times(q, 1.0 / 15.0);
  y = plus(q, 1.0 / 13.0, y);
  y = plus(q, 1.0 / 11.0, y);
  y = plus(q, 1.0 / 9.0, y);
  y = plus(q, 1.0 / 7.0, y);
  y = plus(q, 1.0 / 5.0, y);
  y = plus(q, 1.0 / 3.0, y);
  const series = f64x2.add(f64x2.splat(1), y);
  return times(f64x2.add(times(exponent, 0.6931471805599453), f64x2.mul(times(s, 2), series)), -2);
}

/** Sets `first` and `second` from the lower two lanes of `radius` and `angle`. */
@inline
export function boxMuller(radius: v128, angle: v128): void {
  const inQuadrant = i32x4.sub(v128.and(angle, i32x4.splat(0x3fffffff)), i32x4.splat(0x1fffffff));
  const t = times(f64x2.sub(f64x2.convert_low_i32x4_s(inQuadrant), f64x2.splat(0.5)), ANGLE);
  const tt = f64x2.mul(t, t);
  let sine = oneLess(times(tt, 1.0 / 110.0), f64x2.splat(1));
  sine = oneLess(times(tt, 1.0 / 72.0), sine);
  sine = oneLess(times(tt, 1.0 / 42.0), sine);
  sine = oneLess(times(tt, 1.0 / 20.0), sine);
  sine = f64x2.mul(t, oneLess(times(tt, 1.0 / 6.0), sine));
  let cosine = oneLess(times(tt, 1.0 / 132.0), f64x2.splat(1));
  cosine = oneLess(times(tt, 1.0 / 90.0), cosine);
  cosine = oneLess(times(tt, 1.0 / 56.0), cosine);
  cosine = oneLess(times(tt, 1.0 / 30.0), cosine);
  cosine = oneLess(times(tt, 1.0 / 12.0), cosine);
  cosine = oneLess(times(tt, 0.5), cosine);
  const wide = i64x2.extend_low_i32x4_s(angle);
  const sign = v128.and(i64x2.shl(wide, 33), i64x2.splat(0x8000000000000000));
  const r = v128.xor(f64x2.sqrt(squaredRadius(radius)), sign);
  const swap = i64x2.shr_s(wide, 63);
  const c = f64x2.mul(r, cosine);
  const s = f64x2.mul(r, sine);
  first = v128.bitselect(s, c, swap);
  second = v128.bitselect(c, s, swap);
}
