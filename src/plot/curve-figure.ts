/** The figure of randomized smoothing: certified accuracy against the radius. */
import * as Plot from "@observablehq/plot";
import { requireThat } from "../errors.js";
import { type AccuracyPoints, pointMarks } from "./accuracy-points.js";
import { NEUTRAL, seriesStyle } from "./colors.js";
import { type FigureSize, renderFigure } from "./figure.js";
import type { LegendEntry } from "./legend.js";

/** A piece of a curve, constant on (radius of the step before, radius]; the first one begins at 0. */
export interface AccuracyStep {
  readonly radius: number;
  /** A fraction in [0, 1]. */
  readonly accuracy: number;
}

/** One curve of the figure. */
export interface AccuracyCurve {
  readonly label: string;
  /** In ascending order of radius. The curve is 0 beyond the last one. */
  readonly steps: readonly AccuracyStep[];
  /** An interval around each step's accuracy, as fractions in [0, 1]. */
  readonly band?: readonly { readonly lower: number; readonly upper: number }[] | undefined;
  /** The largest radius that could have been certified, marked by a dotted line. */
  readonly ceiling?: number | undefined;
}

/** What the figure shows of one log: a curve, or points where only single radii are known. */
export type AccuracySeries = AccuracyCurve | AccuracyPoints;

/** What to write on the figure. */
export interface CurveFigureOptions extends FigureSize {
  readonly title?: string | undefined;
  /** What the legend says of the bands. @defaultValue `confidence band` */
  readonly bandLabel?: string | undefined;
  /** What the radii are, with their norm. @defaultValue `L2 radius` */
  readonly radiusLabel?: string | undefined;
  /** The units of the radii. @defaultValue `pixels in [0, 1]` */
  readonly units?: string | undefined;
  /** What the curves are, in percent. @defaultValue `certified accuracy (%)` */
  readonly yLabel?: string | undefined;
}

/**
 * Certified accuracy in percent against the radius, a step curve or dots with bars for each series, as the text of a
 * standalone SVG file.
 *
 * @throws ArgumentError if there is no series, or if a band has another length than its steps
 */
export function curveFigure(series: readonly AccuracySeries[], options: CurveFigureOptions = {}): string {
  requireThat(series.length > 0, "curveFigure", "series", "at least one series", series);
  series.filter(isCurve).forEach(requireBand);
  const { radiusLabel = "L2 radius", units = "pixels in [0, 1]" } = options;
  return renderFigure({
    ...options,
    x: { label: `${radiusLabel} (${units})`, domain: [0, widest(series)] },
    y: { label: options.yLabel ?? "certified accuracy (%)", domain: [0, 100], ticks: [0, 20, 40, 60, 80, 100] },
    marks: [
      Plot.gridX({ stroke: "#000", strokeOpacity: 0.08 }),
      Plot.gridY({ stroke: "#000", strokeOpacity: 0.08, ticks: [0, 20, 40, 60, 80, 100] }),
      ...series.map((one, i) => (isCurve(one) ? bandMark(one, i) : null)),
      ...ceilings(series).map(ceilingMark),
      ...series.map((one, i) => (isCurve(one) ? lineMark(one, i) : null)),
      Plot.ruleX([0], { stroke: "#222222" }),
      Plot.ruleY([0], { stroke: "#222222" }),
      ...allPoints(series),
    ],
    legend: legendOf(series, options.bandLabel ?? "confidence band"),
  });
}

function isCurve(series: AccuracySeries): series is AccuracyCurve {
  return "steps" in series;
}

function requireBand({ label, steps, band }: AccuracyCurve): void {
  const rule = `one interval for each of the ${steps.length} steps`;
  const fits = band === undefined || band.length === steps.length;
  requireThat(fits, "curveFigure", "band", rule, band?.length, `It is that of ${label}`);
}

