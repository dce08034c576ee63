import fc from "fast-check";
import { ArgumentError, normalCdf, normalPdf } from "smoothcert";
import {
  expectedMax,
  expectedWinnerForm,
  firstOrderRisk,
  type SmoothLoss,
  sampleMean,
  secondOrderRisk,
  type TaylorPolynomial,
  taylorAt,
} from "smoothcert/train";
import { describe, expect, test } from "vitest";
import { repetitions } from "../laws/effort.js";
import { networkCases, seededNormals } from "./networks.js";

const seeds = fc.noShrink(fc.integer({ min: 0, max: 0xffffffff }));
const flat = { trace: 0, at: () => 0 };

/** A random quadratic loss c + b'x + x'Ax/2. */
function randomQuadratic(d: number, seed: number): SmoothLoss & { readonly point: Float64Array } {
  const normal = seededNormals(seed);
  const half = Array.from({ length: d }, () => Float64Array.from({ length: d }, normal));
  const a = half.map((row, i) => row.map((value, j) => (value + half[j][i]) / 2));
  const b = Float64Array.from({ length: d }, normal);
  const product = (v: Float64Array) => v.map((_, i) => a[i].reduce((sum, value, j) => sum + value * v[j], 0));
  return {
    point: Float64Array.from({ length: d }, normal),
    value: (x) => product(x).reduce((sum, value, i) => sum + x[i] * (value / 2 + b[i]), 0),
    gradient: (x) => product(x).map((value, i) => value + b[i]),
    hessianVector: (_, v) => product(v),
  };
}

describe("the expansion of the MaxUp risk", () => {
  test("of a linear loss is L + sigma c_m |g|, in both orders", () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: -1e3, max: 1e3, noNaN: true }), { minLength: 1, maxLength: 20 }),
        fc.integer({ min: 2, max: 1000 }),
        fc.double({ min: 0, max: 10, noNaN: true }),
        (g, m, sigma) => {
          fc.pre(Math.hypot(...g) > 1e-9);
          const taylor = { point: new Float64Array(g.length), loss: 3, gradient: Float64Array.from(g), hessian: flat };
          const exact = 3 + sigma * expectedMax(m) * Math.hypot(...g);
          expect(Math.abs(firstOrderRisk(taylor, m, sigma) - exact)).toBeLessThanOrEqual(1e-14 * exact);
          expect(secondOrderRisk(taylor, m, sigma)).toBe(firstOrderRisk(taylor, m, sigma));
        },
      ),
    );
  });

  test("has no first-order term for one copy, and for two copies the second-order term of one", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 5 }),
        seeds,
        fc.double({ min: 0, max: 2, noNaN: true }),
        (d, seed, sigma) => {
          const quadratic = randomQuadratic(d, seed);
          const taylor = taylorAt(quadratic, quadratic.point);
          const bend = (sigma ** 2 / 2) * taylor.hessian.trace;
          expect(firstOrderRisk(taylor, 1, sigma)).toBe(taylor.loss);
          expect(secondOrderRisk(taylor, 1, sigma)).toBeCloseTo(taylor.loss + bend, 10);
          expect(secondOrderRisk(taylor, 2, sigma) - firstOrderRisk(taylor, 2, sigma)).toBeCloseTo(bend, 10);
        },
      ),
    );
  });

  // The winner's projection and form, for random g and H, from 20,000 draws: eight standard errors, false failure below
  // 1e-12 a case.
  test("rests on the moments of the copy that the gradient favours", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 12 }), seeds, (d, m, seed) => {
        const quadratic = randomQuadratic(d, seed);
        const { gradient, hessian } = taylorAt(quadratic, quadratic.point);
        const normal = seededNormals(seed ^ 0x5bd1e995);
        const slopes = new Float64Array(20_000);
        const bends = slopes.map((_, k) => {
          const copies = Array.from({ length: m }, () => Float64Array.from({ length: d }, normal));
          const projections = copies.map((z) => z.reduce((sum, value, j) => sum + value * gradient[j], 0));
          slopes[k] = Math.max(...projections);
          return hessian.at(copies[projections.indexOf(slopes[k])]);
        });
        expectWithin(sampleMean(slopes), expectedMax(m) * Math.hypot(...gradient));
        expectWithin(sampleMean(bends), expectedWinnerForm(hessian, gradient, m));
      }),
      { numRuns: repetitions(25, 8) },
    );
  });

  // In one dimension, where the loss rises or falls throughout, the worst copy is the one of the largest (or smallest)
  // z: the risk is an integral, the remainders are Taylor's, and their bounds hold with no chance in it.
  test("in one dimension leaves less than Taylor's theorem allows, at every sigma", () => {
    fc.assert(
      fc.property(networkCases({ min: 1, max: 1 }), fc.integer({ min: 1, max: 50 }), ({ network, x }, m) => {
        const taylor = taylorAt(network, x);
        const sigmaMax = 0.05 * Math.min(1, Math.abs(taylor.gradient[0] / taylor.hessian.trace));
        const range = derivativesOver(network, x[0], REACH * sigmaMax);
        fc.pre(sigmaMax > 1e-3 && range.monotone);
        for (const sigma of [sigmaMax, sigmaMax / 4, sigmaMax / 16]) {
          const risk = riskOnALine(network, taylor, m, sigma);
          const [, , square, cube] = [0, 1, 2, 3].map((power) => meanOfMax(m, (t) => Math.abs(t) ** power));
          const first = Math.abs(risk - firstOrderRisk(taylor, m, sigma));
          const second = Math.abs(risk - secondOrderRisk(taylor, m, sigma));
          expect(first).toBeLessThanOrEqual(((sigma ** 2 * square) / 2) * range.second + 1e-13);
          expect(second).toBeLessThanOrEqual(((sigma ** 3 * cube) / 6) * range.third + 1e-13);
        }
      }),
      { numRuns: repetitions(100) },
    );
  });

  test("refuses a critical point of the loss for several copies", () => {
    const taylor: TaylorPolynomial = {
      point: new Float64Array(2),
      loss: 1,
      gradient: new Float64Array(2),
      hessian: { trace: 2, at: (v) => v[0] ** 2 + v[1] ** 2 },
    };
    expect(secondOrderRisk(taylor, 1, 0.5)).toBeCloseTo(1.25, 12);
    expect(() => secondOrderRisk(taylor, 2, 0.5)).toThrow(ArgumentError);
    expect(() => secondOrderRisk(taylor, 2, 0.5)).toThrow(
      /secondOrderRisk: gradient must be other than 0 for m > 1, got 0/,
    );
  });

  test.each([-0.1, Number.NaN, Number.POSITIVE_INFINITY])("refuses sigma %d", (sigma) => {
    const taylor = { point: new Float64Array(1), loss: 0, gradient: Float64Array.of(1), hessian: flat };
    for (const f of [firstOrderRisk, secondOrderRisk]) {
      expect(() => f(taylor, 2, sigma)).toThrow(ArgumentError);
      expect(() => f(taylor, 2, sigma)).toThrow(`sigma must be a finite number of at least 0, got ${sigma}`);
      expect(() => f(taylor, 0, 1)).toThrow("m must be an integer of at least 1, got 0");
    }
  });
});

