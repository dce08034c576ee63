import { readFileSync } from "node:fs";
import fc from "fast-check";
import jstat from "jstat";
import { ArgumentError, CounterRandom, nextUp, STREAM } from "smoothcert";
import { clopperPearsonLower, clopperPearsonUpper, MAX_SAMPLES } from "smoothcert/certify";
import { describe, expect, it } from "vitest";
import { logUpperTail } from "../../../certify/bounds/binomial-tail.js";
import { repetitions } from "../../laws/effort.js";
import { fractionOf, fractionOfDecimal, isAtMost, relativeDifference, tailIsAtMost } from "../../laws/exact.js";
import { runSeed } from "../../laws/seed.js";
import { binomialPmf, binomialRange } from "../../laws/statistics.js";

const ALPHAS = [0.5, 0.1, 0.05, 0.01, 0.001, 1e-6, 1e-12];
const fixture = (name: string): unknown =>
  JSON.parse(readFileSync(new URL(`../../fixtures/certify/${name}`, import.meta.url), "utf8"));

/** How many of the bounds lie above the exact one, and how many more than 1e-12 below it. In exact integers. */
function misses(cases: Iterable<[number, number, number]>, bound: (k: number, n: number, alpha: number) => number) {
  const found = { above: 0, tooLow: 0, cases: 0 };
  for (const [k, n, alpha] of cases) {
    const p = bound(k, n, alpha);
    found.cases += 1;
    if (!tailIsAtMost(k, n, p, alpha)) found.above += 1;
    else if (tailIsAtMost(k, n, p * (1 + 1e-12), alpha)) found.tooLow += 1;
  }
  return found;
}

function* allCases(largest: number): Generator<[number, number, number]> {
  for (let n = 1; n <= largest; n++) for (let k = 1; k <= n; k++) for (const alpha of ALPHAS) yield [k, n, alpha];
}

const someAlpha = fc.oneof(fc.constantFrom(...ALPHAS), fc.double({ min: 1e-12, max: 0.5, noNaN: true }));
const someCounts = (largest: number): fc.Arbitrary<{ k: number; n: number }> =>
  fc
    .integer({ min: 1, max: largest })
    .chain((n) => fc.record({ k: fc.integer({ min: 0, max: n }), n: fc.constant(n) }));

