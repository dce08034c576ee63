import { normalUpperTail } from "smoothcert";
import { FALSE_FAILURE } from "./statistics.js";

export interface ChiSquare {
  readonly statistic: number;
  readonly freedom: number;
}

/** Pearson's statistic of counts whose expectations are known: none was fitted. */
export function chiSquareOf(counts: ArrayLike<number>, expected: readonly number[]): ChiSquare {
  const statistic = expected.reduce((sum, e, i) => sum + (counts[i] - e) ** 2 / e, 0);
  return { statistic, freedom: expected.length - 1 };
}

/** What a chi-square variable exceeds with probability FALSE_FAILURE at most (Laurent and Massart 2000, Lemma 1). */
export function largestChiSquare(freedom: number): number {
  const x = -Math.log(FALSE_FAILURE);
  return freedom + 2 * Math.sqrt(freedom * x) + 2 * x;
}

/**
 * Statistic, freedom and p-value in words; the p-value is Wilson and Hilferty's approximation (1931), for reading only.
 */
export function describeChiSquare({ statistic, freedom }: ChiSquare): string {
  const variance = 2 / (9 * freedom);
  const p = normalUpperTail((Math.cbrt(statistic / freedom) - 1 + variance) / Math.sqrt(variance));
  return `chi-square ${statistic.toFixed(1)} at ${freedom} degrees of freedom, p = ${p.toPrecision(3)}`;
}
