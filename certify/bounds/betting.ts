import { ln, nextUp, requireInteger, requireThat } from "../../src/core.js";
import { logCentral, logProbability } from "./binomial-tail.js";
import { MAX_SAMPLES } from "./clopper-pearson.js";

/**
 * A confidence sequence for a probability: bounds that hold at all numbers of samples at once, so that one may stop
 * whenever one likes, by whatever rule.
 *
 * It bets with Krichevsky and Trofimov's mixture (1981): against p, the capital after nA successes in n is E(p) = Q(nA,
 * n) / (p^nA (1-p)^(n-nA)), with Q the average of that likelihood over Beta(1/2, 1/2). If p is the truth, E is a
 * nonnegative martingale that begins at 1, and by Ville (1939) it ever reaches 1/alpha with probability alpha at most.
 * E(p) falls as p rises to nA/n. So the p < nA/n at which E(p) = 1/alpha is above the truth, ever, with probability
 * alpha at most.
 *
 * Votes of samples before these, and independent of them, can tell where to bet: the mixture is then over what they
 * make of Beta(1/2, 1/2), that is Beta(1/2 + nA0, 1/2 + n0 - nA0) for nA0 successes in n0. It is fixed before the first
 * bet, and all of the above holds.
 */

/** Successes in samples before those that are bet on. */
export interface EarlierVotes {
  /** Integer in [0, n]. */
  readonly nA: number;
  /** Integer >= 0. */
  readonly n: number;
}

const NONE: EarlierVotes = { nA: 0, n: 0 };

/**
 * The lower bound after nA successes in n: below the truth at all n together with probability at least 1 - alpha. The
 * result is never above the exact root; its capital, with the error of evaluating it counted in, is at least 1/alpha.
 *
 * @param nA integer in [0, n]
 * @param n integer in [1, 2^30]
 * @param alpha in (0, 1/2]
 * @param earlier what to bet by; together with n no more than 2^30 samples
 * @throws ArgumentError for arguments out of range
 */
export function bettingLower(nA: number, n: number, alpha: number, earlier: EarlierVotes = NONE): number {
  requireInteger(n, "bettingLower", "n", 1, MAX_SAMPLES);
  requireInteger(nA, "bettingLower", "nA", 0, n);
  requireInteger(earlier.n, "bettingLower", "earlier.n", 0, MAX_SAMPLES - n);
  requireInteger(earlier.nA, "bettingLower", "earlier.nA", 0, earlier.n);
  requireThat(alpha > 0 && alpha <= 0.5, "bettingLower", "alpha", "in (0, 1/2]", alpha);
  if (nA === 0) return 0;
  const wanted = nextUp(nextUp(-ln(alpha)));
  let above = nA / n; // here the capital is 1 at most
  let below = above / 2;
  const reaches = (p: number): boolean => logCapital(nA, n, p, earlier) >= wanted;
  while (!reaches(below)) {
    above = below;
    below /= 2;
    if (below < SMALLEST_BOUND) return 0;
  }
  for (let step = 0; step < BISECTIONS; step++) {
    const middle = (below + above) / 2;
    if (reaches(middle)) below = middle;
    else above = middle;
  }
  return below;
}

/**
 * The upper bound, by the same sequence for the failures: 1 - lower(n - nA), rounded up. Lower and upper hold together
 * with probability 1 - 2 alpha.
 */
export function bettingUpper(nA: number, n: number, alpha: number, earlier: EarlierVotes = NONE): number {
  const lower = bettingLower(n - nA, n, alpha, { nA: earlier.n - earlier.nA, n: earlier.n });
  return lower === 0 ? 1 : Math.min(1, nextUp(1 - lower));
}

/** Enough to leave a relative gap of 2^-50. */
const BISECTIONS = 50;
const SMALLEST_BOUND = 1e-290;

/**
 * ln E(p), from below. A bet by earlier votes has the capital that one on all of the votes would have, over that which
 * it would have had after the earlier ones: all else cancels.
 */
function logCapital(nA: number, n: number, p: number, earlier: EarlierVotes): number {
  const all = plainCapital(earlier.nA + nA, earlier.n + n, p);
  if (earlier.n === 0) return all.log - all.error;
  const before = plainCapital(earlier.nA, earlier.n, p);
  const rounding = Number.EPSILON * (Math.abs(all.log) + Math.abs(before.log));
  return all.log - before.log - (all.error + before.error + rounding);
}

/**
 * ln of the capital of the bet without earlier votes, [C(2a, a)/4^a] [C(2b, b)/4^b] / P[Bin(n, p) = a] for a successes
 * and b failures, with its error bound.
 */
function plainCapital(nA: number, n: number, p: number): { log: number; error: number } {
  const parts = [logCentral(nA), logCentral(n - nA)];
  const probability = logProbability(nA, n, p);
  const log = parts[0].log + parts[1].log - probability.log;
  const magnitude = Math.abs(parts[0].log) + Math.abs(parts[1].log) + Math.abs(probability.log);
  return { log, error: parts[0].error + parts[1].error + probability.error + 4 * Number.EPSILON * magnitude };
}
