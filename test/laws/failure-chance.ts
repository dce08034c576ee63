import jstat from "jstat";
import { normalQuantile } from "smoothcert";
import { binomialPmf, binomialTails } from "./statistics.js";

/** How often confidence bounds fail, from the binomial alone: nothing here is shared with the bounds of the package. */

/** A lower confidence bound from n votes. */
export interface LowerBound {
  readonly n: number;
  /** Its failure probability. */
  readonly level: number;
  /**
   * Whether it is the randomised one, with its draw counted as twice the level at least; else Clopper and Pearson's.
   */
  readonly randomised: boolean;
}

/**
 * The probability that the lower bound on p is above `limit`. k votes give a bound above it if their tail at the limit,
 * P[Bin(n, limit) > k] + v P[Bin(n, limit) = k], is below the level.
 */
export function exceedingChance(p: number, limit: number, { n, level, randomised }: LowerBound): number {
  const [votes, atLimit, tails] = [binomialPmf(n, p), binomialPmf(n, limit), binomialTails(n, limit)];
  let chance = 0;
  for (let k = Math.ceil(limit * n); k <= n; k++) {
    const largestDraw = (level - tails[k + 1]) / atLimit[k];
    const share = largestDraw <= 2 * level ? 0 : Math.min(1, largestDraw);
    chance += votes[k] * (randomised ? share : Math.floor(share));
  }
  return chance;
}

/** Three classes: that of the certificate, and two others with probabilities pB and 1 - pA - pB. */
export interface ThreeClasses {
  readonly pA: number;
  readonly pB: number;
}

const known = new Map<string, Float64Array>();

/** Phi^-1 of Clopper and Pearson's lower bound from k of n votes, for each k; computed once. */
function lowerQuantiles(n: number, level: number): Float64Array {
  const key = `${n} ${level}`;
  const found =
    known.get(key) ??
    Float64Array.from({ length: n + 1 }, (_, k) =>
      k === 0 ? -Infinity : normalQuantile(jstat.beta.inv(level, k, n - k + 1)),
    );
  known.set(key, found);
  return found;
}

/**
 * The probability that class A is certified beyond `limit` (in units of sigma) when all classes are bounded, each at
 * `level`, by Clopper and Pearson: a sum over the votes of all three.
 */
export function exceedingChanceOfThree({ pA, pB }: ThreeClasses, limit: number, n: number, level: number): number {
  const lower = lowerQuantiles(n, level);
  const votes = binomialPmf(n, pA);
  let chance = 0;
  for (let nA = 1; nA <= n; nA++) {
    if (votes[nA] < 1e-15) continue;
    const rest = n - nA;
    binomialPmf(rest, pB / (1 - pA)).forEach((share, nB) => {
      const rival = Math.min(-lower[n - Math.max(nB, rest - nB)], -lower[nA]);
      if (lower[nA] - rival > 2 * limit) chance += votes[nA] * share;
    });
  }
  return chance;
}