describe("clopperPearsonLower", () => {
  it("is never above the exact bound, nor 1e-12 below, for all nA <= n <= 60: in exact integers", () => {
    expect(misses(allCases(60), clopperPearsonLower)).toEqual({ above: 0, tooLow: 0, cases: 12_810 });
  });

  it("would be found out if it rounded to nearest: jStat's quantile is above the exact bound in many cases", () => {
    const alone = misses(allCases(20), (k, n, alpha) => jstat.beta.inv(alpha, k, n - k + 1));
    expect(alone.above).toBeGreaterThan(alone.cases / 10);
  });

  it("keeps that for larger n", () => {
    const cases = fc.sample(fc.tuple(someCounts(2000), someAlpha), { numRuns: 40, seed: runSeed });
    const triples = cases.map(([{ k, n }, alpha]): [number, number, number] => [Math.max(k, 1), n, alpha]);
    const nearlyAll = triples.map(([k, n, alpha]): [number, number, number] => [Math.max(1, n - (k % 9)), n, alpha]);
    expect(misses([...triples, ...nearlyAll], clopperPearsonLower)).toEqual({ above: 0, tooLow: 0, cases: 80 });
  });

  it("keeps that up to n = 2^30, against 40 digits from mpmath (test/fixtures/certify/make.py)", () => {
    const cases = fixture("bounds.json") as { nA: number; n: number; alpha: number; lower: string }[];
    expect(cases.length).toBeGreaterThan(100);
    for (const { nA, n, alpha, lower } of cases) {
      const bound = fractionOf(clopperPearsonLower(nA, n, alpha));
      const exact = fractionOfDecimal(lower);
      expect(isAtMost(bound, exact), `${nA} of ${n}, alpha ${alpha}`).toBe(true);
      expect(relativeDifference(bound, exact), `${nA} of ${n}, alpha ${alpha}`).toBeGreaterThan(-1e-12);
    }
  });

  it("is the bound that Cohen et al.'s code computes (scipy; test/fixtures/certify/make.py)", () => {
    const { cases } = fixture("cohen.json") as { cases: { nA: number; n: number; alpha: number; lower: number }[] };
    for (const { nA, n, alpha, lower } of cases) {
      expect(Math.abs(clopperPearsonLower(nA, n, alpha) / lower - 1)).toBeLessThan(1e-9);
    }
  });

  it("is alpha^(1/n) where all agree, 1 - (1-alpha)^(1/n) where one does, and 0 where none does", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: MAX_SAMPLES }), someAlpha, (n, alpha) => {
        expect(clopperPearsonLower(0, n, alpha)).toBe(0);
        const all = clopperPearsonLower(n, n, alpha);
        expect(Math.abs(all / Math.exp(Math.log(alpha) / n) - 1)).toBeLessThan(1e-12);
        const one = clopperPearsonLower(1, n, alpha);
        expect(Math.abs(one / -Math.expm1(Math.log1p(-alpha) / n) - 1)).toBeLessThan(1e-12);
      }),
    );
  });

  it("grows with nA and with alpha, and shrinks with n", () => {
    fc.assert(
      fc.property(someCounts(100_000), someAlpha, someAlpha, ({ k, n }, alpha, other) => {
        const p = clopperPearsonLower(k, n, alpha);
        expect(p).toBeLessThanOrEqual(k / n);
        if (k < n) expect(clopperPearsonLower(k + 1, n, alpha)).toBeGreaterThan(p);
        // Neighbouring alphas may differ by less than the bound is rounded down.
        if (other > alpha * (1 + 1e-9)) expect(clopperPearsonLower(k, n, other)).toBeGreaterThanOrEqual(p);
        expect(clopperPearsonLower(k, n + 1, alpha)).toBeLessThanOrEqual(p);
      }),
    );
  });

  it("covers: over simulated votes it exceeds the true p as often as the binomial says, and so at most alpha", () => {
    const [n, alpha, trials] = [200, 0.05, repetitions(20_000)];
    for (const p of [0.3, 0.5, 0.77, 0.95, 0.999]) {
      const pmf = binomialPmf(n, p);
      const exceeds = [...pmf.keys()].filter((k) => clopperPearsonLower(k, n, alpha) > p);
      const chance = exceeds.reduce((sum, k) => sum + pmf[k], 0);
      expect(chance).toBeLessThanOrEqual(alpha);
      const votes = simulateVotes(n, p, trials);
      const failures = votes.filter((k) => clopperPearsonLower(k, n, alpha) > p).length;
      // Leaves the range with probability 1e-8 at most.
      expect(failures).toBeGreaterThanOrEqual(binomialRange(trials, Math.max(chance, 1e-300), 5).least);
      expect(failures).toBeLessThanOrEqual(binomialRange(trials, Math.max(chance, 1e-300), 5).most);
    }
  });

  it("gives 0 where the bound is too small to be told from it", () => {
    expect(clopperPearsonLower(1, 1000, 1e-300)).toBe(0);
    expect(clopperPearsonLower(1, 1, Number.MIN_VALUE)).toBe(0);
    expect(clopperPearsonLower(1, 1000, 1e-280)).toBeGreaterThan(0);
    expect(clopperPearsonLower(1000, 1000, 1e-300)).toBeCloseTo(10 ** -0.3, 12);
  });

  it.each([
    [1, 0, 0.1, "clopperPearsonLower: n must be an integer in [1, 1073741824], got 0"],
    [1, 2 ** 30 + 1, 0.1, "clopperPearsonLower: n must be an integer in [1, 1073741824], got 1073741825"],
    [6, 5, 0.1, "clopperPearsonLower: nA must be an integer in [0, 5], got 6"],
    [-1, 5, 0.1, "clopperPearsonLower: nA must be an integer in [0, 5], got -1"],
    [1.5, 5, 0.1, "clopperPearsonLower: nA must be an integer in [0, 5], got 1.5"],
    [1, 5, 0, "clopperPearsonLower: alpha must be in (0, 1/2], got 0"],
    [1, 5, 0.51, "clopperPearsonLower: alpha must be in (0, 1/2], got 0.51"],
    [1, 5, Number.NaN, "clopperPearsonLower: alpha must be in (0, 1/2], got NaN"],
  ])("refuses nA = %d, n = %d, alpha = %d", (nA, n, alpha, message) => {
    expect(() => clopperPearsonLower(nA, n, alpha)).toThrow(ArgumentError);
    expect(() => clopperPearsonLower(nA, n, alpha)).toThrow(message);
  });
});

