import { ln, ln1p, requireInteger, requireThat } from "../../src/core.js";

/**
 * The upper tail of the binomial distribution, with a bound on its error: what Clopper-Pearson rests on.
 *
 * P[Bin(n, p) >= k] = pmf(k) S, where S = 1 + (n-k)/(k+1) p/q + ... sums the ratios to the first term. The first term
 * is computed from saddle-point deviances (C. Loader, "Fast and accurate computation of binomial probabilities", 2000),
 * which do not cancel; the sum has positive terms alone, and what is cut off is bounded by a geometric series.
 */

/** Half an ulp of 1: the relative error of one rounded operation. */
const UNIT = 2 ** -53;

/** ln n! - (ln(2 pi n)/2 + n ln n - n) for n = 0 .. 15. mpmath: loggamma(n+1) - (log(2*pi*n)/2 + n*log(n) - n). */
const STIRLING_ERROR = [
  Number.NaN,
  0.08106146679532726,
  0.0413406959554093,
  0.027677925684998338,
  0.020790672103765093,
  0.016644691189821193,
  0.013876128823070748,
  0.01189670994589177,
  0.010411265261972096,
  0.009255462182712733,
  0.008330563433362871,
  0.007573675487951841,
  0.00694284010720953,
  0.006408994188004207,
  0.005951370112758848,
  0.005554733551962801,
];

/** The error of Stirling's formula for ln n!, n >= 1, to 1e-16 (the series' next term is 2e-18 at n = 16). */
function stirlingError(n: number): number {
  if (n < STIRLING_ERROR.length) return STIRLING_ERROR[n];
  const u = 1 / (n * n);
  return (1 / 12 - u * (1 / 360 - u * (1 / 1260 - u * (1 / 1680 - u * (1 / 1188 - u * (691 / 360360)))))) / n;
}

/**
 * mean ((1+e) ln(1+e) - e) for e > -1, with an absolute error bound in half-ulps of 1. It takes e to be right to 4
 * half-ulps, which moves the result by 4 |e ln(1+e)|.
 */
function deviance(mean: number, e: number): { value: number; units: number } {
  if (Math.abs(e) > 0.1) {
    const product = (1 + e) * ln1p(e);
    const units = 8 * Math.abs(product) + 4 * Math.abs(e * ln1p(e)) + 4 * Math.abs(e);
    return { value: mean * (product - e), units: mean * units };
  }
  // With v = e/(2+e): ln(1+e) = 2 (v + v^3/3 + ...), and (1+e) 2v - e = e v, so that nothing cancels.
  const v = e / (2 + e);
  const vv = v * v;
  const series = vv * (1 / 3 + vv * (1 / 5 + vv * (1 / 7 + vv * (1 / 9 + vv * (1 / 11 + vv / 13)))));
  const value = mean * (e * v + 2 * (1 + e) * v * series);
  return { value, units: 40 * value };
}

/** n p - k without the rounding of the product: p's upper 23 bits times n's 30 are exact, the rest is small. */
function excess(n: number, p: number, k: number): number {
  const split = p * (2 ** 30 + 1);
  const high = split - (split - p);
  return n * high - k + n * (p - high);
}

/** A logarithm, and how far from the truth it can be. */
export interface Bounded {
  readonly log: number;
  /** |log - truth| is at most this. */
  readonly error: number;
  /** d log / d ln p: how fast the tail grows with p. */
  readonly slope: number;
}

/**
 * ln (P[Bin(n, p) > k] + v P[Bin(n, p) = k]) with its error bound, for counts above the mean: for v = 1 the tail ln
 * P[Bin(n, p) >= k].
 *
 * The bound assumes ln and ln1p right to 2 ulp, as fdlibm's are.
 *
 * @param k,n integers, 1 <= k <= n <= 2^30
 * @param p in (0, k/n]
 * @param v weight of the first term, in (0, 1]
 * @throws ArgumentError for arguments out of range
 */
