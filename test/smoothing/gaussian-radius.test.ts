import { readFileSync } from "node:fs";
import fc from "fast-check";
import { ArgumentError, nextUp } from "smoothcert";
import {
  certifiedRadius,
  clopperPearsonLower,
  fewestSamples,
  largestRadius,
  normalQuantileLower,
  normalQuantileUpper,
} from "smoothcert/certify";
import { describe, expect, it } from "vitest";
import { fractionOf, fractionOfDecimal, isAtMost, product } from "../laws/exact.js";
import { gaussianAt } from "../laws/theorem.js";

/** 40-digit quantiles made by test/fixtures/certify/make.py with mpmath. */
const quantiles = (
  JSON.parse(readFileSync(new URL("../fixtures/certify/normal.json", import.meta.url), "utf8")) as {
    quantiles: { p: number; quantile: string }[];
  }
).quantiles.filter(({ p }) => p > 0.5);

const someSigma = fc.oneof(fc.constantFrom(0.12, 0.25, 0.5, 1), fc.double({ min: 1e-3, max: 100, noNaN: true }));
const someP = fc.double({ min: 0.5, max: 1, minExcluded: true, maxExcluded: true, noNaN: true });

describe("normalQuantileLower", () => {
  it("is never above the exact quantile, nor 1e-11 below", () => {
    expect(quantiles.length).toBeGreaterThan(300);
    for (const { p, quantile } of quantiles) {
      const z = normalQuantileLower(p);
      expect(isAtMost(fractionOf(z), fractionOfDecimal(quantile)), String(p)).toBe(true);
      expect(Number(quantile) - z, String(p)).toBeLessThan(1e-11);
    }
  });

  it("has the upper bound for a mirror image: above the exact quantile, by less than 1e-11", () => {
    for (const { p, quantile } of quantiles) {
      const z = normalQuantileUpper(p);
      expect(isAtMost(fractionOfDecimal(quantile), fractionOf(z)), String(p)).toBe(true);
      expect(z - Number(quantile), String(p)).toBeLessThan(1e-11);
      const q = 1 - p; // exact
      expect(normalQuantileLower(q)).toBe(-z);
      expect(normalQuantileUpper(q)).toBe(-normalQuantileLower(p));
    }
  });

  it("is right on both sides of small probabilities", () => {
    // mpmath: -sqrt(2)*erfinv(1-2*mpf(p)) at 60 digits, for the double p
    for (const [p, quantile] of [
      [1e-9, "-5.997807015007686871"],
      [1e-100, "-21.27345356096532429"],
    ] as const) {
      expect(normalQuantileLower(p)).toBeLessThan(Number(quantile));
      expect(normalQuantileUpper(p)).toBeGreaterThan(Number(quantile));
      expect(normalQuantileUpper(p) - normalQuantileLower(p)).toBeLessThan(1e-11);
    }
  });

  it("is 0 at 1/2, and refuses what has no quantile", () => {
    expect(normalQuantileLower(0.5)).toBe(0);
    expect(normalQuantileUpper(0.5)).toBe(0);
    for (const p of [0, 1, Number.NaN]) {
      expect(() => normalQuantileLower(p)).toThrow(ArgumentError);
      expect(() => normalQuantileLower(p)).toThrow(`normalQuantileLower: p must be in (0, 1), got ${p}`);
      expect(() => normalQuantileUpper(p)).toThrow(`normalQuantileUpper: p must be in (0, 1), got ${p}`);
    }
  });
});

