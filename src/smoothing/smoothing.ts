import type { PixelType } from "../data/dataset.js";
import type { NoiseSource } from "../noise/source.js";

/**
 * The contract of a smoothing law: noise, and the theorem that says what a vote under it proves. Each law is one file
 * of this folder and one entry of `LAWS`.
 */

/** The norms of perturbations that theorems speak of. */
export const NORMS = ["l1", "l2"] as const;
export type Norm = (typeof NORMS)[number];

/** A norm as it is written in tables and figures: `L2`. */
export function normName(norm: Norm): string {
  return norm.toUpperCase();
}

/** What the probabilities of classes under the exact law prove: nothing here is bound to data or votes. */
export interface Theorem {
  /** The norm of the perturbations that `radius` speaks of. */
  readonly norm: Norm;
  /**
   * The certified radius, rounded down: all perturbations of a smaller norm leave class A the most probable one. 0
   * where pALower <= pBUpper.
   *
   * @param pALower at most the probability of class A, in [0, 1)
   * @param pBUpper at least that of every other class, in (0, 1]; left out, it is 1 - pALower
   */
  radius(pALower: number, pBUpper?: number): number;
  /**
   * The inverse question, which stopping and refutation ask: what no number of samples would certify. The radius of
   * these probabilities, rounded up; Infinity where they leave it open.
   *
   * @param pAUpper at least the probability of class A, in (0, 1]
   * @param pBLower at most that of the runner-up, in [0, 1); left out, it is 1 - pAUpper
   */
  radiusLimit(pAUpper: number, pBLower?: number): number;
}

/** A theorem beside what was sampled: all that turns votes into certificates. */
export interface SampledTheorem extends Theorem {
  /**
   * Total variation, at most, between the law of a copy and the one of the theorem; 0 also where no bound is known, and
   * certificates hold up to the rounding of floating-point noise.
   */
  readonly distance: number;
}

/** Noise of one scale with its theorem: what a classifier is smoothed with. */
export interface Smoothing extends NoiseSource, Theorem {}

/** A law of smoothing, at every scale. */
export interface Law {
  /** Names the law and the version of its stream in logs; one changed bit of the stream changes it. */
  readonly id: string;
  /** Its name on the command line, which laws for other types of pixels share: `gaussian`. */
  readonly noise: string;
  /** What the noise is and what it proves, as a part of a sentence. */
  readonly description: string;
  /** The types of pixels that it is the law of choice for. */
  readonly pixelTypes: readonly PixelType[];
  /** @param sigma standard deviation in units of pixels in [0, 1], or of a table's values; above 0 */
  theorem(sigma: number): Theorem;
  /** @throws ArgumentError for a sigma out of the law's range */
  smoothing(sigma: number): Smoothing;
}

/** The theorem of a smoothing for inputs of `dimension` pixels. */
export function sampledTheorem(smoothing: Smoothing, dimension: number): SampledTheorem {
  const { norm, radius, radiusLimit } = smoothing;
  return { norm, radius, radiusLimit, distance: smoothing.distance?.(dimension) ?? 0 };
}
