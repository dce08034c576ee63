import { requireThat } from "smoothcert";

/**
 * Whether two methods differ, by models of several seeds on the same test images. Both are draws: other images, and
 * other trainings, would have given another difference.
 */

/** The 0.975-quantiles of Student's t with 1, 2, ... degrees of freedom (Abramowitz and Stegun, table 26.10). */
const STUDENT = [12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262];

/**
 * Whether the mean of differences d[seed][image] is beyond chance at the 5 % level, over images and seeds. Its variance
 * is at most the sum of two: that of the means per image, divided by their number, and that of the means per seed,
 * likewise. (Of d = image + seed + rest the part of the rest counts twice.) The quantile is that of the seeds alone,
 * the larger of the two. So the level is kept, and more than kept.
 *
 * @param differences at least one row, all of one length of at least 2; of a single seed nothing is told
 */
export function isBeyondChance(differences: readonly (readonly number[])[]): boolean {
  const [first] = differences;
  const isTable = differences.every(({ length }) => length === first.length);
  requireThat(isTable, "isBeyondChance", "differences", "a row of the same images for each seed", undefined);
  if (differences.length < 2) return false;
  const quantile = STUDENT[Math.min(differences.length - 1, STUDENT.length) - 1];
  const bySeed = differences.map(meanOf);
  const byImage = first.map((_, i) => meanOf(differences.map((row) => row[i])));
  const squaredError = varianceOf(bySeed) / bySeed.length + varianceOf(byImage) / byImage.length;
  return Math.abs(meanOf(bySeed)) > quantile * Math.sqrt(squaredError);
}

function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function varianceOf(values: readonly number[]): number {
  const mean = meanOf(values);
  return values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1);
}
