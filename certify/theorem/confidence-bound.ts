import { bettingLower, bettingUpper, type EarlierVotes } from "../bounds/betting.js";
import { clopperPearsonLower, clopperPearsonUpper } from "../bounds/clopper-pearson.js";
import { type LookSettings, levelAtLook } from "./looks.js";
import type { StopRule } from "./rule.js";
import { mostVotedOther, othersByVotes, type Votes, votesIn } from "./votes.js";

/** Bounds for a number of samples fixed beforehand. */
export const FIXED_BOUNDS = ["clopper-pearson", "randomised-clopper-pearson"] as const;

/**
 * Bounds that hold at all looks of a run together, and so at the one where it stops, for whatever reason. `union` is
 * Clopper and Pearson's at the share of the failure probability that the look spends (see `levelAtLook`), `betting` is
 * `bettingLower` and `bettingUpper`, and `betting-prior` the same with the votes of the selection as the earlier ones.
 */
export const ANYTIME_BOUNDS = ["union", "betting", "betting-prior"] as const;

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

/** The two bounds on the probability of a class, each a function of the class. */
export interface ClassBounds {
  lower(c: number): number;
  upper(c: number): number;
  /** Classes other than cA: those one of which has the largest bounds of them. */
  rivals(cA: number): readonly number[];
}

/** What the bounds depend on. */
interface BoundSettings extends LookSettings {
  readonly n0: number;
  readonly interval?: ConfidenceBound;
}

/**
 * The bounds that votes give, each of which fails with probability `level` at most: at n for a fixed one, at any look
 * of the settings for the others.
 *
 * @param votes those of the estimation add up to a look of the settings @param level in (0, 1/2]
 */
export function boundsAt(
  votes: Votes,
  level: number,
  { interval = "clopper-pearson", ...settings }: BoundSettings,
): ClassBounds {
  const { counts, counts0 } = votes;
  const spent = votesIn(counts);
  if (interval === "betting-prior" && settings.n0 > 0) {
    const earlier = (c: number): EarlierVotes => ({ nA: counts0[c], n: settings.n0 });
    return {
      lower: (c) => bettingLower(counts[c], spent, level, earlier(c)),
      upper: (c) => bettingUpper(counts[c], spent, level, earlier(c)),
      rivals: (cA) => othersByVotes(votes, cA),
    };
  }
  const rivals = (cA: number): readonly number[] => [mostVotedOther(counts, cA)];
  if (interval === "betting" || interval === "betting-prior") {
    return {
      lower: (c) => bettingLower(counts[c], spent, level),
      upper: (c) => bettingUpper(counts[c], spent, level),
      rivals,
    };
  }
  const share = interval === "union" ? levelAtLook(spent, level, settings) : level;
  const draw = interval === "randomised-clopper-pearson" ? votes.v : 1;
  return {
    lower: (c) => clopperPearsonLower(counts[c], spent, share, draw),
    upper: (c) => clopperPearsonUpper(counts[c], spent, share, draw),
    rivals,
  };
}
