import fc from "fast-check";
import { ArgumentError, nextUp } from "smoothcert";
import { clopperPearsonLower, clopperPearsonUpper } from "smoothcert/certify";
import { describe, expect, it } from "vitest";
import { logTail } from "../../laws/binomial-reference.js";
import { type Fraction, fractionOf, tailIsAtMost } from "../../laws/exact.js";
import { exceedingChance } from "../../laws/failure-chance.js";
import { BITS, type Enclosure, exp, LOG_ERROR, log, logOfFraction, ONE } from "../../laws/fixed-point.js";
import { binomialPmf } from "../../laws/statistics.js";

const CLOSE = 1e-12;

const someAlpha = fc.oneof(
  fc.constantFrom(0.5, 0.1, 0.05, 0.01, 0.001, 1e-6, 1e-12),
  fc.double({ min: 1e-12, max: 0.5, noNaN: true }),
);
const someV = fc.oneof(
  fc.constantFrom(2 ** -52, 1e-3, 0.5, 1),
  fc.double({ min: 0, minExcluded: true, max: 1, noNaN: true }),
);

interface Case {
  readonly k: number;
  readonly n: number;
  readonly alpha: number;
  readonly v: number;
}
function someCase(largest: number): fc.Arbitrary<Case> {
  const votes = fc.integer({ min: 1, max: largest }).chain((n) => {
    const most = fc.integer({ min: Math.max(1, n - 9), max: n });
    return fc.record({ n: fc.constant(n), k: fc.oneof(most, fc.integer({ min: 1, max: n })) });
  });
  return fc.record({ votes, alpha: someAlpha, v: someV }).map(({ votes, alpha, v }) => ({ ...votes, alpha, v }));
}

/** The weight that the bound gives the draw. */
const weightOf = ({ v, alpha }: Case): number => Math.max(v, 2 * alpha);

/**
 * ln (P[Bin(n, p) > k] + v P[Bin(n, p) = k]) = ln P[>= k] + ln (v + (1 - v) P[>= k+1] / P[>= k]), between two integers.
 */
function logWeightedTail(k: number, n: number, p: Fraction, v: Fraction): Enclosure {
  const all = logTail(k, n, p);
  const weight = (v.numerator << BITS) / v.denominator;
  const next = k === n ? undefined : logTail(k + 1, n, p);
  const share = (gap: bigint): bigint => (ONE * ONE) / exp(gap);
  // exp is within 2^-138 = 2^22 units of ONE, and the rest of the mixture within a few units.
  const mixture = (rest: bigint): bigint => weight + (((ONE - weight) * rest) >> BITS);
  const least = mixture(next === undefined ? 0n : share(all.most - next.least)) - (1n << 24n);
  const most = mixture(next === undefined ? 0n : share(all.least - next.most)) + (1n << 24n);
  return {
    least: all.least + log(least) - log(ONE) - 2n * LOG_ERROR,
    most: all.most + log(most) - log(ONE) + 2n * LOG_ERROR,
  };
}

