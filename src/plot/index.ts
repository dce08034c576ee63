/**
 * Figures. They are apart from the rest since what draws them takes a third of a second to load.
 *
 * @module smoothcert/plot
 */
export type { AccuracyPoint, AccuracyPoints } from "./accuracy-points.js";
export type { Axis } from "./axis.js";
export {
  type AccuracyCurve,
  type AccuracySeries,
  type AccuracyStep,
  type CurveFigureOptions,
  curveFigure,
} from "./curve-figure.js";
export type { FigureSize } from "./figure.js";
export { type LineFigureOptions, type LineSeries, lineFigure } from "./line-figure.js";
export { type ProbabilityStep, type ShareSeries, shareFigure } from "./share-figure.js";
export { terminalCurve } from "./terminal-curve.js";
