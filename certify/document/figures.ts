/** What figures of a report draw: curves thinned to what can be seen. */
import type { AccuracySeries } from "../../src/plot/index.js";
import { isStopped, summarizeLog } from "../report/log-summary.js";
import { ceilingOf } from "../report/log-text.js";
import type { ShareStep } from "../report/pa-distribution.js";
import type { ReportedRows } from "./subject.js";

/** The most steps of a curve: about as many as a frame has pixels. */
const MOST_STEPS = 300;

/**
 * At most {@link MOST_STEPS} of the steps of a falling curve, in their order. What is left out becomes part of the next
 * step, which is lower: the thinned curve is nowhere above the whole one, and of the same width.
 */
export function thinned<T>(steps: readonly T[], end: (step: T) => number): T[] {
  const last = steps.at(-1);
  if (last === undefined || steps.length <= MOST_STEPS) return [...steps];
  const cell = (step: T): number => Math.ceil((MOST_STEPS * end(step)) / end(last));
  return steps.filter((step, i) => i === steps.length - 1 || cell(step) !== cell(steps[i + 1]));
}

/** A distribution of probabilities, thinned between 1/2 and 1, which is what is drawn of it. */
export function thinnedShares(steps: readonly ShareStep[]): ShareStep[] {
  return thinned(
    steps.filter(({ p }) => p >= 0.5),
    ({ p }) => p - 0.5,
  );
}

/** A log as a figure shows it: a curve with its band; points, of a log that speaks at some radii only. */
export function seriesOf(log: ReportedRows, confidence: number, band: boolean): AccuracySeries {
  const summary = summarizeLog(log.rows, log.header, [], confidence);
  if (!isStopped(summary)) {
    const steps = thinned(summary.curve, ({ radius }) => radius);
    return { label: log.label, steps, ceiling: ceilingOf(log.header), ...(band && { band: steps }) };
  }
  const points = summary.outcomes.map(({ radius, accuracy, lower, atMost }) => ({
    radius,
    accuracy,
    atMost: atMost.accuracy,
    ...(band && { band: { lower, upper: atMost.upper } }),
  }));
  return { label: log.label, points };
}
