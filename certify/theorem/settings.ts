import type { ConfidenceBound } from "./confidence-bound.js";
import type { StopRule } from "./rule.js";

/**
 * Whose probabilities are bounded: that of class A alone, so that the others share the rest at worst; or those of all
 * classes together, at a price in alpha; or, `per-image`, that of class A with all of alpha, or with half of it and the
 * largest of the others with the other half, whichever promises more by the votes of the selection.
 */
export const BOUNDED_CLASSES = ["one-sided", "multi-class", "per-image"] as const;
export type BoundedClasses = (typeof BOUNDED_CLASSES)[number];

/** How CERTIFY draws and what it concludes. */
export interface CertifySettings {
  /**
   * Samples that select the class; integer >= 0. With 0, the `n` samples of the estimation select it too, at a price in
   * alpha.
   */
  readonly n0: number;
  /** Samples that estimate its probability, at most if they may stop earlier; integer of at least `fewestSamples`. */
  readonly n: number;
  /** Failure probability of each certificate, in (0, 1/2]. */
  readonly alpha: number;
  /**
   * Whose probabilities are bounded. `multi-class` is better than `one-sided` where pA is small and the rest is spread
   * over many classes. `per-image` needs n0 > 0, and its radii are as large as those of either, but for a hair
   * @defaultValue `one-sided`
   */
  readonly bound?: BoundedClasses;
  /**
   * By which confidence bound: one of `ANYTIME_BOUNDS` if the run may stop before n.
   *
   * @defaultValue `clopper-pearson`
   */
  readonly interval?: ConfidenceBound;
  /** When the estimation ends. It never affects what a certificate claims. @defaultValue after n samples */
  readonly stop?: StopRule | undefined;
}
