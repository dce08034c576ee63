import { exp, ln } from "../../src/core.js";

/**
 * Quantiles of the beta distribution, to about nine digits and rounded either way: where proofs begin.
 *
 * From jStat 1.9.6 (https://github.com/jstat/jstat), after Press et al., "Numerical Recipes": the same operations in
 * the same order, but with our exp and ln, for the same bits on every engine. Its licence:
 *
 * Copyright (c) 2013 jStat
 *
 * Permission is hereby granted, free of charge, to any person obtaining a copy of this software and associated
 * documentation files (the "Software"), to deal in the Software without restriction, including without limitation the
 * rights to use, copy, modify, merge, publish, distribute, sublicense, and/or sell copies of the Software, and to
 * permit persons to whom the Software is furnished to do so, subject to the following conditions:
 *
 * The above copyright notice and this permission notice shall be included in all copies or substantial portions of the
 * Software.
 *
 * THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT NOT LIMITED TO THE
 * WARRANTIES OF MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE AUTHORS
 * OR COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR
 * OTHERWISE, ARISING FROM, OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE SOFTWARE.
 */

/** The x with P[Beta(a, b) <= x] = p. @param p in (0, 1) @param a,b at least 1 */
export function betaQuantile(p: number, a: number, b: number): number {
  const scale = -logGamma(a) - logGamma(b) + logGamma(a + b);
  let x = firstGuess(p, a, b);
  for (let step = 0; step < 10; step++) {
    if (x === 0 || x === 1) return x;
    const excess = betaProbability(x, a, b) - p;
    const u = excess / exp((a - 1) * ln(x) + (b - 1) * ln(1 - x) + scale);
    const change = u / (1 - 0.5 * Math.min(1, u * ((a - 1) / x - (b - 1) / (1 - x))));
    x -= change;
    if (x <= 0) x = 0.5 * (x + change);
    if (x >= 1) x = 0.5 * (x + change + 1);
    if (Math.abs(change) < 1e-8 * x && step > 0) break;
  }
  return x;
}

/** By a normal approximation (Abramowitz and Stegun 26.5.22). */
function firstGuess(p: number, a: number, b: number): number {
  const t = Math.sqrt(-2 * ln(p < 0.5 ? p : 1 - p));
  const z = (2.30753 + t * 0.27061) / (1 + t * (0.99229 + t * 0.04481)) - t;
  const x = p < 0.5 ? -z : z;
  const al = (x * x - 3) / 6;
  const h = 2 / (1 / (2 * a - 1) + 1 / (2 * b - 1));
  const w = (x * Math.sqrt(al + h)) / h - (1 / (2 * b - 1) - 1 / (2 * a - 1)) * (al + 5 / 6 - 2 / (3 * h));
  return a / (a + b * exp(2 * w));
}

/** P[Beta(a, b) <= x] for x in (0, 1). */
function betaProbability(x: number, a: number, b: number): number {
  const factor = exp(logGamma(a + b) - logGamma(a) - logGamma(b) + a * ln(x) + b * ln(1 - x));
  if (x < (a + 1) / (a + b + 2)) return (factor * continuedFraction(x, a, b)) / a;
  return 1 - (factor * continuedFraction(1 - x, b, a)) / b;
}

function continuedFraction(x: number, a: number, b: number): number {
  let c = 1;
  let d = 1 / awayFromZero(1 - ((a + b) * x) / (a + 1));
  let fraction = d;
  for (let m = 1; m <= 100; m++) {
    const even = (m * (b - m) * x) / ((a - 1 + 2 * m) * (a + 2 * m));
    d = 1 / awayFromZero(1 + even * d);
    c = awayFromZero(1 + even / c);
    fraction *= d * c;
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 1 + 2 * m));
    d = 1 / awayFromZero(1 + odd * d);
    c = awayFromZero(1 + odd / c);
    fraction *= d * c;
    if (Math.abs(d * c - 1) < 3e-7) break;
  }
  return fraction;
}

function awayFromZero(x: number): number {
  return Math.abs(x) < 1e-30 ? 1e-30 : x;
}

const LANCZOS = [
  76.18009172947146, -86.50532032941678, 24.01409824083091, -1.231739572450155, 0.1208650973866179e-2,
  -0.5395239384953e-5,
];

/** ln of the gamma function at x > 0. */
function logGamma(x: number): number {
  const shifted = x + 5.5 - (x + 0.5) * ln(x + 5.5);
  const series = LANCZOS.reduce((sum, coefficient, j) => sum + coefficient / (x + (j + 1)), 1.000000000190015);
  return ln((2.5066282746310007 * series) / x) - shifted;
}