describe("certifiedRadius", () => {
  it("is never above sigma times the exact quantile: compared in exact integers", () => {
    for (const sigma of [0.12, 0.25, 0.5, 1, 64 / 255, 3.7e-5]) {
      for (const { p, quantile } of quantiles) {
        const radius = certifiedRadius(sigma, p);
        const exact = product(fractionOf(sigma), fractionOfDecimal(quantile));
        expect(isAtMost(fractionOf(radius), exact), `sigma ${sigma}, p ${p}`).toBe(true);
        expect(sigma * Number(quantile) - radius).toBeLessThan(1e-11 * sigma);
      }
    }
  });

  it("is the product with sigma rounded down, by an ulp or two", () => {
    fc.assert(
      fc.property(someSigma, someP, (sigma, p) => {
        const exact = product(fractionOf(sigma), fractionOf(normalQuantileLower(p)));
        fc.pre(exact.numerator > 0n);
        const radius = certifiedRadius(sigma, p);
        expect(isAtMost(fractionOf(radius), exact)).toBe(true);
        expect(isAtMost(exact, fractionOf(nextUp(nextUp(radius))))).toBe(true);
      }),
      { numRuns: 1000 },
    );
  });

  it("is 0 up to 1/2, and scales with sigma", () => {
    fc.assert(
      fc.property(someSigma, someP, (sigma, p) => {
        expect(certifiedRadius(sigma, 1 - p)).toBe(0);
        expect(certifiedRadius(0, p)).toBe(0);
        expect(Math.abs(certifiedRadius(sigma, p) - sigma * certifiedRadius(1, p))).toBeLessThan(1e-11 * sigma);
      }),
    );
    expect(certifiedRadius(1, 0.5)).toBe(0);
  });

  it("never shrinks as pALower grows, and grows with the votes", () => {
    fc.assert(
      fc.property(someSigma, someP, someP, fc.integer({ min: 600, max: 999 }), (sigma, p, other, nA) => {
        const [less, more] = [Math.min(p, other), Math.max(p, other)];
        // Within the error of the tail neighbours may come in either order.
        fc.pre(1 - more < (1 - less) * (1 - 1e-12));
        expect(certifiedRadius(sigma, more)).toBeGreaterThanOrEqual(certifiedRadius(sigma, less));
        const radiusOf = (votes: number): number => certifiedRadius(sigma, clopperPearsonLower(votes, 1000, 0.001));
        expect(radiusOf(nA + 1)).toBeGreaterThan(radiusOf(nA));
      }),
    );
  });

  it.each([
    [-1, 0.9, "certifiedRadius: sigma must be finite and at least 0, got -1"],
    [Infinity, 0.9, "certifiedRadius: sigma must be finite and at least 0, got Infinity"],
    [1, 1, "normalQuantileLower: p must be in (0, 1), got 1"],
    [1, Number.NaN, "normalQuantileLower: p must be in (0, 1), got NaN"],
  ])("refuses sigma = %d, pALower = %d", (sigma, pALower, message) => {
    expect(() => certifiedRadius(sigma, pALower)).toThrow(ArgumentError);
    expect(() => certifiedRadius(sigma, pALower)).toThrow(message);
  });
});

/** The largest radius of a one-sided bound under exact noise. */
const reach = (sigma: number, n: number, alpha: number): number =>
  largestRadius({ n0: 1, n, alpha }, 2, gaussianAt(sigma));

describe("largestRadius", () => {
  // sigma Phi^-1(alpha^(1/n)) at alpha = 0.001, rounded to 4 decimals. mpmath:
  // sqrt(2)*erfinv(2*mpf('0.001')**(mpf(1)/n)-1)
  it.each([
    [1000, 2.4633],
    [5000, 2.9931],
    [10_000, 3.1986],
    [100_000, 3.8115],
  ])("is, at n = %d and alpha = 0.001, %d sigma", (n, ceiling) => {
    expect(reach(1, n, 0.001)).toBeCloseTo(ceiling, 4);
    expect(reach(0.25, n, 0.001)).toBeCloseTo(0.25 * ceiling, 4);
  });

  it("is what no smaller vote exceeds", () => {
    for (let nA = 0; nA <= 100; nA++) {
      const radius = certifiedRadius(1, clopperPearsonLower(nA, 100, 0.01));
      expect(radius).toBeLessThanOrEqual(reach(1, 100, 0.01));
    }
  });
});

describe("fewestSamples", () => {
  it("is 11 at alpha = 0.001: ten equal votes prove 0.003 sigma at most", () => {
    expect(fewestSamples({ n0: 1, alpha: 0.001 }, 2)).toBe(11);
    expect(reach(1, 10, 0.001)).toBeLessThan(0.004);
  });

  it("is the least n whose unanimous vote certifies sigma / 100", () => {
    fc.assert(
      fc.property(fc.double({ min: 1e-12, max: 0.5, noNaN: true }), (alpha) => {
        const n = fewestSamples({ n0: 1, alpha }, 2);
        expect(reach(1, n, alpha)).toBeGreaterThanOrEqual(0.01);
        if (n > 1) expect(reach(1, n - 1, alpha)).toBeLessThan(0.01);
        expect(0.5 ** n).toBeLessThan(alpha);
      }),
    );
  });
});
