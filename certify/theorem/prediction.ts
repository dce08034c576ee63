import { exp } from "../../src/core.js";
import { logUpperTail } from "../bounds/binomial-tail.js";
import { ABSTAIN } from "./decision.js";
import { mostOfOthers, mostVoted } from "./votes.js";

/** The answer of PREDICT. */
export interface Prediction {
  /** The class, or {@link ABSTAIN}. */
  readonly predict: number;
  /** Votes by class. */
  readonly counts: Uint32Array;
}

/**
 * What n votes predict at level alpha: the class with most of them, or {@link ABSTAIN} (Cohen et al. 2019, Proposition
 * 1; the test is Hung and Fithian's).
 *
 * @param distance total variation between the law of a copy and the exact one
 */
export function predictionOf(counts: Uint32Array, n: number, alpha: number, distance: number): number {
  const cA = mostVoted(counts);
  const pValue = binomialTestPValue(counts[cA], mostOfOthers(counts, cA)) + n * distance;
  return pValue <= alpha ? cA : ABSTAIN;
}

/**
 * The two-sided p-value of the exact binomial test that nA >= nB votes came from a fair coin, from above:
 * 2 P[Bin(nA + nB, 1/2) >= nA], at most 1.
 */
export function binomialTestPValue(nA: number, nB: number): number {
  if (nA <= nB) return 1;
  const tail = logUpperTail(nA, nA + nB, 0.5);
  return Math.min(1, 2 * exp(tail.log + tail.error));
}
