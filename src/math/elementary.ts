/**
 * exp, ln and ln(1 + x) by fdlibm's formulas (https://www.netlib.org/fdlibm), each within 1 ulp.
 *
 * Engines are free to choose the last bit of `Math.exp` and `Math.log`, and differ; these functions need only + - * /
 * and the bits of doubles, which are the same everywhere. They give what Node 20 to 26 give, bit by bit.
 *
 * Copyright (C) 1993 by Sun Microsystems, Inc. All rights reserved. Developed at SunSoft, a Sun Microsystems, Inc.
 * business. Permission to use, copy, modify, and distribute this software is freely granted, provided that this notice
 * is preserved.
 */

const LN2_HIGH = 0.6931471803691238;
const LN2_LOW = 1.9082149292705877e-10;

const double = new Float64Array(1);
const words = new Int32Array(double.buffer);
/** Where the upper word of a double is. */
const HIGH = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1 ? 1 : 0;

/** The upper word of x: its sign, exponent and first 20 bits. */
function highWord(x: number): number {
  double[0] = x;
  return words[HIGH];
}

/** x with another upper word. */
function withHighWord(x: number, word: number): number {
  double[0] = x;
  words[HIGH] = word;
  return double[0];
}

/** e^x. */
export function exp(x: number): number {
  if (!(x <= 709.782712893384)) return x > 0 ? Infinity : Number.NaN;
  if (x < -745.1332191019411) return 0;
  const size = highWord(x) & 0x7fffffff;
  if (size < 0x3e300000) return 1 + x;
  if (x === 1) return Math.E;
  const k = size > 0x3fd62e42 ? nearestPower(x, size) : 0;
  const high = x - k * LN2_HIGH;
  const low = k * LN2_LOW;
  const r = high - low;
  const t = r * r;
  const c = r - t * expPolynomial(t);
  if (k === 0) return 1 - ((r * c) / (c - 2) - r);
  const y = 1 - (low - (r * c) / (2 - c) - high);
  if (k === 1024) return y * 2 * 2 ** 1023;
  return k >= -1021 ? y * powerOfTwo(k) : y * powerOfTwo(k + 1000) * 2 ** -1000;
}

/** The k for which x - k ln 2 is small; `size` is the upper word of |x|. */
function nearestPower(x: number, size: number): number {
  if (size < 0x3ff0a2b2) return x > 0 ? 1 : -1;
  return Math.trunc(Math.LOG2E * x + (x > 0 ? 0.5 : -0.5));
}

function expPolynomial(t: number): number {
  const tail = 6.613756321437934e-5 + t * (-1.6533902205465252e-6 + t * 4.1381367970572385e-8);
  return 0.16666666666666602 + t * (-0.0027777777777015593 + t * tail);
}

function powerOfTwo(k: number): number {
  return withHighWord(0, (1023 + k) << 20);
}

/** ln x. */
export function ln(x: number): number {
  if (!(x > 0 && x < Infinity)) return x === 0 ? -Infinity : x > 0 ? x : Number.NaN;
  if (x < 2 ** -1022) return logOfNormal(x * 2 ** 54, -54);
  return logOfNormal(x, 0);
}

/** ln x + shift ln 2. */
function logOfNormal(x: number, shift: number): number {
  const word = highWord(x);
  const bits = word & 0xfffff;
  // Whether the fraction counts as one below 1, so that it lies in [sqrt(1/2), sqrt(2)).
  const upper = (bits + 0x95f64) & 0x100000;
  const k = shift + (word >> 20) - 1023 + (upper >> 20);
  const f = withHighWord(x, bits | (upper ^ 0x3ff00000)) - 1;
  if ((0xfffff & (2 + bits)) < 3) return logNearOne(f, k);
  const s = f / (2 + f);
  const r = logPolynomial(s * s);
  if (((bits - 0x6147a) | (0x6b851 - bits)) <= 0) {
    return k === 0 ? f - s * (f - r) : k * LN2_HIGH - (s * (f - r) - k * LN2_LOW - f);
  }
  const half = 0.5 * f * f;
  return k === 0 ? f - (half - s * (half + r)) : k * LN2_HIGH - (half - (s * (half + r) + k * LN2_LOW) - f);
}

/** ln(1 + f) + k ln 2 for |f| < 2^-20. */
function logNearOne(f: number, k: number): number {
  if (f === 0) return k === 0 ? 0 : k * LN2_HIGH + k * LN2_LOW;
  const r = f * f * (0.5 - 0.3333333333333333 * f);
  return k === 0 ? f - r : k * LN2_HIGH - (r - k * LN2_LOW - f);
}

function logPolynomial(z: number): number {
  const w = z * z;
  const odd = w * (0.3999999999940942 + w * (0.22222198432149784 + w * 0.15313837699209373));
  const tail = 0.1818357216161805 + w * 0.14798198605116586;
  return z * (0.6666666666666735 + w * (0.2857142874366239 + w * tail)) + odd;
}

/** ln(1 + x). */
export function ln1p(x: number): number {
  if (!(x > -1 && x < Infinity)) return x === -1 ? -Infinity : x > 0 ? x : Number.NaN;
  const word = highWord(x);
  const size = word & 0x7fffffff;
  if (size < 0x3c900000) return x;
  if (size < 0x3e200000) return x - x * x * 0.5;
  if (x < 0 ? word <= (0xbfd2bec4 | 0) : word < 0x3fda827a) return log1pOf(x, 1, 0, 0);
  const sum = 1 + x;
  const exponent = (highWord(sum) >> 20) - 1023;
  // What rounding took from the sum, by its derivative.
  const lost = word < 0x43400000 ? (exponent > 0 ? 1 - (sum - x) : x - (sum - 1)) / sum : 0;
  const u = word < 0x43400000 ? sum : x;
  const bits = highWord(u) & 0xfffff;
  const k = (highWord(u) >> 20) - 1023;
  if (bits < 0x6a09e) return log1pOf(withHighWord(u, bits | 0x3ff00000) - 1, bits, k, lost);
  return log1pOf(withHighWord(u, bits | 0x3fe00000) - 1, (0x100000 - bits) >> 2, k + 1, lost);
}

/** ln(1 + f) + k ln 2 + lost; `bits` is 0 only where f is close to 0. */
function log1pOf(f: number, bits: number, k: number, lost: number): number {
  const half = 0.5 * f * f;
  const low = k * LN2_LOW + lost;
  if (bits === 0 && f === 0) return k === 0 ? 0 : k * LN2_HIGH + low;
  if (bits === 0) {
    const r = half * (1 - 0.6666666666666666 * f);
    return k === 0 ? f - r : k * LN2_HIGH - (r - low - f);
  }
  const s = f / (2 + f);
  const r = log1pPolynomial(s * s);
  return k === 0 ? f - (half - s * (half + r)) : k * LN2_HIGH - (half - (s * (half + r) + low) - f);
}

function log1pPolynomial(z: number): number {
  const tail = 0.1818357216161805 + z * (0.15313837699209373 + z * 0.14798198605116586);
  const rest = 0.2857142874366239 + z * (0.22222198432149784 + z * tail);
  return z * (0.6666666666666735 + z * (0.3999999999940942 + z * rest));
}
