/** What is reported of a certification log: its summary figures, its curve, and each value's confidence interval. */

import type { LogRow } from "../log/row.js";
import {
  abstentions,
  averageCertifiedRadius,
  binomialInterval,
  type CurveStep,
  certifiedCount,
  certifiedCurve,
  type Interval,
} from "./curve.js";

/**
 * Certified accuracy at one radius, or over one step of the curve, with its interval over the choice of test points.
 */
export interface CertifiedAccuracy extends CurveStep, Interval {}

/** The figures of one log. */
export interface CurveSummary {
  /** Test points in the log. */
  readonly points: number;
  /** Points without a prediction; they count as wrong everywhere. */
  readonly abstentions: number;
  /** Certified accuracy at radius 0. */
  readonly clean: CertifiedAccuracy;
  /** The average certified radius. */
  readonly acr: number;
  /** Certified accuracy at the radii asked for. */
  readonly radii: readonly CertifiedAccuracy[];
  /** The whole curve, see `certifiedCurve`. */
  readonly curve: readonly CertifiedAccuracy[];
}

/**
 * The figures of a log's rows.
 *
 * @param radii L2 radii in [0, infinity)
 * @param confidence of each interval by itself, in (0, 1); see `binomialInterval` for what it covers
 * @throws ArgumentError for no rows or arguments out of range
 */
export function summarizeCurve(rows: readonly LogRow[], radii: readonly number[], confidence: number): CurveSummary {
  const at = (radius: number, count: number) => accuracyAt(radius, count, rows.length, confidence);
  return {
    points: rows.length,
    abstentions: abstentions(rows),
    clean: at(0, certifiedCount(rows, 0)),
    acr: averageCertifiedRadius(rows),
    radii: radii.map((radius) => at(radius, certifiedCount(rows, radius))),
    curve: certifiedCurve(rows).map(({ radius, count }) => at(radius, count)),
  };
}

/** `count` of `points` as certified accuracy at a radius. @param confidence in (0, 1) */
export function accuracyAt(radius: number, count: number, points: number, confidence: number): CertifiedAccuracy {
  return { radius, count, accuracy: count / points, ...binomialInterval(count, points, confidence) };
}

const MOST_RADII = 12;
const FEWEST_RADII = 2;

/**
 * A grid for a table: 0, 0.25, 0.5, ... up to the largest certified radius, with a step doubled or halved until 2 to 12
 * radii beyond 0 are left.
 */
export function radiusGrid(rows: readonly Pick<LogRow, "radius" | "correct">[]): number[] {
  const largest = rows.reduce((most, row) => (row.correct ? Math.max(most, row.radius) : most), 0);
  if (largest === 0) return [0];
  let step = 0.25;
  while (largest / step >= MOST_RADII + 1) step *= 2;
  while (largest / step < FEWEST_RADII) step /= 2;
  return Array.from({ length: Math.floor(largest / step) + 1 }, (_, i) => i * step);
}
