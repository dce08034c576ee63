/** The distribution of the right class's probability under noise, over images. */
import * as Plot from "@observablehq/plot";
import { requireThat } from "../errors.js";
import { NEUTRAL, seriesStyle } from "./colors.js";
import { type FigureSize, renderFigure } from "./figure.js";
import type { LegendEntry } from "./legend.js";

/** A piece of a distribution, constant on (p of the step before, p]. */
export interface ProbabilityStep {
  readonly p: number;
  /** The share of images at p or above, in [0, 1]. */
  readonly share: number;
}

/** One log of the figure. Both distributions are in ascending order of p, and 0 beyond their last step. */
export interface ShareSeries {
  readonly label: string;
  readonly estimated: readonly ProbabilityStep[];
  /** Drawn as a broken line. */
  readonly proved: readonly ProbabilityStep[];
}

const LEAST = 0.5;
const PROVED_DASH = "4,3";
const TICKS = [0, 20, 40, 60, 80, 100];

/**
 * The share of images, in percent, whose right class has a probability of at least p, against p from 1/2 to 1, as the
 * text of a standalone SVG file.
 *
 * @throws ArgumentError if there is no series
 */
export function shareFigure(
  series: readonly ShareSeries[],
  options: FigureSize & { readonly title?: string | undefined } = {},
): string {
  requireThat(series.length > 0, "shareFigure", "series", "at least one series", series);
  return renderFigure({
    ...options,
    x: { label: "probability p of the right class under noise", domain: [LEAST, 1] },
    y: { label: "images right with a probability of at least p (%)", domain: [0, 100], ticks: TICKS },
    marks: [
      Plot.gridX({ stroke: "#000", strokeOpacity: 0.08 }),
      Plot.gridY({ stroke: "#000", strokeOpacity: 0.08, ticks: TICKS }),
      ...series.map(({ proved }, i) => line(proved, { ...styleOf(i), strokeWidth: 1.3, strokeDasharray: PROVED_DASH })),
      ...series.map(({ estimated }, i) => line(estimated, styleOf(i))),
      Plot.ruleX([LEAST], { stroke: "#222222" }),
      Plot.ruleY([0], { stroke: "#222222" }),
    ],
    legend: legendOf(series),
  });
}

function styleOf(i: number): Plot.LineOptions {
  const { color, dash } = seriesStyle(i);
  return { stroke: color, strokeWidth: 2, ...(dash === undefined ? {} : { strokeDasharray: dash }) };
}

/** The steps from 1/2 on; beyond the last one, unless it ends at 1, the line falls to 0. */
function line(steps: readonly ProbabilityStep[], style: Plot.LineOptions): Plot.Markish {
  const shown = steps.filter(({ p }) => p >= LEAST);
  const start = { p: LEAST, share: shown[0]?.share ?? 0 };
  const last = shown.at(-1)?.p ?? LEAST;
  const end =
    last < 1
      ? [
          { p: last, share: 0 },
          { p: 1, share: 0 },
        ]
      : [];
  return Plot.line([start, ...shown, ...end], {
    x: "p",
    y: (step: ProbabilityStep) => 100 * step.share,
    curve: "step-before",
    className: "shares",
    ...style,
  });
}

function legendOf(series: readonly ShareSeries[]): LegendEntry[] {
  return [
    ...series.map(({ label }, i): LegendEntry => ({ label, swatch: "stroke", ...seriesStyle(i) })),
    { label: "by the share of votes", swatch: "stroke", color: NEUTRAL },
    { label: "proved (lower confidence bound)", swatch: "stroke", color: NEUTRAL, dash: PROVED_DASH },
  ];
}
