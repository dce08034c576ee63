import { exp, ln, nextDown, nextUp, requireInteger, requireThat } from "../../src/core.js";
import { betaQuantile } from "./beta-quantile.js";
import { logUpperTail } from "./binomial-tail.js";

/** Largest number of samples the bounds accept. */
export const MAX_SAMPLES: number = 2 ** 30;
const NEWTON_STEPS = 60;
const OUTWARD_STEPS = 60;
/** Bounds below this are given as 0: near the smallest double the tail's parts overflow. */
const SMALLEST_BOUND = 1e-290;

/**
 * The one-sided Clopper-Pearson lower bound (Clopper and Pearson 1934): the p at which P[Bin(n, p) >= nA] = alpha.
 * Any p' above or equal to the result's exact counterpart would have produced so many successes with probability
 * alpha or more; so P[result > p] <= alpha whatever the true p.
 *
 * With v, a draw uniform on (0, 1] made before the successes are seen, the randomised bound (Stevens 1950): the p at
 * which P[Bin(n, p) > nA] + v P[Bin(n, p) = nA] = alpha. It fails with probability alpha exactly, where Clopper-Pearson
 * fails less often, and is never below it. Here v counts as 2 alpha at least, which only lowers the bound, and keeps it
 * at nA / n or below: there nA is the median, so that the left side is v/2 or more.
 *
 * The result is never above the exact bound: it satisfies P[Bin(n, result) >= nA] <= alpha with the error of evaluating
 * the tail counted in, and lies below by about 1e-13 relative or less (bounds below 1e-290, from alphas of no practical
 * use, are given as 0).
 *
 * @param nA successes, an integer in [0, n] @param n trials, an integer in [1, 2^30] @param alpha in (0, 1/2]
 * @param v in (0, 1]; 1 for Clopper and Pearson's own bound
 * @throws ArgumentError for arguments out of range; Error if the bound can't be proved (never seen)
 */
export function clopperPearsonLower(nA: number, n: number, alpha: number, v = 1): number {
  requireInteger(n, "clopperPearsonLower", "n", 1, MAX_SAMPLES);
  requireInteger(nA, "clopperPearsonLower", "nA", 0, n);
  requireThat(alpha > 0 && alpha <= 0.5, "clopperPearsonLower", "alpha", "in (0, 1/2]", alpha);
  requireThat(v > 0 && v <= 1, "clopperPearsonLower", "v", "in (0, 1]", v);
  const weight = Math.max(v, 2 * alpha);
  return nA === 0 ? 0 : moveOutward(nA, n, alpha, weight, approximateRoot(nA, n, alpha, weight));
}

/** The upper bound at level alpha: 1 - lower(n - successes), rounded up. Same arguments, ranges and errors. */
export function clopperPearsonUpper(successes: number, n: number, alpha: number, v = 1): number {
  const lower = clopperPearsonLower(n - successes, n, alpha, v);
  return lower === 0 ? 1 : Math.min(1, nextUp(1 - lower));
}

/** Newton's method on ln tail as a function of ln p, which is concave and increasing, from the beta quantile. */
function approximateRoot(nA: number, n: number, alpha: number, v: number): number {
  const target = ln(alpha);
  const guess = betaQuantile(alpha, nA, n - nA + 1);
  let p = guess > 0 && guess < nA / n ? guess : (0.5 * nA) / n;
  for (let step = 0; step < NEWTON_STEPS; step++) {
    const tail = logUpperTail(nA, n, p, v);
    const change = (target - tail.log) / tail.slope;
    p = Math.min(Math.max(p * exp(change), SMALLEST_BOUND), nA / n);
    if (Math.abs(change) < 1e-15 || Math.abs(target - tail.log) <= tail.error) break;
  }
  return p;
}

/** Steps below `root` until the tail, with its error counted in, is proved to be at most alpha. */
function moveOutward(nA: number, n: number, alpha: number, v: number, root: number): number {
  const target = nextDown(nextDown(ln(alpha)));
  const { error, slope } = logUpperTail(nA, n, root, v);
  let step = (2 * error) / slope;
  for (let attempt = 0; attempt < OUTWARD_STEPS; attempt++) {
    const p = nextDown(root * (1 - step));
    if (p < SMALLEST_BOUND) return 0;
    const tail = logUpperTail(nA, n, p, v);
    if (tail.log + tail.error <= target) return p;
    step = 2 * step + Number.EPSILON;
  }
  throw new Error(`clopperPearsonLower: no proved bound found for nA = ${nA}, n = ${n}, alpha = ${alpha}`);
}
