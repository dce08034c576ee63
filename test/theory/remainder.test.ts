/**
 * The orders of the remainders, over random smooth networks, points, numbers of copies and noise levels.
 *
 * Two kinds of evidence. *Coefficients*: a weighted sum of the losses at four noise levels cancels all powers of sigma
 * up to the fourth but one, draw by draw; its mean estimates that power's coefficient with a standard error of its own.
 * *Slopes* of the remainders on a log-log scale, whose errors follow from those of the remainders.
 *
 * Each estimate is held to eight of its standard errors, plus what the next power of sigma may add. For a normal law
 * that is a false failure in 1e15; the rarer events behind an excess (the favoured copy not winning, some hundred times
 * in 8,000 draws) make its law skew, and 1e-8 is a fair bound: below 1e-6 for all cases of a run together.
 */

import fc from "fast-check";
import {
  expectedMax,
  expectedWinnerForm,
  type RiskOptions,
  sampleExcess,
  sampleMean,
  type TaylorPolynomial,
  taylorAt,
} from "smoothcert/train";
import { describe, expect, test } from "vitest";
import { repetitions } from "../laws/effort.js";
import { type NetworkCase, networkCases } from "./networks.js";

const ERRORS = 8;

/**
 * A network and a point away from critical ones. The largest noise level is where the curvature changes the loss by a
 * twentieth of what the slope does; the others are half, a quarter and an eighth of it.
 */
interface Case extends NetworkCase {
  readonly taylor: TaylorPolynomial;
  readonly gradientNorm: number;
  readonly options: RiskOptions;
}

const cases: fc.Arbitrary<Case> = fc
  .record({
    base: networkCases({ min: 1, max: 4 }),
    copies: fc.integer({ min: 2, max: 6 }),
    seed: fc.noShrink(fc.integer({ min: 0, max: 2 ** 40 })),
  })
  .map(({ base, copies, seed }) => {
    const taylor = taylorAt(base.network, base.x);
    const gradientNorm = Math.hypot(...taylor.gradient);
    const unit = Math.min(1, gradientNorm / curvatureOf(taylor));
    const options = {
      copies,
      sigmas: [1, 1 / 2, 1 / 4, 1 / 8].map((level) => 0.05 * level * unit),
      draws: 8_000,
      seed,
    };
    return { ...base, taylor, gradientNorm, options };
  })
  .filter(({ gradientNorm, options }) => gradientNorm > 0.05 && options.sigmas[0] > 0.005);

/** The Frobenius norm of the Hessian, from its values at the unit vectors and their sums. */
function curvatureOf({ point, hessian }: TaylorPolynomial): number {
  const unit = (...js: number[]) => Float64Array.from(point, (_, j) => (js.includes(j) ? 1 : 0));
  let squares = 0;
  for (let i = 0; i < point.length; i++) {
    squares += hessian.at(unit(i)) ** 2;
    for (let j = 0; j < i; j++) {
      squares += (hessian.at(unit(i, j)) - hessian.at(unit(i)) - hessian.at(unit(j))) ** 2 / 2;
    }
  }
  return Math.sqrt(squares);
}

describe("the remainders of the expansion, over random smooth networks", () => {
  // From losses alone: the polynomial is left out of the estimate, so that no formula stands behind both sides.
  test("the measured risk has the coefficients c_m |g| and [tr H + (E M_m^2 - 1) u'Hu] / 2", async () => {
    await fc.assert(
      fc.asyncProperty(cases, async (drawn) => {
        const { network, taylor, gradientNorm, options } = drawn;
        const excesses = await sampleExcess(network.batch, constantPart(taylor), options);
        const form = expectedWinnerForm(taylor.hessian, taylor.gradient, options.copies);
        expectCoefficient(excesses, drawn, 1, expectedMax(options.copies) * gradientNorm);
        expectCoefficient(excesses, drawn, 2, form / 2);
      }),
      { numRuns: repetitions(10, 4) },
    );
  });

  test("the mean over the copies has no first-order term, and the second-order one of a single copy", async () => {
    await fc.assert(
      fc.asyncProperty(cases, async (drawn) => {
        const { network, taylor, options } = drawn;
        const excesses = await sampleExcess(network.batch, constantPart(taylor), { ...options, aggregate: "mean" });
        expectCoefficient(excesses, drawn, 1, 0);
        expectCoefficient(excesses, drawn, 2, taylor.hessian.trace / 2);
      }),
      { numRuns: repetitions(10, 4) },
    );
  });

  test("the excess over the second order has no term in sigma or sigma^2", async () => {
    await fc.assert(
      fc.asyncProperty(cases, async (drawn) => {
        const { network, taylor, options } = drawn;
        const excesses = await sampleExcess(network.batch, taylor, options);
        expectCoefficient(excesses, drawn, 1, 0);
        expectCoefficient(excesses, drawn, 2, 0);
      }),
      { numRuns: repetitions(10, 4) },
    );
  });

  test("the first-order remainder falls with slope at least 2", async () => {
    await fc.assert(
      fc.asyncProperty(cases, async (drawn) => {
        const { network, taylor } = drawn;
        const options = louder(drawn.options);
        const form = expectedWinnerForm(taylor.hessian, taylor.gradient, options.copies);
        const excesses = await sampleExcess(network.batch, taylor, options);
        const remainders = excesses.map((excess, s) =>
          excess.map((value) => value + (options.sigmas[s] ** 2 / 2) * form),
        );
        expectSlope(remainders, 2);
      }),
      { numRuns: repetitions(10, 4) },
    );
  });

  test("the second-order remainder falls with slope at least 3", async () => {
    await fc.assert(
      fc.asyncProperty(cases, async (drawn) => {
        const { network, taylor, options } = drawn;
        const excesses = await sampleExcess(network.batch, taylor, { ...louder(options), draws: 12_000 });
        expectSlope(excesses, 3);
      }),
      { numRuns: repetitions(10, 4) },
    );
  });
});