/** Beyond this many standard deviations the largest of fifty normals has a mass below 1e-16. */
const REACH = 9;

function expectWithin(estimate: { mean: number; standardError: number }, exact: number): void {
  expect(Math.abs(estimate.mean - exact)).toBeLessThanOrEqual(8 * estimate.standardError + 1e-12);
}

/** E f(M_m) by the trapezoid rule on the density of the largest of m normals. */
function meanOfMax(m: number, f: (t: number) => number): number {
  const h = 1 / 64;
  let sum = 0;
  for (let t = -REACH; t <= REACH; t += h) sum += f(t) * m * normalPdf(t) * normalCdf(t) ** (m - 1);
  return h * sum;
}

/** E max_i L(x + sigma z_i) of a loss on the line that rises or falls throughout. */
function riskOnALine(loss: SmoothLoss, taylor: TaylorPolynomial, m: number, sigma: number): number {
  const step = sigma * Math.sign(taylor.gradient[0]);
  return meanOfMax(m, (t) => loss.value(Float64Array.of(taylor.point[0] + step * t)));
}

/**
 * Whether the loss is monotone within `radius` of x, and bounds on |L''| and |L'''| there, taken on a fine grid and
 * widened.
 */
function derivativesOver(loss: SmoothLoss, x: number, radius: number) {
  const grid = Array.from({ length: 201 }, (_, i) => Float64Array.of(x + (radius * (i - 100)) / 100));
  const slopes = grid.map((at) => loss.gradient(at)[0]);
  const bends = grid.map((at) => loss.hessianVector?.(at, Float64Array.of(1))[0] ?? Number.NaN);
  const thirds = bends.slice(1).map((bend, i) => (100 * (bend - bends[i])) / radius);
  const widest = (values: number[]) => 1.02 * Math.max(...values.map(Math.abs));
  const spacing = radius / 100;
  return {
    monotone: slopes.every((slope) => Math.sign(slope) === Math.sign(slopes[0])),
    second: widest(bends) + spacing * widest(thirds),
    third: widest(thirds) + 0.02 * widest(bends),
  };
}
