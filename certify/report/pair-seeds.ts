/** Two training methods compared by models of several seeds on the same images. */

import { requireThat } from "../../src/core.js";
import { type Interval, isCertifiedRight } from "./curve.js";
import { type PairedAccuracy, type PairedLog, pairLogs, requireSameNorm, sharedRows } from "./pair-logs.js";
import { sharedImages } from "./shared-images.js";
import { MAX_DEGREES, studentQuantile } from "./student.js";

/** Two methods at one radius, with the interval of their difference over images and seeds. */
export interface SeedsAccuracy extends Interval {
  readonly radius: number;
  /** Certified accuracies in [0, 1], the means over seeds. */
  readonly first: number;
  readonly second: number;
  /** That of the first less that of the second, in [-1, 1]. */
  readonly difference: number;
  /** The standard deviation of the difference between seeds. */
  readonly deviation: number;
  /** The two models of each seed. */
  readonly seeds: readonly PairedAccuracy[];
}

/** What the models of two methods say of each other. */
export interface SeedsComparison {
  /** How many images all logs have: all that is compared. */
  readonly images: number;
  readonly radii: readonly SeedsAccuracy[];
}

/**
 * Certified accuracy of two methods, radius by radius, by models of several seeds: of each seed one of the first method
 * and one of the second.
 *
 * The interval is about the choice of the N images and of the S seeds, if both are independent draws: the mean
 * difference plus or minus the square root of three squares' sum. The first is the half-width of Student's interval of
 * the S means per seed, the second that of the N means per image: of a difference = seed's part + image's part + rest,
 * the rest counts twice. The third is ln(2 / (1 - confidence)) / N, the share of images that may differ though none of
 * N does. All of this is approximate: no exact interval over both is known. It is for its radius by itself, and says
 * nothing of alpha.
 *
 * @param pairs at least two seeds @param radii in [0, infinity) @param confidence of each interval, in (0, 1)
 * @throws FileError where the logs are about other data, labels or norms, or have no image in common
 * @throws ArgumentError for arguments out of range
 */
export function pairSeeds(
  pairs: readonly (readonly [PairedLog, PairedLog])[],
  radii: readonly number[],
  confidence: number,
): SeedsComparison {
  requireThat(pairs.length >= 2, "pairSeeds", "pairs", "those of at least 2 seeds", pairs.length);
  const logs = pairs.flat();
  for (const log of logs) requireSameNorm(logs[0], log);
  const shared = sharedImages(logs);
  const cut = (log: PairedLog): PairedLog => ({ ...log, rows: sharedRows(log, shared) });
  const models = pairs.map(([first, second]) => [cut(first), cut(second)] as const);
  const each = models.map((pair) => pairLogs(pair, radii, confidence).radii);
  return {
    images: shared.size,
    radii: radii.map((radius, i) => {
      const differences = models.map(([first, second]) =>
        first.rows.map(
          (row, k) => Number(isCertifiedRight(row, radius)) - Number(isCertifiedRight(second.rows[k], radius)),
        ),
      );
      const seeds = each.map((at) => at[i]);
      const share = (of: (at: PairedAccuracy) => number): number => meanOf(seeds.map(of)) / shared.size;
      return {
        radius,
        first: share(({ both, onlyFirst }) => both + onlyFirst),
        second: share(({ both, onlySecond }) => both + onlySecond),
        ...overSeedsAndImages(differences, confidence),
        seeds,
      };
    }),
  };
}

/** Mean and interval of differences d[seed][image]. */
function overSeedsAndImages(
  differences: readonly (readonly number[])[],
  confidence: number,
): Interval & { readonly difference: number; readonly deviation: number } {
  const bySeed = differences.map(meanOf);
  const byImage = differences[0].map((_, i) => meanOf(differences.map((row) => row[i])));
  const [ofSeeds, ofImages] = [bySeed, byImage].map((means) => studentHalfWidth(means, confidence));
  const half = Math.hypot(ofSeeds, ofImages, Math.log(2 / (1 - confidence)) / byImage.length);
  const difference = meanOf(bySeed);
  return {
    difference,
    deviation: Math.sqrt(varianceOf(bySeed)),
    lower: Math.max(-1, difference - half),
    upper: Math.min(1, difference + half),
  };
}

/** Of Student's interval of a mean; infinite where a single value tells nothing of its variance. */
function studentHalfWidth(values: readonly number[], confidence: number): number {
  if (values.length < 2) return Infinity;
  const degrees = Math.min(values.length - 1, MAX_DEGREES);
  return studentQuantile(confidence, degrees) * Math.sqrt(varianceOf(values) / values.length);
}

function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Without bias, of at least two values. */
function varianceOf(values: readonly number[]): number {
  const mean = meanOf(values);
  return values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1);
}
