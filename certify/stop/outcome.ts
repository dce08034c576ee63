import type { SampledTheorem } from "../../src/core.js";
import { boundsOf, decide, selectedClass } from "../theorem/decision.js";
import { lessDistance, plusDistance } from "../theorem/distance.js";
import type { CertifySettings } from "../theorem/settings.js";
import { mostVotedOther, type Votes } from "../theorem/votes.js";
import { certifies } from "./stopping.js";

/**
 * What the votes of a run say of a radius: that it is certified; that no number of samples would certify it (but for a
 * probability alpha); or neither.
 */
export const OUTCOMES = ["certified", "refuted", "undecided"] as const;
export type Outcome = (typeof OUTCOMES)[number];

/**
 * The outcome at each radius, in the units of sigma. "Refuted" fails with probability alpha at most, by itself, as
 * "certified" does.
 */
export function outcomesAt(
  radii: readonly number[],
  votes: Votes,
  settings: CertifySettings,
  theorem: SampledTheorem,
): Outcome[] {
  const decision = decide(votes, settings, theorem);
  const limit = radiusLimit(votes, settings, theorem);
  return radii.map((radius) => {
    if (certifies(decision, radius)) return "certified";
    return limit < radius || (radius === 0 && limit === 0) ? "refuted" : "undecided";
  });
}

/**
 * What the certified radius tends to, at most, as samples are added without end: that of the upper bound on class A's
 * probability, and with bounds on all classes the lower bound on the rival's. 0 where an abstention is certain.
 */
function radiusLimit(votes: Votes, settings: CertifySettings, theorem: SampledTheorem): number {
  const cA = selectedClass(votes, settings);
  const bounds = boundsOf(votes, settings, theorem);
  const pAUpper = plusDistance(bounds.upper(cA), theorem.distance);
  if (!bounds.others) return theorem.radiusLimit(pAUpper);
  // At half of alpha a lower bound holds for one class named beforehand; the largest of several would fail more often.
  const rivals = settings.bound === "per-image" ? [mostVotedOther(votes.counts0, cA)] : bounds.rivals(cA);
  const pBLower = lessDistance(Math.max(...rivals.map(bounds.lower)), theorem.distance);
  return theorem.radiusLimit(pAUpper, pBLower);
}
