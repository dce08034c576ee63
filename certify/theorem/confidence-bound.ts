import { bettingLower, bettingUpper } from "../bounds/betting.js";
import { clopperPearsonLower, clopperPearsonUpper } from "../bounds/clopper-pearson.js";
import { type LookSettings, levelAtLook } from "./looks.js";
import type { StopRule } from "./rule.js";

/** Bounds for a number of samples fixed beforehand. */
export const FIXED_BOUNDS = ["clopper-pearson", "randomised-clopper-pearson"] as const;

/**
 * Bounds that hold at all looks of a run together, and so at the one where it stops, for whatever reason. `union` is
 * Clopper and Pearson's at the share of the failure probability that the look spends (see `levelAtLook`), `betting` is
 * `bettingLower` and `bettingUpper`.
 */
export const ANYTIME_BOUNDS = ["union", "betting"] as const;

/** The confidence bounds on a probability, by name; the setting `interval` picks one. */
export const CONFIDENCE_BOUNDS = [...FIXED_BOUNDS, ...ANYTIME_BOUNDS] as const;
export type ConfidenceBound = (typeof CONFIDENCE_BOUNDS)[number];

/** Whether the bounds hold at all looks of a run together. */
export function isAnytime(interval: ConfidenceBound): boolean {
  return ANYTIME_BOUNDS.some((anytime) => anytime === interval);
}

/** The bound that is taken where none is named: the plain one of those that hold under the rule. */
export function usualBound(stop: StopRule): ConfidenceBound {
  return stop.kind === "fixed" ? "clopper-pearson" : "union";
}

/** The two bounds on a probability, each a function of its votes. */
export interface VoteBounds {
  lower(votes: number): number;
  upper(votes: number): number;
}

/**
 * The bounds after `spent` samples, each of which fails with probability `level` at most: at n for a fixed one, at any
 * look of the settings for the others.
 *
 * @param spent a look of the settings @param level in (0, 1/2] @param v draw of a randomised bound, in (0, 1]
 */
export function boundsAt(
  spent: number,
  level: number,
  { interval = "clopper-pearson", ...settings }: LookSettings & { readonly interval?: ConfidenceBound },
  v: number,
): VoteBounds {
  if (interval === "betting") {
    return {
      lower: (votes) => bettingLower(votes, spent, level),
      upper: (votes) => bettingUpper(votes, spent, level),
    };
  }
  const share = interval === "union" ? levelAtLook(spent, level, settings) : level;
  const draw = interval === "randomised-clopper-pearson" ? v : 1;
  return {
    lower: (votes) => clopperPearsonLower(votes, spent, share, draw),
    upper: (votes) => clopperPearsonUpper(votes, spent, share, draw),
  };
}
