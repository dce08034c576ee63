import type { Moment } from "../messages.js";

/** What was known after some samples. */
export interface Point {
  readonly n: number;
  /** The share of the votes that class A has. */
  readonly share: number;
  readonly lower: number;
  readonly upper: number;
  readonly radius: number;
}

/** Points nearer than this to the one before, on the axis of samples, are not seen apart. */
const STEP = 1.01;

/** A moment's point; undefined before the first vote of the estimation. */
export function pointOf({ counts, decision, pAUpper }: Moment): Point | undefined {
  if (decision === undefined) return undefined;
  const n = counts.reduce((a, b) => a + b);
  return { n, share: decision.nA / n, lower: decision.pALower, upper: pAUpper, radius: decision.radius };
}

/** Points with one more, in the place of the last one where the two would not be seen apart. */
export function withPoint(points: readonly Point[], point: Point): readonly Point[] {
  const before = points.at(-2);
  return before !== undefined && points[points.length - 1].n < STEP * before.n
    ? [...points.slice(0, -1), point]
    : [...points, point];
}
