/**
 * Moments of M_m, the largest of m independent standard normal numbers: the constants of the MaxUp expansion
 * (Gong, Ren, Ye and Liu, arXiv 2002.09024, Theorem 1; their c_{m,sigma} is sigma times our c_m).
 *
 * M_m has density m phi(x) Phi(x)^(m-1) on the real line. Folding the negative half onto the positive one gives
 *
 *     E M_m   = m int_0^oo x   phi(x) [Phi(x)^(m-1) - Phi(-x)^(m-1)] dx
 *     E M_m^2 = m int_0^oo x^2 phi(x) [Phi(x)^(m-1) + Phi(-x)^(m-1)] dx
 *
 * in which no term is negative, so that nothing cancels (and c_1 is exactly 0).
 *
 * Error of the trapezoid rule with step h on the line. Cutting off at B with B^2 = 2 (ln m + 41) loses less than
 * m B phi(B) (for E M_m^2; less for E M_m), which is below 1e-16. The integrand is entire, and its Fourier transform at
 * frequency t falls like exp(-pi b t / 2) or faster, where b = 1 / sqrt(2 ln m) is the width of the Gumbel law that M_m
 * tends to: the rule's error is about exp(-pi^2 b / h), which at h = 1/64 is below 1e-30 for every m a number can
 * hold. What remains is the rounding of some thousand positive terms and the relative error of the normal cdf: 1e-13
 * relative in all.
 */

import { requireInteger } from "../../src/errors.js";
import { normalPdf, normalUpperTail } from "../../src/math/normal.js";

const STEP = 1 / 64;

/**
 * c_m = E[M_m], the mean of the largest of m independent standard normal numbers, with a relative error below 1e-12.
 * It grows with m, and 0.23 sqrt(ln m) <= c_m <= sqrt(2 ln m) (Lemma 1 of the paper).
 *
 * @param m - number of copies, an integer of at least 1
 * @throws ArgumentError if m is anything else
 */
export function expectedMax(m: number): number {
  requireInteger(m, "expectedMax", "m", 1);
  return integrate(m, (x, upper, lower) => x * (upper - lower));
}

/**
 * E[M_m^2], the second moment of the largest of m independent standard normal numbers, with a relative error below
 * 1e-12. It is 1 for m = 1 and for m = 2, and grows like 2 ln m.
 *
 * @param m - number of copies, an integer of at least 1
 * @throws ArgumentError if m is anything else
 */
export function expectedMaxSquared(m: number): number {
  requireInteger(m, "expectedMaxSquared", "m", 1);
  return integrate(m, (x, upper, lower) => x * x * (upper + lower));
}

/** m times the integral of phi(x) term(x, Phi(x)^(m-1), Phi(-x)^(m-1)) over x > 0, for a term that is 0 at x = 0. */
function integrate(m: number, term: (x: number, upper: number, lower: number) => number): number {
  const end = Math.ceil(Math.sqrt(2 * (Math.log(m) + 41)) / STEP);
  let sum = 0;
  for (let k = end; k > 0; k--) {
    const x = k * STEP;
    const tail = normalUpperTail(x);
    const upper = Math.exp((m - 1) * Math.log1p(-tail));
    sum += m * normalPdf(x) * term(x, upper, tail ** (m - 1));
  }
  return sum * STEP;
}
