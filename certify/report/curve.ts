/**
 * Certified accuracy against L2 radius, from the rows of a certification log: what Cohen, Rosenfeld and Kolter (2019)
 * plot, computed without loss.
 */
import { requireInteger, requireThat } from "../../src/core.js";
import { clopperPearsonLower, clopperPearsonUpper, MAX_SAMPLES } from "../bounds/clopper-pearson.js";
import type { LogRow } from "../log/row.js";

/** What the curve needs of a row. */
export type CurveRow = Pick<LogRow, "radius" | "correct">;

/** A piece of the certified-accuracy curve, constant on (radius of the step before, radius]. */
export interface CurveStep {
  /** The step's right end, which belongs to it. The first step begins at 0, and includes it. */
  readonly radius: number;
  /** How many points are certified correct at every radius of the step. */
  readonly count: number;
  /** `count` as a fraction of all points. */
  readonly accuracy: number;
}

/** A confidence interval for a probability; both ends lie in [0, 1]. */
export interface Interval {
  readonly lower: number;
  readonly upper: number;
}

/**
 * The number of points that are correct with a certified radius of at least `radius`. Abstentions count as wrong.
 *
 * @param radius an L2 radius in [0, infinity)
 */
export function certifiedCount(rows: readonly CurveRow[], radius: number): number {
  requireRows(rows, "certifiedCount");
  requireThat(radius >= 0 && radius < Infinity, "certifiedCount", "radius", "a finite number of at least 0", radius);
  return rows.filter((row) => isCertifiedRight(row, radius)).length;
}

/** Whether a point is correct with a certified radius of at least `radius`. */
export function isCertifiedRight(row: Pick<CurveRow, "correct" | "radius">, radius: number): boolean {
  return row.correct && row.radius >= radius;
}

/** Certified accuracy at an L2 radius, CA(r) = #{i: correct and radius_i >= r} / m, a fraction in [0, 1]. */
export function certifiedAccuracy(rows: readonly CurveRow[], radius: number): number {
  return certifiedCount(rows, radius) / rows.length;
}

/** The fraction of points on which the smoothed classifier is right and does not abstain: CA(0). */
export function cleanAccuracy(rows: readonly CurveRow[]): number {
  return certifiedAccuracy(rows, 0);
}

/** The number of points on which the smoothed classifier abstained. */
export function abstentions(rows: readonly Pick<LogRow, "predict">[]): number {
  return rows.filter((row) => row.predict === -1).length;
}

/**
 * The average certified radius (Zhai et al. 2020), ACR = sum of correct_i radius_i / m: wrong points and abstentions
 * count 0. It equals the area under the certified-accuracy curve.
 */
export function averageCertifiedRadius(rows: readonly CurveRow[]): number {
  requireRows(rows, "averageCertifiedRadius");
  return rows.reduce((sum, row) => sum + (row.correct ? row.radius : 0), 0) / rows.length;
}

/**
 * The whole curve r -> CA(r) as its steps, radii ascending. It is 0 beyond the last step; there are none if no point
 * is correct.
 */
export function certifiedCurve(rows: readonly CurveRow[]): CurveStep[] {
  requireRows(rows, "certifiedCurve");
  const radii = rows.filter((row) => row.correct).map((row) => row.radius);
  radii.sort((a, b) => a - b);
  return radii
    .map((radius, i) => ({ radius, count: radii.length - i, accuracy: (radii.length - i) / rows.length }))
    .filter((_, i) => i === 0 || radii[i - 1] !== radii[i]);
}

/**
 * The two-sided Clopper-Pearson interval for a probability of which `total` independent trials showed `count`
 * successes: it covers the probability with at least the given confidence.
 *
 * Drawn as the band of a curve, at each radius by itself (pointwise), it covers the chance that a fresh test point is
 * certified correct at that radius, if the log's points are independent draws from the same source. It is about the
 * choice of test points alone. It does not cover the whole curve at once, nor another training run, nor the failure
 * probability alpha of each certificate.
 *
 * @param confidence in (0, 1), for instance 0.95
 */
export function binomialInterval(count: number, total: number, confidence: number): Interval {
  const where = "binomialInterval";
  requireInteger(total, where, "total", 1, MAX_SAMPLES);
  requireInteger(count, where, "count", 0, total);
  requireThat(confidence > 0 && confidence < 1, where, "confidence", "in (0, 1)", confidence);
  const tail = (1 - confidence) / 2;
  return { lower: clopperPearsonLower(count, total, tail), upper: clopperPearsonUpper(count, total, tail) };
}

function requireRows(rows: readonly unknown[], where: string): void {
  requireThat(rows.length > 0, where, "rows", "at least one row", rows);
}
