/**
 * The MaxUp risk E max_i L(x + sigma z_i) by Monte Carlo, sharp enough to see what its expansion leaves out.
 *
 * Plain averages cannot: their standard error is of order sigma, the remainders of order sigma^2 and sigma^3. So each
 * draw of m normal vectors is set against the loss's Taylor polynomial at one of its copies, w = argmax_i g'z_i:
 *
 *     excess = max_i L(x + sigma z_i) - [ L + sigma g'z_w + sigma^2/2 z_w'Hz_w ]
 *
 * Exactness: w depends on the projections g'z_i alone, which are independent of the parts of the z_i across g. So the
 * bracket's expectation is L + sigma c_m |g| + sigma^2/2 [ tr H + (E M_m^2 - 1) u'Hu ] exactly, at every sigma and for
 * every vector g and symmetric H put in, right or wrong. Adding it back leaves the estimate unbiased, whatever the
 * polynomial; with the loss's own g and H the mean excess *is* the remainder of the second-order expansion.
 *
 * Sharpness: the excess is of order sigma^3, but for the draws in which another copy than w wins (probability of order
 * sigma, by order sigma^2). Its standard deviation is of order sigma^2.5, against sigma of the plain average. All
 * sigmas share their draws (common random numbers), so that ratios and differences between sigmas are sharper still.
 */

import { requireInteger, requireThat } from "../../src/errors.js";
import { STREAM } from "../../src/noise/address.js";
import { fillStandardNormal } from "../../src/noise/normal.js";
import { expectedWinnerForm, firstOrderRisk } from "./expansion.js";
import { dot, type TaylorPolynomial } from "./taylor.js";

/** The losses at `count` points that lie back to back in `points`. */
export type BatchLoss = (points: Float64Array, count: number) => ArrayLike<number> | Promise<ArrayLike<number>>;

export interface RiskOptions {
  /** m, the number of copies: an integer of at least 1. */
  readonly copies: number;
  /** Noise levels in the units of the point, each above 0. */
  readonly sigmas: readonly number[];
  /** Number of independent draws of m copies: an integer of at least 2. */
  readonly draws: number;
  /** Integer in [0, 2^53). Draw k of example e is a function of (seed, e, k) alone. */
  readonly seed: number;
  /** Index of the example, so that examples have draws of their own. @defaultValue 0 */
  readonly example?: number;
  /** What is made of the m losses: `max` is MaxUp, `mean` is plain noisy training. @defaultValue "max" */
  readonly aggregate?: "max" | "mean";
  /** Draws a call of the loss. @defaultValue 64 */
  readonly batch?: number;
}

export interface RiskEstimate {
  readonly sigma: number;
  /** The estimate of E max_i L(x + sigma z_i), or of the mean over i. */
  readonly risk: number;
  /** risk - (L + sigma c_m |g|), without the rounding of the subtraction. */
  readonly firstOrderRemainder: number;
  /** risk - (L + sigma c_m |g| + sigma^2/2 [ ... ]), without the rounding of the subtraction. */
  readonly secondOrderRemainder: number;
  /** Standard error of each of the three. */
  readonly standardError: number;
}

/**
 * Estimates the risk and the remainders of its expansions at each sigma, from the same draws. For `aggregate: "mean"`
 * the expansions are those of m = 1: L, and L + sigma^2/2 tr H.
 *
 * @throws ArgumentError if an option is outside its range
 */
export async function estimateRisk(
  loss: BatchLoss,
  taylor: TaylorPolynomial,
  options: RiskOptions,
): Promise<RiskEstimate[]> {
  const excesses = await sampleExcess(loss, taylor, options);
  const m = options.aggregate === "mean" ? 1 : options.copies;
  const form = expectedWinnerForm(taylor.hessian, taylor.gradient, m);
  return options.sigmas.map((sigma, s) => {
    const { mean, standardError } = sampleMean(excesses[s]);
    const firstOrderRemainder = (sigma ** 2 / 2) * form + mean;
    const risk = firstOrderRisk(taylor, m, sigma) + firstOrderRemainder;
    return { sigma, risk, firstOrderRemainder, secondOrderRemainder: mean, standardError };
  });
}

/**
 * The excess of every draw over the Taylor polynomial at the copy that the gradient favours (for `mean`: over the
 * polynomial's mean over the copies), one array a sigma. Its mean estimates the remainder of the second-order
 * expansion.
 *
 * @throws ArgumentError if an option is outside its range
 */
