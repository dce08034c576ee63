/** A plain figure of one quantity against another: lines and dots on linear or logarithmic axes. */
import * as Plot from "@observablehq/plot";
import { requireThat } from "../errors.js";
import { type Axis, domainOf, scaleOf } from "./axis.js";
import { seriesStyle } from "./colors.js";
import { type FigureSize, renderFigure } from "./figure.js";
import type { LegendEntry } from "./legend.js";

/** One series of a {@link lineFigure}. */
export interface LineSeries {
  readonly label: string;
  /** Pairs (x, y), finite, and greater than 0 on a logarithmic axis. */
  readonly points: readonly (readonly [x: number, y: number])[];
  /** @defaultValue `line` */
  readonly style?: "line" | "dots" | "dashed" | undefined;
  /**
   * The ends (low, high) of each point's error bar, in the units of y. On a logarithmic axis, a bar that reaches 0 or
   * less runs to the axis.
   */
  readonly errorBars?: readonly (readonly [low: number, high: number])[] | undefined;
}

/** What a {@link lineFigure} shows. */
export interface LineFigureOptions extends FigureSize {
  readonly title?: string | undefined;
  readonly x: Axis;
  readonly y: Axis;
  readonly series: readonly LineSeries[];
}

/**
 * The series against each other, with a legend, as the text of a standalone SVG file.
 *
 * @throws ArgumentError if there is no point at all, if a point is not finite or not above 0 on a logarithmic axis, or
 * if there are error bars for another number of points
 */
export function lineFigure({ x, y, series, ...options }: LineFigureOptions): string {
  series.forEach((one) => {
    requireDrawable(one, x, y);
  });
  const total = series.reduce((sum, { points }) => sum + points.length, 0);
  requireThat(total > 0, "lineFigure", "series", "at least one point", series);
  const yDomain = domainOf(
    y,
    series.flatMap((one) => [...one.points.map((point) => point[1]), ...barEnds(one, y)]),
  );
  const xDomain = domainOf(
    x,
    series.flatMap(({ points }) => points.map((point) => point[0])),
  );
  return renderFigure({
    ...options,
    x: scaleOf(x, xDomain),
    y: scaleOf(y, yDomain),
    marks: [
      Plot.gridX({ stroke: "#000", strokeOpacity: 0.08 }),
      Plot.gridY({ stroke: "#000", strokeOpacity: 0.08 }),
      Plot.frame({ stroke: "#222222" }),
      ...series.map((one, i) => errorBarMark(one, i, yDomain[0])),
      ...series.map(seriesMark),
    ],
    legend: series.map(legendEntry),
  });
}

function requireDrawable({ label, points, errorBars }: LineSeries, x: Axis, y: Axis): void {
  const drawable = (axis: Axis, value: number): boolean =>
    Number.isFinite(value) && (axis.scale === "linear" || value > 0);
  const rule = "finite, and greater than 0 on a logarithmic axis";
  for (const point of points) {
    requireThat(drawable(x, point[0]) && drawable(y, point[1]), "lineFigure", `points of ${label}`, rule, point);
  }
  const bars = errorBars?.length ?? points.length;
  requireThat(bars === points.length, "lineFigure", `errorBars of ${label}`, "one for each point", bars);
}

/** The ends of the error bars that the axis can show. */
function barEnds({ errorBars = [] }: LineSeries, { scale }: Axis): number[] {
  return errorBars.flat().filter((end) => scale === "linear" || end > 0);
}

function seriesMark({ points, style = "line" }: LineSeries, i: number): Plot.Markish {
  const { color } = seriesStyle(i);
  const data = points as [number, number][];
  if (style === "dots") return Plot.dot(data, { fill: color, r: 3.5, className: "dots" });
  const dash = dashOf(style, i);
  return Plot.line(data, {
    stroke: color,
    strokeWidth: 2,
    className: "line",
    ...(dash === undefined ? {} : { strokeDasharray: dash }),
  });
}

function errorBarMark({ points, errorBars }: LineSeries, i: number, least: number): Plot.Markish {
  if (errorBars === undefined) return null;
  return Plot.ruleX(
    errorBars.map(([low, high], k) => ({ x: points[k][0], low: Math.max(low, least), high: Math.max(high, least) })),
    { x: "x", y1: "low", y2: "high", stroke: seriesStyle(i).color, strokeWidth: 1.2, className: "error-bars" },
  );
}

function dashOf(style: "line" | "dashed", i: number): string | undefined {
  return style === "dashed" ? "7,4" : seriesStyle(i).dash;
}

function legendEntry({ label, style = "line" }: LineSeries, i: number): LegendEntry {
  const { color } = seriesStyle(i);
  return style === "dots"
    ? { label, swatch: "dot", color }
    : { label, swatch: "stroke", color, dash: dashOf(style, i) };
}