function allPoints(series: readonly AccuracySeries[]): Plot.Markish[] {
  const of = series.filter((one) => !isCurve(one)).length;
  let rank = 0;
  return series.flatMap((one, i) => (isCurve(one) ? [] : pointMarks(one, { series: i, rank: rank++, of })));
}

function lineMark({ steps }: AccuracyCurve, i: number): Plot.Markish {
  const { color, dash } = seriesStyle(i);
  const start = { radius: 0, accuracy: steps[0]?.accuracy ?? 0 };
  const end = { radius: steps.at(-1)?.radius ?? 0, accuracy: 0 };
  return Plot.line([start, ...steps, end], {
    x: "radius",
    y: (step: AccuracyStep) => 100 * step.accuracy,
    curve: "step-before",
    stroke: color,
    strokeWidth: 2,
    className: "curve",
    ...(dash === undefined ? {} : { strokeDasharray: dash }),
  });
}

function bandMark({ steps, band }: AccuracyCurve, i: number): Plot.Markish {
  if (band === undefined || band.length === 0) return null;
  const pieces = band.map((interval, k) => ({ radius: steps[k].radius, ...interval }));
  return Plot.areaY([{ ...pieces[0], radius: 0 }, ...pieces], {
    x: "radius",
    y1: (piece: (typeof pieces)[number]) => 100 * piece.lower,
    y2: (piece: (typeof pieces)[number]) => 100 * piece.upper,
    curve: "step-before",
    fill: seriesStyle(i).color,
    fillOpacity: 0.15,
    className: "band",
  });
}

/** The distinct ceilings, each in its series' colour, or in grey where several series share it. */
function ceilings(series: readonly AccuracySeries[]): { radius: number; color: string }[] {
  const colors = new Map<number, string>();
  series.forEach((one, i) => {
    const ceiling = ceilingOf(one);
    if (ceiling !== undefined) colors.set(ceiling, colors.has(ceiling) ? NEUTRAL : seriesStyle(i).color);
  });
  return [...colors].map(([radius, color]) => ({ radius, color }));
}

function ceilingOf(series: AccuracySeries): number | undefined {
  return isCurve(series) ? series.ceiling : undefined;
}

function ceilingMark({ radius, color }: { radius: number; color: string }): Plot.Markish {
  return Plot.ruleX([radius], { stroke: color, strokeDasharray: "1.5,3", strokeWidth: 1.5, className: "ceiling" });
}

function widest(series: readonly AccuracySeries[]): number {
  const radii = series.flatMap((one) =>
    isCurve(one) ? [one.steps.at(-1)?.radius ?? 0, one.ceiling ?? 0] : one.points.map(({ radius }) => radius),
  );
  const largest = Math.max(0, ...radii);
  return largest > 0 ? 1.03 * largest : 1;
}

function legendOf(series: readonly AccuracySeries[], bandLabel: string): LegendEntry[] {
  const entries: LegendEntry[] = series.map((one, i) => ({ label: one.label, ...swatchOf(one), ...seriesStyle(i) }));
  const points = series.flatMap((one) => (isCurve(one) ? [] : one.points));
  if (points.length > 0) {
    entries.push({ label: "dots: known at these radii only", swatch: "dot", color: NEUTRAL });
  }
  if (points.some(({ accuracy, atMost }) => atMost > accuracy)) {
    entries.push({ label: "at most, with undecided images", swatch: "bar", color: NEUTRAL });
  }
  if ([...points, ...series.filter(isCurve)].some(({ band }) => band !== undefined)) {
    entries.push({ label: bandLabel, swatch: "band", color: NEUTRAL });
  }
  if (series.some((one) => ceilingOf(one) !== undefined)) {
    entries.push({ label: "largest radius within reach", swatch: "stroke", color: NEUTRAL, dash: "1.5,3" });
  }
  return entries;
}

function swatchOf(series: AccuracySeries): Pick<LegendEntry, "swatch"> {
  return { swatch: isCurve(series) ? "stroke" : "dot" };
}
