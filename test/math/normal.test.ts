import { readFileSync } from "node:fs";
import fc from "fast-check";
import { NORMAL_TAIL_ERROR, nextDown, nextUp, normalCdf, normalPdf, normalQuantile, normalUpperTail } from "smoothcert";
import { describe, expect, it } from "vitest";
import { fractionOf, fractionOfDecimal, relativeDifference } from "../laws/exact.js";

/** 40-digit values made by test/fixtures/certify/make.py with mpmath. */
const reference: {
  tails: { x: number; tail: string }[];
  quantiles: { p: number; quantile: string }[];
} = JSON.parse(readFileSync(new URL("../fixtures/certify/normal.json", import.meta.url), "utf8"));

const error = (value: number, exact: string): number =>
  Math.abs(relativeDifference(fractionOf(value), fractionOfDecimal(exact)));

describe("the normal distribution", () => {
  it("has the right upper tail on [0, 37], to 1e-13 and so to the stated error", () => {
    const worst = Math.max(...reference.tails.map(({ x, tail }) => error(normalUpperTail(x), tail)));
    expect(worst).toBeLessThan(1e-13);
    expect(worst).toBeLessThan(NORMAL_TAIL_ERROR);
    expect(worst).toBeGreaterThan(0);
  });

  it("has the right lower tail", () => {
    for (const { x, tail } of reference.tails) {
      expect(error(normalCdf(-x), tail)).toBeLessThan(1e-13);
      expect(normalCdf(x)).toBe(1 - normalUpperTail(x));
      expect(normalUpperTail(-x)).toBe(1 - normalUpperTail(x));
    }
  });

  it("has a tail that never grows", () => {
    const anyX = fc.double({ min: -9, max: 38, noNaN: true });
    // Where doubles are finer than the tail's error, neighbours may come in either order.
    fc.assert(
      fc.property(anyX, fc.double({ min: 1e-9, max: 1, noNaN: true }), (x, step) => {
        expect(normalUpperTail(x + step)).toBeLessThanOrEqual(normalUpperTail(x));
      }),
    );
  });

  it("has quantiles that agree with the reference where doubles allow it", () => {
    for (const { p, quantile } of reference.quantiles) {
      // d quantile = dp / pdf: half an ulp of p around 1/2 is 1e-16 / 0.4 there.
      const difference = Math.abs(normalQuantile(p) - Number(quantile));
      expect(difference, String(p)).toBeLessThan(4e-15 * Math.abs(Number(quantile)) + 1e-15);
    }
  });

  it("has quantiles at the ends, and none outside", () => {
    expect([0, 0.5, 1].map(normalQuantile)).toEqual([-Infinity, 0, Infinity]);
    expect([-0.1, 1.1, Number.NaN].map(normalQuantile)).toEqual([Number.NaN, Number.NaN, Number.NaN]);
    // mpmath: the root of erfc(x/sqrt(2))/2 = 2^-1074 is 38.4674.
    expect(Math.abs(normalQuantile(Number.MIN_VALUE) + 38.4674)).toBeLessThan(0.38);
    expect(Math.abs(normalQuantile(1e-310) + 37.6632)).toBeLessThan(0.37);
  });

  it("mirrors its quantiles", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 2 ** 30 - 1 }), (k) => {
        expect(normalQuantile(1 - k / 2 ** 30)).toBe(0 - normalQuantile(k / 2 ** 30));
      }),
    );
  });

  it("has the right density", () => {
    expect(normalPdf(0)).toBeCloseTo(1 / Math.sqrt(2 * Math.PI), 15);
    // -d tail / dx by central difference; the truncation is below 1e-8.
    for (const x of [-3, -1, 0.5, 2, 4]) {
      const slope = (normalUpperTail(x - 1e-4) - normalUpperTail(x + 1e-4)) / 2e-4;
      expect(Math.abs(slope - normalPdf(x))).toBeLessThan(1e-8);
    }
  });
});

describe("the neighbours of a double", () => {
  const anyFinite = fc.double({ noNaN: true, noDefaultInfinity: true });

  it("have nothing in between", () => {
    fc.assert(
      fc.property(anyFinite, (x) => {
        const up = nextUp(x);
        expect(up).toBeGreaterThan(x);
        if (up < Infinity) {
          const middle = x / 2 + up / 2;
          expect(middle <= x || middle >= up || Math.abs(x) < 1e-300).toBe(true);
        }
        expect(nextDown(x)).toBe(-nextUp(-x));
      }),
      { numRuns: 1000 },
    );
  });

  it("undo each other", () => {
    fc.assert(
      fc.property(anyFinite, (x) => {
        expect(nextDown(nextUp(x)) === x || nextUp(x) === Infinity).toBe(true);
      }),
    );
  });

  it("are right at zero, one and the ends", () => {
    expect([nextUp(0), nextUp(-0), nextDown(0)]).toEqual([5e-324, 5e-324, -5e-324]);
    expect([nextUp(1), nextDown(1)]).toEqual([1 + 2 ** -52, 1 - 2 ** -53]);
    expect(nextUp(-5e-324) === 0).toBe(true);
    expect([nextUp(Number.MAX_VALUE), nextDown(Infinity)]).toEqual([Infinity, Number.MAX_VALUE]);
    expect([nextUp(-Infinity), nextUp(Infinity)]).toEqual([-Number.MAX_VALUE, Infinity]);
    expect(nextUp(Number.NaN)).toBeNaN();
  });
});