describe("the randomised Clopper-Pearson bound", () => {
  it("is never above the exact one, nor 1e-12 below, for n <= 300: in exact integers", () => {
    fc.assert(
      fc.property(someCase(300), (votes) => {
        const { k, n, alpha, v } = votes;
        const p = clopperPearsonLower(k, n, alpha, v);
        expect(p).toBeLessThan(k / n);
        expect(tailIsAtMost(k, n, p, alpha, weightOf(votes))).toBe(true);
        expect(tailIsAtMost(k, n, p * (1 + CLOSE), alpha, weightOf(votes))).toBe(false);
      }),
      { numRuns: 1500 },
    );
  });

  it("keeps that up to n = 10^7, in proved bounds of the tail", () => {
    fc.assert(
      fc.property(someCase(1e7), (votes) => {
        const { k, n, alpha, v } = votes;
        const p = clopperPearsonLower(k, n, alpha, v);
        const weight = fractionOf(weightOf(votes));
        const level = logOfFraction(fractionOf(alpha));
        expect(logWeightedTail(k, n, fractionOf(p), weight).most <= level.least).toBe(true);
        expect(logWeightedTail(k, n, fractionOf(p * (1 + CLOSE)), weight).least > level.most).toBe(true);
      }),
      { numRuns: 400 },
    );
  });

  it("fails with probability alpha: over all votes and all draws, but where the draw counts as 2 alpha", () => {
    let exact = 0;
    for (const n of [1, 2, 5, 12]) {
      for (const alpha of [0.3, 0.05, 0.01]) {
        for (let i = 1; i < 30; i++) {
          const p = i / 30.5;
          const chance = failureChance(p, n, alpha);
          expect(chance).toBeLessThanOrEqual(alpha * (1 + 1e-11));
          expect(chance).toBeCloseTo(exceedingChance(p, p, { n, level: alpha, randomised: true }), 11);
          if (chance > alpha * (1 - 1e-9)) exact += 1;
          // Where it isn't alpha, P[v < 2 alpha] = 2 alpha of one vote's probability is missing at most.
          expect(chance).toBeGreaterThanOrEqual(alpha - 2 * alpha * Math.max(...binomialPmf(n, p)));
          const ordinary = exceedingChance(p, p, { n, level: alpha, randomised: false });
          expect(chance).toBeGreaterThanOrEqual(ordinary * (1 - 1e-12));
        }
      }
    }
    expect(exact).toBeGreaterThan(200); // of 348
  });

  it("with v = 1 is Clopper and Pearson's own; falls as v grows; and ends below that of one vote more", () => {
    fc.assert(
      fc.property(someCase(100_000), someV, ({ k, n, alpha, v }, other) => {
        const p = clopperPearsonLower(k, n, alpha, v);
        expect(clopperPearsonLower(k, n, alpha, 1)).toBe(clopperPearsonLower(k, n, alpha));
        expect(p).toBeGreaterThanOrEqual(clopperPearsonLower(k, n, alpha) * (1 - CLOSE));
        const [less, more] = [Math.max(Math.min(v, other), 2 * alpha), Math.max(v, other)];
        if (more > less * (1 + 1e-6)) {
          const [high, low] = [clopperPearsonLower(k, n, alpha, less), clopperPearsonLower(k, n, alpha, more)];
          expect(high * (1 + CLOSE)).toBeGreaterThanOrEqual(low);
          if (n < 1000 && less > 1e-6 && more > less * 1.1) expect(high).toBeGreaterThan(low);
        }
        if (k < n) expect(p).toBeLessThan(clopperPearsonLower(k + 1, n, alpha) * (1 + CLOSE));
      }),
    );
  });

  it("counts smaller draws as 2 alpha", () => {
    expect(clopperPearsonLower(90, 100, 0.01, 2 ** -52)).toBe(clopperPearsonLower(90, 100, 0.01, 0.02));
    expect(clopperPearsonLower(90, 100, 0.01, 0.0199)).toBe(clopperPearsonLower(90, 100, 0.01, 0.02));
    expect(clopperPearsonLower(90, 100, 0.01, 0.03)).toBeLessThan(clopperPearsonLower(90, 100, 0.01, 0.02));
  });

  it("is (alpha / v)^(1/n) where all agree, and 0 where none does", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 2 ** 30 }), someAlpha, someV, (n, alpha, v) => {
        const weight = Math.max(v, 2 * alpha);
        const exact = Math.exp((Math.log(alpha) - Math.log(weight)) / n);
        expect(Math.abs(clopperPearsonLower(n, n, alpha, v) / exact - 1)).toBeLessThan(CLOSE);
        expect(clopperPearsonLower(0, n, alpha, v)).toBe(0);
      }),
    );
  });

  it("has an upper bound for a mirror image, rounded up", () => {
    fc.assert(
      fc.property(someCase(10_000), ({ k, n, alpha, v }) => {
        const upper = clopperPearsonUpper(n - k, n, alpha, v);
        expect(upper).toBe(nextUp(1 - clopperPearsonLower(k, n, alpha, v)));
        expect(clopperPearsonUpper(n, n, alpha, v)).toBe(1);
      }),
    );
  });

  it.each([0, -0.5, 1.000001, Number.NaN])("refuses v = %d", (v) => {
    for (const bound of [clopperPearsonLower, clopperPearsonUpper]) {
      expect(() => bound(5, 10, 0.01, v)).toThrow(ArgumentError);
      expect(() => bound(5, 10, 0.01, v)).toThrow(`clopperPearsonLower: v must be in (0, 1], got ${v}`);
    }
  });
});

/** P[bound > p] of the function itself: it is so for the draws below a number that depends on the votes. */
function failureChance(p: number, n: number, alpha: number): number {
  return binomialPmf(n, p).reduce((sum, votes, k) => sum + votes * largestFailingDraw(k, n, alpha, p), 0);
}

function largestFailingDraw(k: number, n: number, alpha: number, p: number): number {
  const fails = (v: number): boolean => clopperPearsonLower(k, n, alpha, v) > p;
  if (fails(1)) return 1;
  if (!fails(2 ** -52)) return 0;
  let [least, most] = [2 ** -52, 1];
  for (let i = 0; i < 45; i++) {
    const middle = (least + most) / 2;
    if (fails(middle)) least = middle;
    else most = middle;
  }
  return least;
}
