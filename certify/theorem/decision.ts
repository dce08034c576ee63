import { requireInteger, requireThat } from "../../src/index.js";
import { nextDown, nextUp } from "../../src/math/ulp.js";
import { MAX_SAMPLES } from "../bounds/clopper-pearson.js";
import { certifiedRadius, lessDistance, plusDistance } from "../radius.js";
import { argmax } from "../sampling/base-classifier.js";
import { boundsAt, type IntervalKind, isAnytime, type VoteBounds } from "./confidence-bound.js";
import { looksOf } from "./looks.js";
import { FIXED, requireStopRule, type StopRule } from "./rule.js";

/**
 * From votes to a certificate: a function of the votes and the settings alone, so that anyone who has both can derive it again.
 */

/** What PREDICT and CERTIFY return in place of a class when the votes don't decide. */
export const ABSTAIN = -1;

/** Which probabilities are bounded. */
export const BOUNDS = ["one-sided", "multi-class"] as const;
export type BoundKind = (typeof BOUNDS)[number];

/** How CERTIFY draws and what it concludes. */
export interface CertifySettings {
  /** Samples that select the class; integer >= 0. With 0, the `n` samples of the estimation select it too, at a price in alpha. */
  readonly n0: number;
  /** Samples that estimate its probability, at most if they may stop earlier; integer of at least {@link fewestSamples}. */
  readonly n: number;
  /** Failure probability of each certificate, in (0, 1/2]. */
  readonly alpha: number;
  /**
   * `one-sided` bounds the probability of class A alone, so that the others share the rest at worst. `multi-class` bounds all classes together,
   * at a price in alpha: better where pA is small and the rest is spread over many classes.
   * @defaultValue `one-sided`
   */
  readonly bound?: BoundKind;
  /** One of `ANYTIME_INTERVALS` if the run may stop before n. @defaultValue `clopper-pearson` */
  readonly interval?: IntervalKind;
  /** When the estimation ends. It never affects what a certificate claims. @defaultValue after n samples */
  readonly stop?: StopRule | undefined;
}

/** The votes of one image. */
export interface Votes {
  /** By class, of the selection; no element counts if n0 = 0. */
  readonly counts0: ArrayLike<number>;
  /** By class, of the estimation; they add up to n, or to one of the looks before it if the settings let a run stop there. */
  readonly counts: ArrayLike<number>;
  /** The draw of a randomised bound, in (0, 1]; without effect on others. */
  readonly v: number;
}

/** The noise that the votes were drawn under. */
export interface NoiseLaw {
  /** Standard deviation; the radius has its units. */
  readonly sigma: number;
  /** Total variation between the law drawn and the exact one; at least 0. */
  readonly distance: number;
}

/** What votes prove. */
export interface Decision {
  /** The class cAHat, or {@link ABSTAIN}. */
  readonly predict: number;
  /** Certified L2 radius in the units of sigma, rounded down; 0 for an abstention. */
  readonly radius: number;
  /** Votes for cAHat in the estimation. */
  readonly nA: number;
  /** Lower confidence bound on the probability of cAHat under noise. */
  readonly pALower: number;
  /** Upper confidence bound on the probability of every other class; undefined for the one-sided bound, where it is 1 - pALower. */
  readonly pBUpper: number | undefined;
}

/**
 * What the votes prove with probability at least 1 - alpha: that the smoothed classifier returns `predict` on all points nearer than `radius`
 * (Cohen, Rosenfeld and Kolter 2019, Theorem 1 and Proposition 2; docs/soundness.md has the proofs for all settings).
 *
 * @throws ArgumentError for settings out of range, and for votes that no run of these settings ends with
 */
export function decide(votes: Votes, settings: CertifySettings, noise: NoiseLaw): Decision {
  const { counts } = votes;
  const cAHat = selectedClass(votes, settings);
  const nA = counts[cAHat];
  const bounds = boundsOf(votes, settings);
  const pALower = lessDistance(bounds.lower(nA), noise.distance);
  const multiClass = settings.bound === "multi-class";
  const most = multiClass ? bounds.upper(mostOfOthers(counts, cAHat)) : 1;
  const pBUpper = multiClass ? Math.min(plusDistance(most, noise.distance), complementUpper(pALower)) : undefined;
  const certified = pALower > (pBUpper ?? 0.5);
  return {
    predict: certified ? cAHat : ABSTAIN,
    radius: certified ? certifiedRadius(noise.sigma, pALower, pBUpper) : 0,
    nA,
    pALower,
    pBUpper,
  };
}

/** The class that the votes select, be it certified or not. */
export function selectedClass({ counts0, counts }: Pick<Votes, "counts0" | "counts">, { n0 }: CertifySettings): number {
  return argmax(n0 > 0 ? counts0 : counts, 0, counts.length, "decide");
}

