import { exp, ln } from "./elementary.js";

/**
 * The standard normal distribution, accurate in relative terms far into the tail.
 */

const SQRT_2PI = 2.5066282746310002;
/** Where the power series hands over to the continued fraction. */
const CROSSOVER = 2.5;
/** Depth of the continued fraction: at x = 2.5 the truncation is below 1e-20, and it shrinks as x grows. */
const FRACTION_DEPTH = 160;

/** Density of the standard normal at x. */
export function normalPdf(x: number): number {
  return exp(-0.5 * x * x) / SQRT_2PI;
}

/** Phi(x) - 1/2 for 0 <= x, by x + x^3/3 + x^5/15 + ... times the density: all terms positive, no cancellation. */
function centralMass(x: number): number {
  let term = x;
  let sum = x;
  for (let k = 3; term > sum * 1e-18; k += 2) {
    term *= (x * x) / k;
    sum += term;
  }
  return sum * normalPdf(x);
}

/** P[Z > x] for x > 0, by Laplace's continued fraction pdf(x) / (x + 1/(x + 2/(x + 3/(x + ...)))). */
function tailByFraction(x: number): number {
  let denominator = x;
  for (let k = FRACTION_DEPTH; k >= 1; k--) denominator = x + k / denominator;
  return normalPdf(x) / denominator;
}

/** P[Z > x], with a relative error below {@link NORMAL_TAIL_ERROR} for x in [0, 37]. */
export function normalUpperTail(x: number): number {
  if (x < 0) return 1 - normalUpperTail(-x);
  return x < CROSSOVER ? 0.5 - centralMass(x) : tailByFraction(x);
}

/**
 * Relative error of {@link normalUpperTail} on [0, 37]. Its parts: the exponential's argument is rounded (x^2/2 units
 * in the last place, at most 7.6e-14 at x = 37), the subtraction from 1/2 magnifies 1e-15 by 1/(2 Q(2.5)) = 81 at most.
 * Checked against 60-digit references.
 */
export const NORMAL_TAIL_ERROR = 2e-13;

/** P[Z <= x]. */
export function normalCdf(x: number): number {
  return x < 0 ? normalUpperTail(-x) : 1 - normalUpperTail(x);
}

/**
 * The x with P[Z <= x] = p, to about 1e-15 relative where p allows it; -Infinity at 0, Infinity at 1, NaN outside [0,
 * 1]. Below p = 2^-1022, where doubles lose digits, it is right to 1% only. Rounded to nearest, not to the safe side:
 * certificates use their own, proved version.
 */
export function normalQuantile(p: number): number {
  if (!(p >= 0 && p <= 1)) return Number.NaN;
  if (p > 0.5) return -normalQuantile(1 - p);
  if (p === 0.5) return 0;
  if (p === 0) return -Infinity;
  // Newton's method on ln Q(x) = ln p, which is concave and so converges from any start on the far side.
  let x = p > 0.02 ? 0 : Math.sqrt(-2 * ln(p));
  for (let step = 0; step < 60; step++) {
    const tail = normalUpperTail(x);
    if (tail === 0) break; // p is subnormal
    const change = (tail * ln(tail / p)) / normalPdf(x);
    x += change;
    if (Math.abs(change) <= 4e-16 * Math.abs(x)) break;
  }
  return -x;
}
