/** Two classifiers on the same images: exact inference on the difference of their certified accuracies. */

import { nextDown, nextUp, requireInteger, requireThat } from "../../src/core.js";
import { logUpperTail } from "../bounds/binomial-tail.js";
import { clopperPearsonLower, clopperPearsonUpper, MAX_SAMPLES } from "../bounds/clopper-pearson.js";
import type { Interval } from "./curve.js";

/**
 * The share of the failure probability that goes to the share of images on which the two differ; the rest goes to who
 * wins there, which matters more.
 */
const DISCORDANCE_SHARE = 0.1;

/**
 * A confidence interval for the difference pi_A - pi_B of two success probabilities, from paired trials: it covers the
 * difference with at least the given confidence, for any number of trials.
 *
 * The difference is d (2 w - 1), with d the probability that a pair differs and w that A is then the one that succeeds.
 * Given how many pairs differ, A's wins are Bin(that many, w), which McNemar's test (1947) rests on; their number is
 * Bin(trials, d). Each end takes the Clopper-Pearson bounds (1934) on w and d that are worst for it, at nine tenths and
 * one tenth of its failure probability (Bonferroni). For w <= 1/2 the lower end can only fail by the bound on w or the
 * upper bound on d, for w > 1/2 only by the bound on w or the lower bound on d, so that each end fails with probability
 * (1 - confidence)/2 at most. Fay and Lumbard (Statistics in Medicine 40, 2021) meld bounds on the same two, for a
 * shorter interval.
 *
 * The interval leaves out 0 just where {@link mcnemarPValue} is less than 0.9 (1 - confidence).
 *
 * @param onlyFirst trials in which A alone succeeds @param onlySecond those in which B alone does
 * @param trials all of them, integer in [1, 2^30]
 * @param confidence in (0, 1), for instance 0.95
 * @throws ArgumentError for arguments out of range
 */
export function pairedInterval(onlyFirst: number, onlySecond: number, trials: number, confidence: number): Interval {
  const where = "pairedInterval";
  requireInteger(trials, where, "trials", 1, MAX_SAMPLES);
  requireInteger(onlyFirst, where, "onlyFirst", 0, trials);
  requireInteger(onlySecond, where, "onlySecond", 0, trials - onlyFirst);
  requireThat(confidence > 0 && confidence < 1, where, "confidence", "in (0, 1)", confidence);
  const tail = (1 - confidence) / 2;
  return {
    lower: lowerEnd(onlyFirst, onlyFirst + onlySecond, trials, tail),
    upper: -lowerEnd(onlySecond, onlyFirst + onlySecond, trials, tail),
  };
}

/** The lower end of the difference in favour of the one who wins `wins` of the pairs that differ, rounded down. */
function lowerEnd(wins: number, differing: number, trials: number, tail: number): number {
  const share = tail * DISCORDANCE_SHARE;
  const winning = differing === 0 ? 0 : clopperPearsonLower(wins, differing, nextDown(tail - share));
  const advantage = nextDown(2 * winning - 1);
  const difference =
    advantage < 0
      ? clopperPearsonUpper(differing, trials, share) * advantage
      : clopperPearsonLower(differing, trials, share) * advantage;
  return Math.max(-1, nextDown(difference));
}

/**
 * McNemar's exact test of equal success probabilities (1947): the two-sided p-value, twice the smaller binomial tail of
 * the pairs that differ at 1/2, and 1 at most. Under the null hypothesis it is at most x with probability at most x,
 * for every x. Rounded up.
 *
 * @param onlyFirst trials in which A alone succeeds, integer >= 0 @param onlySecond those in which B alone does; both
 * together at most 2^30
 * @throws ArgumentError for arguments out of range
 */
export function mcnemarPValue(onlyFirst: number, onlySecond: number): number {
  requireInteger(onlyFirst, "mcnemarPValue", "onlyFirst", 0, MAX_SAMPLES);
  requireInteger(onlySecond, "mcnemarPValue", "onlySecond", 0, MAX_SAMPLES - onlyFirst);
  if (onlyFirst === onlySecond) return 1;
  const tail = logUpperTail(Math.max(onlyFirst, onlySecond), onlyFirst + onlySecond, 0.5);
  return Math.min(1, nextUp(nextUp(nextUp(2 * Math.exp(nextUp(tail.log + tail.error))))));
}