describe("clopperPearsonUpper", () => {
  it("is the lower bound mirrored, rounded up", () => {
    fc.assert(
      fc.property(someCounts(10_000), someAlpha, ({ k, n }, alpha) => {
        const lower = clopperPearsonLower(n - k, n, alpha);
        const upper = clopperPearsonUpper(k, n, alpha);
        expect(upper).toBe(lower === 0 ? 1 : nextUp(1 - lower));
        expect(upper).toBeLessThanOrEqual(1);
        expect(upper).toBeGreaterThan(k / n - 1e-15);
        // upper >= 1 - lower without rounding
        const sum = fractionOf(upper).numerator * fractionOf(lower).denominator;
        const missing = fractionOf(lower).denominator - fractionOf(lower).numerator;
        expect(sum >= missing * fractionOf(upper).denominator).toBe(true);
      }),
    );
  });
});

describe("logUpperTail", () => {
  it("is right to its own error bound, against sums in exact integers", () => {
    const someP = fc.double({ min: 1e-6, max: 1, noNaN: true });
    fc.assert(
      fc.property(someCounts(120), someP, ({ k, n }, share) => {
        fc.pre(k > 0);
        const p = (share * k) / n;
        fc.pre(p > 0 && p <= k / n && p < 1);
        const { log, error } = logUpperTail(k, n, p);
        // exp is right to an ulp or two: 4e-16, and its argument's rounding is part of the error bound.
        const slack = error + 1e-15 + Math.abs(log) * 1e-16;
        fc.pre(log > -700);
        expect(tailIsAtMost(k, n, p, Math.exp(log + slack))).toBe(true);
        expect(tailIsAtMost(k, n, p, Math.exp(log - slack))).toBe(false);
        expect(error).toBeLessThan(1e-11);
      }),
      { numRuns: 300 },
    );
  });

  it.each([
    [0, 5, 0.1, "logUpperTail: k must be an integer in [1, 5], got 0"],
    [3, 0, 0.1, "logUpperTail: n must be an integer in [1, 1073741824], got 0"],
    [3, 5, 0.7, "logUpperTail: p must be in (0, k/n] = (0, 0.6], got 0.7"],
    [3, 5, 0, "logUpperTail: p must be in (0, k/n] = (0, 0.6], got 0"],
  ])("refuses k = %d, n = %d, p = %d", (k, n, p, message) => {
    expect(() => logUpperTail(k, n, p)).toThrow(ArgumentError);
    expect(() => logUpperTail(k, n, p)).toThrow(message);
  });
});

/** Numbers of successes in n trials. */
function simulateVotes(n: number, p: number, trials: number): number[] {
  const random = new CounterRandom({ seed: runSeed, stream: STREAM.theory, example: 0, sample: 0 });
  return Array.from({ length: trials }, () => {
    let successes = 0;
    for (let i = 0; i < n; i++) if (random.uniform() < p) successes += 1;
    return successes;
  });
}