/** How many votes there are. */
export function votesIn(counts: ArrayLike<number>): number {
  let sum = 0;
  for (let c = 0; c < counts.length; c++) sum += counts[c];
  return sum;
}

/** The bounds that these votes are under; all of them that a certificate relies on hold together with probability 1 - alpha. */
export function boundsOf({ counts, v }: Pick<Votes, "counts" | "v">, settings: CertifySettings): VoteBounds {
  const spent = votesIn(counts);
  requireThat(
    looksOf(settings).includes(spent),
    "decide",
    "counts",
    `votes that add up to ${looksText(settings)}`,
    spent,
  );
  const level = levelOfEach(settings, counts.length);
  return boundsAt(spent, level, settings, v);
}

/** The numbers of samples that a run can end with, as a part of a sentence. */
export function looksText({ n, stop = FIXED }: Pick<CertifySettings, "n" | "stop">): string {
  return stop.kind === "fixed" ? `n = ${n}` : `n = ${n} or one of the looks before it`;
}

/**
 * The failure probability of each single bound, such that all that a certificate relies on hold together with probability 1 - alpha. Without a
 * selection on noise of its own any class may turn out to be class A, and each of its bounds must hold for every class.
 */
function levelOfEach({ alpha, n0, bound }: CertifySettings, classes: number): number {
  const candidates = n0 > 0 ? 1 : classes;
  const bounds = bound === "multi-class" ? candidates + (n0 > 0 ? classes - 1 : classes) : candidates;
  return bounds === 1 ? alpha : nextDown(alpha / bounds);
}

/** The most votes of a class other than cA. */
export function mostOfOthers(counts: ArrayLike<number>, cA: number): number {
  let most = 0;
  for (let c = 0; c < counts.length; c++) if (c !== cA) most = Math.max(most, counts[c]);
  return most;
}

/** 1 - p, rounded up. */
function complementUpper(p: number): number {
  return p >= 0.5 ? 1 - p : Math.min(1, nextUp(1 - p)); // exact for p in [1/2, 1]
}

/**
 * The largest radius that the settings can certify: when all votes agree (and the draw of a randomised bound is the luckiest). 0 if none can.
 *
 * @param classes number of classes, integer >= 2 @throws ArgumentError for settings out of range
 */
export function largestRadius(settings: CertifySettings, classes: number, noise: NoiseLaw): number {
  return decide(unanimous(settings, classes, Number.MIN_VALUE), settings, noise).radius;
}

/** Votes that all go to the first class. */
export function unanimous({ n0, n }: Pick<CertifySettings, "n0" | "n">, classes: number, v: number): Votes {
  const all = (votes: number): number[] => Array.from({ length: classes }, (_, c) => (c === 0 ? votes : 0));
  return { counts0: all(n0), counts: all(n), v };
}

/** The smallest radius, in units of sigma, that settings must be able to certify. */
const WORTHWHILE_RADIUS = 0.01;

/**
 * The smallest n at which a unanimous vote certifies a radius worth the name, at least sigma/100. It lies at log2(1/alpha) or
 * one above for one bound alone: at alpha = 0.001, ten equal votes prove pA > 0.5012 and so 0.003 sigma, eleven prove 0.085 sigma.
 *
 * @param settings all but n @param classes number of classes, integer >= 2
 */
export function fewestSamples(settings: Omit<CertifySettings, "n">, classes: number): number {
  const radius = (n: number): number =>
    decide(unanimous({ ...settings, n }, classes, 1), { ...settings, n }, { sigma: 1, distance: 0 }).radius;
  let n = Math.max(1, Math.floor(-Math.log2(settings.alpha)));
  while (radius(n) < WORTHWHILE_RADIUS) n++;
  return n;
}

/** @throws ArgumentError for settings out of range or at odds, or with which even n equal votes certify next to nothing */
export function requireCertifiable(settings: CertifySettings, classes: number): void {
  const { n0, n, alpha, interval = "clopper-pearson", stop = FIXED } = settings;
  requireInteger(n0, "certify", "n0", 0, MAX_SAMPLES);
  requireInteger(n, "certify", "n", 1, MAX_SAMPLES);
  requireThat(alpha > 0 && alpha <= 0.5, "certify", "alpha", "in (0, 1/2]", alpha);
  requireStopRule(stop, "certify");
  requireThat(
    stop.kind === "fixed" || isAnytime(interval),
    "certify",
    "interval",
    `union or betting where the samples stop by a rule (${stop.kind})`,
    interval,
    "A bound for a fixed number of samples would fail more often than alpha",
  );
  const fewest = fewestSamples(settings, classes);
  requireThat(
    n >= fewest,
    "certify",
    "n",
    `at least ${fewest} for alpha = ${alpha}`,
    n,
    "With fewer samples even a unanimous vote certifies nothing worth the name, and almost every answer is an abstention. Take n = 1000 or more",
  );
}