export async function sampleExcess(
  loss: BatchLoss,
  taylor: TaylorPolynomial,
  options: RiskOptions,
): Promise<Float64Array[]> {
  checkOptions(options);
  const { copies, sigmas, draws, batch = 64 } = options;
  const excesses = sigmas.map(() => new Float64Array(draws));
  for (let first = 0; first < draws; first += batch) {
    const drawn = drawNormals(taylor, options, first, Math.min(batch, draws - first));
    for (const [s, sigma] of sigmas.entries()) {
      const losses = await loss(pointsAt(taylor, drawn, sigma), drawn.length * copies);
      drawn.forEach((draw, k) => {
        excesses[s][first + k] = excessOf(draw, taylor.loss, sigma, losses, k * copies);
      });
    }
  }
  return excesses;
}

/** One draw: m normal vectors, and the slope g'z and bend z'Hz that its polynomial takes, which no sigma changes. */
interface Draw {
  readonly normals: Float32Array;
  readonly slope: number;
  readonly bend: number;
  readonly aggregate: "max" | "mean";
  readonly copies: number;
}

function drawNormals(taylor: TaylorPolynomial, options: RiskOptions, first: number, count: number): Draw[] {
  const { seed, example = 0 } = options;
  return Array.from({ length: count }, (_, k) => {
    const normals = new Float32Array(options.copies * taylor.point.length);
    fillStandardNormal(normals, { seed, stream: STREAM.theory, example, sample: first + k });
    return measureDraw(taylor, normals, options);
  });
}

function measureDraw(taylor: TaylorPolynomial, normals: Float32Array, options: RiskOptions): Draw {
  const { copies, aggregate = "max" } = options;
  const d = taylor.point.length;
  const vectors = Array.from({ length: copies }, (_, i) => normals.subarray(i * d, (i + 1) * d));
  const slopes = vectors.map((z) => dot(taylor.gradient, z));
  if (aggregate === "mean") {
    const bends = vectors.map((z) => taylor.hessian.at(z));
    return { normals, slope: sampleMean(slopes).mean, bend: sampleMean(bends).mean, aggregate, copies };
  }
  const winner = slopes.indexOf(Math.max(...slopes));
  return { normals, slope: slopes[winner], bend: taylor.hessian.at(vectors[winner]), aggregate, copies };
}

function pointsAt(taylor: TaylorPolynomial, draws: readonly Draw[], sigma: number): Float64Array {
  const { point } = taylor;
  const size = draws[0].normals.length;
  const points = new Float64Array(draws.length * size);
  draws.forEach(({ normals }, k) => {
    for (let start = 0; start < size; start += point.length) {
      const offset = k * size + start;
      for (let j = 0; j < point.length; j++) points[offset + j] = point[j] + sigma * normals[start + j];
    }
  });
  return points;
}

function excessOf(draw: Draw, loss: number, sigma: number, losses: ArrayLike<number>, offset: number): number {
  const own = Array.from({ length: draw.copies }, (_, i) => losses[offset + i]);
  const aggregated = draw.aggregate === "max" ? Math.max(...own) : sampleMean(own).mean;
  return aggregated - loss - sigma * draw.slope - (sigma ** 2 / 2) * draw.bend;
}

/** Sample mean and its standard error; the error of one sample alone is NaN. */
export function sampleMean(samples: ArrayLike<number>): { mean: number; standardError: number } {
  const n = samples.length;
  let mean = 0;
  for (let i = 0; i < n; i++) mean += samples[i] / n;
  let squares = 0;
  for (let i = 0; i < n; i++) squares += (samples[i] - mean) ** 2;
  return { mean, standardError: Math.sqrt(squares / (n - 1) / n) };
}

function checkOptions(options: RiskOptions): void {
  const where = "estimateRisk";
  requireInteger(options.copies, where, "copies", 1);
  requireInteger(options.draws, where, "draws", 2, 0xffffffff);
  requireInteger(options.batch ?? 1, where, "batch", 1);
  for (const sigma of options.sigmas) {
    requireThat(sigma > 0 && sigma < Number.POSITIVE_INFINITY, where, "sigmas", "finite numbers above 0", sigma);
  }
}
