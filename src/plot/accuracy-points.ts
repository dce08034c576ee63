/** Certified accuracy at single radii, where no curve is known: dots with bars. */
import * as Plot from "@observablehq/plot";
import { fillOf, seriesStyle } from "./colors.js";

/** Certified accuracy at one radius, as fractions in [0, 1]. */
export interface AccuracyPoint {
  readonly radius: number;
  readonly accuracy: number;
  /** What it could be at most; the bar ends here. */
  readonly atMost: number;
  /** An interval around both. */
  readonly band?: { readonly lower: number; readonly upper: number } | undefined;
}

/** What is known at single radii only. */
export interface AccuracyPoints {
  readonly label: string;
  readonly points: readonly AccuracyPoint[];
}

/** Half of the width of a band, in pixels. */
const BAND = 5;
/** Half of the width of a bar's end, in pixels. */
const BAR_END = 4;
/** Between the dots of two series at the same radius, in pixels. */
const BESIDE = 8;

/** A place among the series of a figure: the number of the series, and which of those of points it is. */
export interface Place {
  readonly series: number;
  readonly rank: number;
  readonly of: number;
}

/** The marks of a series: its bands, its bars, its dots. Series of points stand beside each other. */
export function pointMarks({ points }: AccuracyPoints, { series, rank, of }: Place): Plot.Markish[] {
  const { color, dash } = seriesStyle(series);
  const look = { stroke: color, dx: BESIDE * (rank - (of - 1) / 2) };
  const banded = points.filter(({ band }) => band !== undefined);
  const open = points.filter(({ accuracy, atMost }) => atMost > accuracy);
  const bandStyle = { ...look, strokeWidth: 2 * BAND, strokeOpacity: 0.15, className: "band" };
  const barStyle = { ...look, strokeWidth: 1.5, className: "undecided" };
  const dotStyle = { ...look, strokeWidth: 1.5, className: "points" };
  return [
    Plot.ruleX(banded, { x: "radius", y1: percent(lowerEnd), y2: percent(upperEnd), ...bandStyle }),
    Plot.ruleX(open, { x: "radius", y1: percent(certified), y2: percent(atMostOf), ...barStyle }),
    Plot.ruleY(open, { x1: "radius", x2: "radius", y: percent(atMostOf), inset: -BAR_END, ...barStyle }),
    Plot.dot(points, { x: "radius", y: percent(certified), r: 3.5, fill: fillOf(color, dash), ...dotStyle }),
  ];
}

const certified = ({ accuracy }: AccuracyPoint): number => accuracy;
const atMostOf = ({ atMost }: AccuracyPoint): number => atMost;
const lowerEnd = ({ band }: AccuracyPoint): number => band?.lower ?? 0;
const upperEnd = ({ band }: AccuracyPoint): number => band?.upper ?? 0;
const percent =
  (of: (point: AccuracyPoint) => number) =>
  (point: AccuracyPoint): number =>
    100 * of(point);