/** Four times the noise: remainders large against their Monte Carlo error. */
function louder(options: RiskOptions): RiskOptions {
  return { ...options, sigmas: options.sigmas.map((sigma) => 4 * sigma) };
}

/** The polynomial without its slope and bend: the excess over it is the aggregated loss less the loss at the point. */
function constantPart(taylor: TaylorPolynomial): TaylorPolynomial {
  return { ...taylor, gradient: new Float64Array(taylor.point.length), hessian: { trace: 0, at: () => 0 } };
}

/**
 * Asserts the coefficient of sigma^power, power 1 or 2, in the mean of the samples. Four levels cancel three other
 * powers; three levels cancel two, and how far that moves the estimate, and one percent, bounds what the first leaves
 * of the powers beyond. Cases whose tolerance is as large as what a wrong formula would change are drawn anew.
 */
function expectCoefficient(
  samples: Float64Array[],
  { taylor, gradientNorm, options }: Case,
  power: 1 | 2,
  exact: number,
): void {
  const { sigmas } = options;
  const curvature = curvatureOf(taylor);
  const fine = sampleMean(combineSamples(samples, coefficientWeights(sigmas, power)));
  const coarse = sampleMean(combineSamples(samples.slice(1), coefficientWeights(sigmas.slice(1), power)));
  const truncation = Math.abs(fine.mean - coarse.mean) + 0.01 * (curvature + gradientNorm);
  const tolerance = ERRORS * fine.standardError + truncation;
  fc.pre(tolerance < 0.5 * (power === 1 ? gradientNorm : curvature));
  expect(Math.abs(fine.mean - exact)).toBeLessThanOrEqual(tolerance);
}

/** Weights that give 1 for sigma^power and 0 for the other powers 1, 2, 3, ... of which there are as many as levels. */
function coefficientWeights(sigmas: readonly number[], power: number): number[] {
  const matrix = sigmas.map((_, p) => sigmas.map((sigma) => sigma ** (p + 1)));
  return solve(
    matrix,
    sigmas.map((_, p) => (p + 1 === power ? 1 : 0)),
  );
}

/**
 * Asserts that the mean remainder falls at least with the order's slope on a log-log scale, in the limit of small
 * sigma: 2 s' - s of the slopes s, s' of two neighbouring pairs of levels, which takes the next power's bend out of the
 * line. The extrapolation's own error is bounded by its change from the coarser pairs to the finer ones. Faster is no
 * failure: the leading coefficient may vanish. Cases where noise or a change of sign hides the slope are drawn anew.
 */
function expectSlope(samples: Float64Array[], order: number): void {
  const means = samples.map((values) => sampleMean(values).mean);
  const [s0, s1, s2] = [0, 1, 2].map((s) => Math.log2(means[s] / means[s + 1]));
  const limit = 2 * s2 - s1;
  // To first order in the noise the limit is a mean too, of these numbers.
  const influence = combineSamples(
    samples.slice(1),
    [-1, 3, -2].map((w, s) => w / means[s + 1] / Math.LN2),
  );
  const tolerance = ERRORS * sampleMean(influence).standardError + Math.abs(limit - (2 * s1 - s0)) + 0.05;
  fc.pre(tolerance < 0.6);
  expect(limit).toBeGreaterThanOrEqual(order - tolerance);
}

function combineSamples(samples: readonly Float64Array[], weights: readonly number[]): Float64Array {
  return samples[0].map((_, n) => samples.reduce((sum, values, s) => sum + weights[s] * values[n], 0));
}

/** The solution of a small linear system, by Gauss-Jordan elimination with pivots. */
function solve(matrix: number[][], right: number[]): number[] {
  const rows = matrix.map((row, i) => [...row, right[i]]);
  for (let i = 0; i < rows.length; i++) {
    const pivot = rows
      .slice(i)
      .reduce((best, row, k) => (Math.abs(row[i]) > Math.abs(rows[best][i]) ? i + k : best), i);
    [rows[i], rows[pivot]] = [rows[pivot], rows[i]];
    const scaled = rows[i].map((value) => value / rows[i][i]);
    rows.forEach((row, k) => {
      rows[k] = k === i ? scaled : row.map((value, j) => value - row[i] * scaled[j]);
    });
  }
  return rows.map((row) => row[row.length - 1]);
}
