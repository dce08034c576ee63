import { nextUp, requireThat, type SampledTheorem } from "../../src/core.js";
import { boundsAt, type ClassBounds } from "./confidence-bound.js";
import { lessDistance, plusDistance } from "./distance.js";
import { relianceOf } from "./levels.js";
import { looksOf, looksText } from "./looks.js";
import type { CertifySettings } from "./settings.js";
import { mostVoted, unanimous, type Votes, votesIn } from "./votes.js";

/**
 * From votes to a certificate: a function of the votes, the settings and the theorem alone, so that anyone who has them
 * can derive it again.
 */

/** What PREDICT and CERTIFY return in place of a class when the votes don't decide. */
export const ABSTAIN = -1;

/** What votes prove. */
export interface Decision {
  /** The class cAHat, or {@link ABSTAIN}. */
  readonly predict: number;
  /** Certified radius in the theorem's norm, in the units of sigma, rounded down; 0 for an abstention. */
  readonly radius: number;
  /** Votes for cAHat in the estimation. */
  readonly nA: number;
  /** Lower confidence bound on the probability of cAHat under noise. */
  readonly pALower: number;
  /**
   * Upper confidence bound on the probability of every other class; undefined for the one-sided bound, where it is
   * 1 - pALower.
   */
  readonly pBUpper: number | undefined;
}

/**
 * What the votes prove with probability at least 1 - alpha: that the smoothed classifier returns `predict` on all
 * points nearer than `radius` in the theorem's norm (for Gaussian noise Cohen, Rosenfeld and Kolter 2019, Theorem 1 and
 * Proposition 2; docs/soundness.md has the proofs for all settings).
 *
 * @throws ArgumentError for settings out of range, and for votes that no run of these settings ends with
 */
export function decide(votes: Votes, settings: CertifySettings, theorem: SampledTheorem): Decision {
  return decisionBy(boundsOf(votes, settings, theorem), votes, settings, theorem);
}

/**
 * What the votes so far prove, after any number of samples: with probability at least 1 - alpha all decisions of a run
 * hold, one after each sample, whenever and why ever one looks. At a look it is that of {@link decide}. It takes a
 * bound that holds at all numbers of samples together, `betting` or `betting-prior`; `union` holds at the looks alone.
 *
 * @param votes of the estimation there are between 1 and n
 * @throws ArgumentError for another bound, and for more votes than n or none
 */
export function decisionSoFar(votes: Votes, settings: CertifySettings, theorem: SampledTheorem): Decision {
  return decisionBy(boundsSoFar(votes, settings, theorem), votes, settings, theorem);
}

function decisionBy(
  bounds: CertificateBounds,
  votes: Votes,
  settings: CertifySettings,
  theorem: SampledTheorem,
): Decision {
  const cAHat = selectedClass(votes, settings);
  const nA = votes.counts[cAHat];
  const pALower = lessDistance(bounds.lower(cAHat), theorem.distance);
  const most = bounds.others ? Math.max(...bounds.rivals(cAHat).map(bounds.upper)) : 1;
  const pBUpper = bounds.others ? Math.min(plusDistance(most, theorem.distance), complementUpper(pALower)) : undefined;
  const certified = pALower > (pBUpper ?? 0.5);
  return {
    predict: certified ? cAHat : ABSTAIN,
    radius: certified ? theorem.radius(pALower, pBUpper) : 0,
    nA,
    pALower,
    pBUpper,
  };
}

/** The class that the votes select, be it certified or not. */
export function selectedClass({ counts0, counts }: Pick<Votes, "counts0" | "counts">, { n0 }: CertifySettings): number {
  return mostVoted(n0 > 0 ? counts0 : counts);
}

/** The bounds that a certificate relies on. */
export interface CertificateBounds extends ClassBounds {
  /** Whether those of classes other than A are among them. */
  readonly others: boolean;
}

/**
 * The bounds that these votes are under; all of them that a certificate relies on hold together with probability
 * 1 - alpha.
 */
export function boundsOf(votes: Votes, settings: CertifySettings, theorem: SampledTheorem): CertificateBounds {
  const spent = votesIn(votes.counts);
  requireThat(
    looksOf(settings).includes(spent),
    "decide",
    "counts",
    `votes that add up to ${looksText(settings)}`,
    spent,
  );
  return reliedOn(votes, settings, theorem);
}

/** The bounds of {@link decisionSoFar}. */
export function boundsSoFar(votes: Votes, settings: CertifySettings, theorem: SampledTheorem): CertificateBounds {
  const { interval, n } = settings;
  const whenever = interval === "betting" || interval === "betting-prior";
  requireThat(whenever, "decisionSoFar", "interval", "betting or betting-prior", interval);
  const spent = votesIn(votes.counts);
  requireThat(spent >= 1 && spent <= n, "decisionSoFar", "counts", `between 1 and ${n} votes`, spent);
  return reliedOn(votes, settings, theorem);
}

function reliedOn(votes: Votes, settings: CertifySettings, theorem: SampledTheorem): CertificateBounds {
  const { others, level } = relianceOf(votes, settings, theorem);
  return { others, ...boundsAt(votes, level, settings) };
}

/** 1 - p, rounded up. */
function complementUpper(p: number): number {
  return p >= 0.5 ? 1 - p : Math.min(1, nextUp(1 - p)); // exact for p in [1/2, 1]
}

/**
 * The largest radius that the settings can certify: when all votes agree (and the draw of a randomised bound is the
 * luckiest). 0 if none can.
 *
 * @param classes number of classes, integer >= 2 @throws ArgumentError for settings out of range
 */
export function largestRadius(settings: CertifySettings, classes: number, theorem: SampledTheorem): number {
  return decide(unanimous(settings, classes, Number.MIN_VALUE), settings, theorem).radius;
}
