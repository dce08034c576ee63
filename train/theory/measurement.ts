/** The MaxUp risk of a trained model on a data set, measured beside its expansions in the noise level. */

import type * as tfl from "@tensorflow/tfjs-layers";
import { type Dataset, dimensionOf, requireThat, writeUnit } from "../../src/index.js";
import { firstOrderRisk } from "./expansion.js";
import { modelLoss, modelTaylor } from "./model.js";
import { estimateRisk, type RiskEstimate, type RiskOptions } from "./risk.js";
import type { TaylorPolynomial } from "./taylor.js";

export interface MeasureOptions extends Pick<RiskOptions, "copies" | "sigmas" | "draws" | "seed"> {
  /** Ends the measurement after the example under way. */
  readonly signal?: AbortSignal;
  /** Called after each example with the number measured so far, and the loss of this one. */
  onExample?(done: number, loss: number): void;
}

/** Means over the examples at one noise level. */
export interface MeasuredRisk {
  readonly sigma: number;
  readonly risk: number;
  readonly firstOrder: number;
  readonly secondOrder: number;
  readonly firstOrderRemainder: number;
  readonly secondOrderRemainder: number;
  /** Standard error of the risk and of both remainders: that of the draws, for the examples taken. */
  readonly standardError: number;
  /** On a log-log scale, from the sigma before; null for the first, and where a remainder is lost in its noise. */
  readonly firstOrderSlope: number | null;
  readonly secondOrderSlope: number | null;
}

type Averages = Omit<MeasuredRisk, "firstOrderSlope" | "secondOrderSlope">;

/**
 * Measures the risk at each noise level, from the same draws, and averages it over the examples.
 *
 * @param model - a classifier whose output is logits
 * @param indices - the examples of the data set, at least one
 * @returns a row for each different sigma, in ascending order
 * @throws ArgumentError if an option is outside its range or there is no example; the signal's reason once aborted
 */
export async function measureRisk(
  model: tfl.LayersModel,
  dataset: Dataset,
  indices: readonly number[],
  { signal, onExample, ...options }: MeasureOptions,
): Promise<MeasuredRisk[]> {
  requireThat(indices.length > 0, "measureRisk", "indices", "those of at least one example", indices.length);
  const sigmas = [...new Set(options.sigmas)].sort((a, b) => a - b);
  const measured: Averages[][] = [];
  for (const example of indices) {
    signal?.throwIfAborted();
    const { pixels, label } = dataset.example(example);
    const point = new Float32Array(dimensionOf(dataset.shape));
    writeUnit(pixels, point);
    const polynomial = await modelTaylor(model, point, label);
    const estimates = await estimateRisk(modelLoss(model, label), polynomial, { ...options, sigmas, example });
    measured.push(estimates.map((estimate) => besideExpansions(polynomial, options.copies, estimate)));
    onExample?.(measured.length, polynomial.loss);
  }
  return withSlopes(sigmas.map((_, s) => average(measured.map((rows) => rows[s]))));
}

function besideExpansions(polynomial: TaylorPolynomial, copies: number, estimate: RiskEstimate): Averages {
  const firstOrder = firstOrderRisk(polynomial, copies, estimate.sigma);
  const secondOrder = firstOrder + estimate.firstOrderRemainder - estimate.secondOrderRemainder;
  return { ...estimate, firstOrder, secondOrder };
}

function average(rows: readonly Averages[]): Averages {
  const mean = (field: Exclude<keyof Averages, "sigma">): number =>
    rows.reduce((sum, row) => sum + row[field], 0) / rows.length;
  return {
    sigma: rows[0].sigma,
    risk: mean("risk"),
    firstOrder: mean("firstOrder"),
    secondOrder: mean("secondOrder"),
    firstOrderRemainder: mean("firstOrderRemainder"),
    secondOrderRemainder: mean("secondOrderRemainder"),
    standardError: Math.hypot(...rows.map((row) => row.standardError)) / rows.length,
  };
}

type Remainder = "firstOrderRemainder" | "secondOrderRemainder";

function withSlopes(rows: readonly Averages[]): MeasuredRisk[] {
  return rows.map((row, k) => ({
    ...row,
    firstOrderSlope: slope("firstOrderRemainder", rows[k - 1], row),
    secondOrderSlope: slope("secondOrderRemainder", rows[k - 1], row),
  }));
}

function slope(field: Remainder, before: Averages | undefined, row: Averages): number | null {
  if (before === undefined || !isClear(before, field) || !isClear(row, field)) return null;
  const ratio = row[field] / before[field];
  return ratio > 0 ? Math.log(ratio) / Math.log(row.sigma / before.sigma) : null;
}

/** Whether a remainder is more than two standard errors away from 0. */
function isClear(row: Averages, field: Remainder): boolean {
  return Math.abs(row[field]) > 2 * row.standardError;
}
