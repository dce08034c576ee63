/**
 * Elementary functions in BigInt fixed point: the integer x stands for x / 2^160. Integer operations round down and
 * nothing else is inexact, so each error is a number of units that can be counted; the counts are stated. Nothing here
 * is shared with src or certify.
 */

import type { Fraction } from "./exact.js";

export const BITS = 160n;
export const ONE: bigint = 1n << BITS;

/** A real number between two others, in units of 2^-160. */
export interface Enclosure {
  readonly least: bigint;
  readonly most: bigint;
}

/** What {@link log} can be off by, in units: 2^20 is generous for numbers below 2^2000. */
export const LOG_ERROR: bigint = 1n << 20n;

/** v + v^3/3 + v^5/5 + ... for 0 <= v <= ONE/3: within 150 units (52 terms at most, each off by less than three). */
function inverseHyperbolicTangent(v: bigint): bigint {
  const square = (v * v) >> BITS;
  let sum = 0n;
  for (let power = v, n = 1n; power > 0n; n += 2n) {
    sum += power / n;
    power = (power * square) >> BITS;
  }
  return sum;
}

const LN2 = 2n * inverseHyperbolicTangent(ONE / 3n);
/** ln(1 + i/64): within 300 units. */
const LOG_TABLE = Array.from(
  { length: 64 },
  (_, i) => 2n * inverseHyperbolicTangent((BigInt(i) * ONE) / BigInt(128 + i)),
);

/** Number of binary digits of x > 0. */
function bitLength(x: bigint): number {
  const hex = x.toString(16);
  return 4 * hex.length - Math.clz32(Number.parseInt(hex[0], 16)) + 28;
}

/** ln x of an integer 0 < x < 2^2000, within {@link LOG_ERROR}. */
export function log(x: bigint): bigint {
  const exponent = BigInt(bitLength(x) - 1);
  const mantissa = exponent > BITS ? x >> (exponent - BITS) : x << (BITS - exponent);
  // The six digits behind the leading one pick c with 0 <= mantissa - c < 1/64, and ln(mantissa/c) = 2
  // artanh((mantissa-c)/(mantissa+c)).
  const index = (mantissa >> (BITS - 6n)) - 64n;
  const c = ONE + (index << (BITS - 6n));
  const rest = inverseHyperbolicTangent(((mantissa - c) << BITS) / (mantissa + c));
  return exponent * LN2 + LOG_TABLE[Number(index)] + 2n * rest;
}

export function logOfFraction({ numerator, denominator }: Fraction): Enclosure {
  const value = log(numerator) - log(denominator);
  return { least: value - 2n * LOG_ERROR, most: value + 2n * LOG_ERROR };
}

/** arctan(1/n), within 200 units. */
function arctanOfInverse(n: bigint): bigint {
  let sum = 0n;
  for (let power = ONE / n, i = 1n; power > 0n; i += 2n) {
    sum += i % 4n === 1n ? power / i : -(power / i);
    power /= n * n;
  }
  return sum;
}

/** pi by Machin's formula, within 2^12 units. */
export const PI: bigint = 16n * arctanOfInverse(5n) - 4n * arctanOfInverse(239n);

/** exp(x) for 0 <= x <= 256 ONE, within 2^-138 of its value: exp(x / 2^14) by its series, squared 14 times. */
export function exp(x: bigint): bigint {
  const small = x >> 14n;
  let sum = 0n;
  for (let term = ONE, n = 1n; term > 0n; n++) {
    sum += term;
    term = ((term * small) >> BITS) / n;
  }
  for (let i = 0; i < 14; i++) sum = (sum * sum) >> BITS;
  return sum;
}

/** The integer square root, rounded down (Newton's method from above). */
export function squareRoot(x: bigint): bigint {
  let root = 1n << BigInt(Math.ceil(bitLength(x) / 2));
  for (;;) {
    const next = (root + x / root) >> 1n;
    if (next >= root) return root;
    root = next;
  }
}
