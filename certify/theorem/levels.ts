import { nextDown, type Theorem } from "../../src/core.js";
import { clopperPearsonLower, clopperPearsonUpper } from "../bounds/clopper-pearson.js";
import type { CertifySettings } from "./settings.js";
import { mostOfOthers, mostVoted, type Votes } from "./votes.js";

/** Which bounds a certificate relies on, and what each may spend of alpha: fixed before the estimation's first vote. */
export interface Reliance {
  /** Whether the classes other than A have bounds of their own; else the largest may have all that A leaves. */
  readonly others: boolean;
  /** The failure probability of each bound, such that all that are relied on hold with probability 1 - alpha. */
  readonly level: number;
}

/** What the certificate of these votes relies on; the votes of the estimation don't matter. */
export function relianceOf(votes: Votes, settings: CertifySettings, theorem: Theorem): Reliance {
  const { alpha, n0, bound } = settings;
  const perImage = bound === "per-image" && n0 > 0;
  const others = perImage ? othersPromiseMore(votes.counts0, settings, theorem) : bound === "multi-class";
  const bounds = perImage ? perImageBounds(others) : boundsByClass(others, n0, votes.counts.length);
  return { others, level: bounds === 1 ? alpha : nextDown(alpha / bounds) };
}

/**
 * How many bounds may fail where those to rely on were chosen by the selection: A's lower bound, and the upper bound of
 * the one class that is the most probable of the others. The largest of all upper bounds is at least that one's.
 */
function perImageBounds(others: boolean): number {
  return others ? 2 : 1;
}

/**
 * The same with a bound for every class. Without a selection on noise of its own any class may turn out to be class A,
 * and each of its bounds must hold for every class.
 */
function boundsByClass(others: boolean, n0: number, classes: number): number {
  const candidates = n0 > 0 ? 1 : classes;
  return others ? candidates + (n0 > 0 ? classes - 1 : classes) : candidates;
}

/**
 * Whether n samples promise a radius at least as large if class A and the others are bounded at half of alpha each as
 * if A alone is at all of it. A is taken to get the share of votes that the selection gave it. If b of the m votes for
 * others went to the largest of them, that is taken to get (b + 1/2) / (m + 1) of their share (Krichevsky and Trofimov
 * 1981): few votes don't say that there is no third class.
 */
function othersPromiseMore(counts0: ArrayLike<number>, { n0, n, alpha }: CertifySettings, theorem: Theorem): boolean {
  const cA = mostVoted(counts0);
  const others = n0 - counts0[cA];
  if (counts0.length === 2 || others === 0) return false; // The largest of the others may have all that A leaves.
  const votes = (share: number): number => Math.round(n * share);
  const nA = votes(counts0[cA] / n0);
  const nB = votes(((others / n0) * (mostOfOthers(counts0, cA) + 0.5)) / (others + 1));
  const alone = theorem.radius(clopperPearsonLower(nA, n, alpha));
  const both = theorem.radius(clopperPearsonLower(nA, n, alpha / 2), clopperPearsonUpper(nB, n, alpha / 2));
  return both >= alone;
}