export function logUpperTail(k: number, n: number, p: number, v = 1): Bounded {
  requireInteger(n, "logUpperTail", "n", 1, 2 ** 30);
  requireInteger(k, "logUpperTail", "k", 1, n);
  requireThat(p > 0 && p <= k / n, "logUpperTail", "p", `in (0, k/n] = (0, ${k / n}]`, p);
  requireThat(v > 0 && v <= 1, "logUpperTail", "v", "in (0, 1]", v);
  if (k === n) {
    const [power, weight] = [n * ln(p), ln(v)];
    return { log: power + weight, error: 6 * UNIT * (Math.abs(power) + Math.abs(weight)), slope: n };
  }
  const first = logFirstTerm(k, n, p);
  const { sum, error } = ratioSum(k, n, p, v);
  const log = ln(sum);
  const slope = (v * k + (1 - v) * (n - k) * (p / (1 - p))) / sum;
  return { log: first.log + log, error: first.error + error + 4 * UNIT * Math.abs(log), slope };
}

/**
 * ln P[Bin(n, p) = k] with its error bound.
 *
 * @param k,n integers, 0 <= k <= n, 1 <= n <= 2^30 @param p in (0, 1)
 */
export function logProbability(k: number, n: number, p: number): Omit<Bounded, "slope"> {
  if (k === n) return logPower(n, ln(p));
  if (k === 0) return logPower(n, ln1p(-p));
  if (p <= k / n) return logFirstTerm(k, n, p);
  const mirrored = logFirstTerm(n - k, n, 1 - p);
  // 1 - p is exact from 1/2 on. Below it is off by 2^-54 at most, and the logarithm changes with it by at most
  // (n p - k) / (p (1 - p)) <= n / (1 - p) <= 2 n; p is above 1/n, too much for 2^-54 to double that.
  return p >= 0.5 ? mirrored : { log: mirrored.log, error: mirrored.error + 2 * UNIT * n };
}

/** n log, for a logarithm right to 2 ulp. */
function logPower(n: number, logarithm: number): Omit<Bounded, "slope"> {
  const log = n * logarithm;
  return { log, error: 6 * UNIT * Math.abs(log) };
}

/** ln (C(2m, m) / 4^m), the probability of m heads in 2m tosses, with its error bound. @param m integer in [0, 2^30] */
export function logCentral(m: number): Omit<Bounded, "slope"> {
  if (m === 0) return { log: 0, error: 0 };
  const log = stirlingError(2 * m) - 2 * stirlingError(m) - 0.5 * ln(Math.PI * m);
  return { log, error: UNIT * (8 * Math.abs(log) + 12) };
}

/** ln P[Bin(n, p) = k] for 0 < k < n. */
function logFirstTerm(k: number, n: number, p: number): Omit<Bounded, "slope"> {
  const meanA = n * p;
  // n p - k < 0, so n - k - delta adds up to n q without cancellation.
  const delta = excess(n, p, k);
  const meanB = n - k - delta;
  const a = deviance(meanA, -delta / meanA);
  const b = deviance(meanB, delta / meanB);
  const stirling = stirlingError(n) - stirlingError(k) - stirlingError(n - k);
  const normaliser = 0.5 * ln(2 * Math.PI * k * ((n - k) / n));
  const log = stirling - a.value - b.value - normaliser;
  const error = UNIT * (a.units + b.units + 4 * (a.value + b.value) + 8 * Math.abs(normaliser) + 20);
  return { log, error };
}

/** v + r_1 + r_1 r_2 + ..., from above: the cut-off part is added as the geometric series that dominates it. */
function ratioSum(k: number, n: number, p: number, v: number): { sum: number; error: number } {
  const odds = p / (1 - p);
  let term = 1;
  let sum = v;
  let weighted = 0;
  for (let j = 1; j <= n - k; j++) {
    const ratio = ((n - k - j + 1) / (k + j)) * odds;
    term *= ratio;
    sum += term;
    weighted += j * term;
    if (term < sum * 1e-17) {
      sum += (term * ratio) / (1 - ratio);
      return { sum, error: UNIT * (8 * (weighted / sum) + 2 * j + 8) };
    }
  }
  return { sum, error: UNIT * (8 * (weighted / sum) + 2 * (n - k) + 8) };
}
