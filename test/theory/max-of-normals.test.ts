import fc from "fast-check";
import { ArgumentError } from "smoothcert";
import { expectedMax, expectedMaxSquared, sampleMean } from "smoothcert/train";
import { describe, expect, test } from "vitest";
import { seededNormals } from "./networks.js";

const relative = (value: number, exact: number) => Math.abs(value / exact - 1);
const copies = fc.oneof(fc.integer({ min: 2, max: 200 }), fc.integer({ min: 2, max: 2 ** 50 }));

describe("expectedMax and expectedMaxSquared", () => {
  test("have the closed forms of one to five copies", () => {
    const pi = Math.PI;
    const exactMeans = [
      1 / Math.sqrt(pi),
      3 / (2 * Math.sqrt(pi)),
      (6 * Math.atan(Math.SQRT2)) / pi ** 1.5,
      5 / (4 * Math.sqrt(pi)) + (15 * Math.asin(1 / 3)) / (2 * pi ** 1.5),
    ];
    const exactSquares = [1, 1 + Math.sqrt(3) / (2 * pi), 1 + Math.sqrt(3) / pi];
    expect(expectedMax(1)).toBe(0);
    expect(relative(expectedMaxSquared(1), 1)).toBeLessThan(1e-14);
    for (const [i, exact] of exactMeans.entries()) expect(relative(expectedMax(i + 2), exact)).toBeLessThan(1e-14);
    for (const [i, exact] of exactSquares.entries()) {
      expect(relative(expectedMaxSquared(i + 2), exact)).toBeLessThan(1e-14);
    }
  });

  // Printed to six decimals by two independent quadratures (trapezoid and adaptive) that agreed to 1e-8.
  test.each([
    [8, 1.4236, 2.399535],
    [10, 1.538753, 2.712104],
    [16, 1.765991, 3.413735],
    [25, 1.965315, 4.120972],
    [32, 2.069669, 4.525147],
    [50, 2.249074, 5.274045],
    [64, 2.343733, 5.696573],
    [100, 2.507594, 6.472431],
    [150, 2.649247, 7.188313],
  ])("agree with the table of moments for %i copies", (m, mean, square) => {
    expect(Math.abs(expectedMax(m) - mean)).toBeLessThanOrEqual(5.01e-7);
    expect(Math.abs(expectedMaxSquared(m) - square)).toBeLessThanOrEqual(5.01e-7);
  });

  test("lie within the paper's bounds, below the sharp constant at m = 2, for any number of copies", () => {
    fc.assert(
      fc.property(copies, (m) => {
        const c = expectedMax(m);
        expect(c).toBeGreaterThanOrEqual(0.23 * Math.sqrt(Math.log(m)));
        expect(c).toBeGreaterThanOrEqual((1 - 1e-13) * Math.sqrt(Math.log(m) / (Math.PI * Math.LN2)));
        expect(c).toBeLessThanOrEqual(Math.SQRT2 * Math.sqrt(Math.log(m)));
      }),
    );
  });

  test("grow with the number of copies, and the variance shrinks", () => {
    fc.assert(
      fc.property(copies, fc.double({ min: 1, max: 4, noNaN: true }), (m, factor) => {
        const more = Math.max(m + 1, Math.floor(m * factor));
        // One more copy among 2^50 changes nothing that a double can show.
        const slack = 1e-12;
        expect(expectedMax(more)).toBeGreaterThanOrEqual(expectedMax(m) * (1 - slack));
        expect(expectedMaxSquared(more)).toBeGreaterThanOrEqual(expectedMaxSquared(m) * (1 - slack));
        expect(varianceOfMax(more)).toBeLessThanOrEqual(varianceOfMax(m) + 1e-10);
        if (factor > 1.5) expect(expectedMax(more)).toBeGreaterThan(expectedMax(m));
      }),
    );
  });

  // Extreme value theory: with b = Q^-1(1/m), E M_m = b + gamma/b + O((ln b)^2 / b^3).
  test("approach the Gumbel limit for very many copies", () => {
    const m = 2 ** 52;
    const logs = Math.log(m);
    const scale = Math.sqrt(2 * logs);
    const limit = scale - (Math.log(logs) + Math.log(4 * Math.PI)) / (2 * scale) + 0.5772156649015329 / scale;
    expect(Math.abs(expectedMax(m) - limit)).toBeLessThan((2 * Math.log(scale) ** 2) / scale ** 3);
    expect(Math.abs(varianceOfMax(m) * scale ** 2 - Math.PI ** 2 / 6)).toBeLessThan(0.2);
  });

  // Eight standard errors of 100,000 draws: false failure below 1e-14 per comparison.
  test.each([1, 2, 3, 7, 30])("agree with brute force for %i copies", (m) => {
    const normal = seededNormals(20260 + m);
    const maxima = Float64Array.from({ length: 100_000 }, () => {
      let top = Number.NEGATIVE_INFINITY;
      for (let i = 0; i < m; i++) top = Math.max(top, normal());
      return top;
    });
    const mean = sampleMean(maxima);
    const square = sampleMean(maxima.map((x) => x * x));
    expect(Math.abs(mean.mean - expectedMax(m))).toBeLessThan(8 * mean.standardError);
    expect(Math.abs(square.mean - expectedMaxSquared(m))).toBeLessThan(8 * square.standardError);
  });

  test.each([0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY])("refuse %d copies", (m) => {
    for (const f of [expectedMax, expectedMaxSquared]) {
      expect(() => f(m)).toThrow(ArgumentError);
      expect(() => f(m)).toThrow(`${f.name}: m must be an integer of at least 1, got ${m}`);
    }
  });
});

function varianceOfMax(m: number): number {
  return expectedMaxSquared(m) - expectedMax(m) ** 2;
}
