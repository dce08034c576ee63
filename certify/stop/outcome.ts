import { nextUp } from "../../src/math/ulp.js";
import { lessDistance, normalQuantileLower, normalQuantileUpper, plusDistance } from "../radius.js";
import {
  boundsOf,
  type CertifySettings,
  decide,
  mostOfOthers,
  type NoiseLaw,
  selectedClass,
  type Votes,
} from "../theorem/decision.js";
import { certifies } from "./stopping.js";

/**
 * What the votes of a run say of a radius: that it is certified; that no number of samples would certify it (but for a probability alpha); or neither.
 */
export const OUTCOMES = ["certified", "refuted", "undecided"] as const;
export type Outcome = (typeof OUTCOMES)[number];

/** The outcome at each radius, in the units of sigma. "Refuted" fails with probability alpha at most, by itself, as "certified" does. */
export function outcomesAt(
  radii: readonly number[],
  votes: Votes,
  settings: CertifySettings,
  noise: NoiseLaw,
): Outcome[] {
  const decision = decide(votes, settings, noise);
  const limit = radiusLimit(votes, settings, noise);
  return radii.map((radius) => {
    if (certifies(decision, radius)) return "certified";
    return limit < radius || (radius === 0 && limit === 0) ? "refuted" : "undecided";
  });
}

/**
 * What the certified radius tends to, at most, as samples are added without end: that of the upper bound on class A's probability, and with bounds on all classes
 * the lower bound on the rival's. 0 where an abstention is certain.
 */
function radiusLimit(votes: Votes, settings: CertifySettings, noise: NoiseLaw): number {
  const cA = selectedClass(votes, settings);
  const bounds = boundsOf(votes, settings);
  const pAUpper = plusDistance(bounds.upper(votes.counts[cA]), noise.distance);
  if (pAUpper === 1) return Infinity;
  if (settings.bound !== "multi-class") return pAUpper <= 0.5 ? 0 : nextUp(noise.sigma * normalQuantileUpper(pAUpper));
  const pBLower = lessDistance(bounds.lower(mostOfOthers(votes.counts, cA)), noise.distance);
  if (pBLower === 0) return Infinity;
  const gap = nextUp(normalQuantileUpper(pAUpper) - normalQuantileLower(pBLower));
  return Math.max(0, nextUp((noise.sigma / 2) * gap));
}
