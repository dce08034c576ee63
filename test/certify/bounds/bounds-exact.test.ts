import { readFileSync } from "node:fs";
import fc from "fast-check";
import jstat from "jstat";
import { all, create } from "mathjs";
import { clopperPearsonLower, clopperPearsonUpper } from "smoothcert/certify";
import { describe, expect, it } from "vitest";
import { logFactorial, logTail } from "../../laws/binomial-reference.js";
import { repetitions } from "../../laws/effort.js";
import { fractionOf, fractionOfDecimal, tailIsAtMost } from "../../laws/exact.js";
import { BITS, log, logOfFraction, ONE } from "../../laws/fixed-point.js";
import { runSeed } from "../../laws/seed.js";

/**
 * Clopper and Pearson's bounds against references that share no code with them: exact rationals for small n, and tails
 * to 18 digits, between proved bounds, for all n. A bound is right if its tail is at most alpha, and close if that of
 * 1e-12 more is above alpha.
 */

const CLOSE = 1e-12;
/** Drawn anew in each run. */
const TRIPLES = repetitions(15_000);

interface Triple {
  readonly nA: number;
  readonly n: number;
  readonly alpha: number;
}

/** A fixed-point number as a double. */
const toNumber = (x: bigint): number => Number(x) / 2 ** Number(BITS);
const absolute = (x: bigint): bigint => (x < 0n ? -x : x);

/**
 * An upper bound of p'/p - 1, where p' is the exact bound; Infinity where p is above p'.
 *
 * Where it is below 1e-12 it is one: let e = 1e-12. d ln tail / d ln p = k/S(p), and S = 1 + r_1 + r_1 r_2 + ... is a
 * polynomial of degree n - k in the odds p/q with positive terms. From p to p(1+e) the odds grow by (1+e) / (1 - e
 * p/q), so S grows by less than exp(e (n-k) (1 + 2p/q)), at most exp(2 e (n+1)) as p <= (k+1)/(n+1): by 2.1e-5 for n <=
 * 10^7. So ln tail grows by 0.9999 e k/S(p) or more, and reaches ln alpha if it lacks less.
 */
function shortfall({ nA, n, alpha }: Triple, p: number): number {
  const tail = logTail(nA, n, fractionOf(p));
  const level = logOfFraction(fractionOf(alpha));
  if (tail.most > level.least) return Infinity;
  return toNumber(level.most - tail.least) / (0.9999 * tail.slope);
}

const parts = 2 ** 30;
/** Uniform on [0, 1], but for fast-check's liking for the ends. */
const share = fc.integer({ min: 0, max: parts }).map((i) => i / parts);
const logUniform = (least: number, most: number): fc.Arbitrary<number> =>
  share.map((u) => Math.min(most, Math.max(least, least * (most / least) ** u)));

/**
 * n log-uniform up to 10^7; alpha log-uniform, or a usual one; nA anywhere, small, close to n, around n/2 (-2 to 6
 * roots of n), one, all.
 */
const triples: fc.Arbitrary<Triple> = fc
  .record({
    n: logUniform(1, 1e7).map(Math.round),
    alpha: fc.oneof({ arbitrary: logUniform(1e-12, 0.5), weight: 3 }, fc.constantFrom(0.001, 0.01, 0.05, 0.1, 0.5)),
    sort: fc.constantFrom("any", "any", "few", "most", "most", "half", "one", "all"),
    u: share,
  })
  .map(({ n, alpha, sort, u }) => {
    const few = Math.round(n ** u);
    const half = Math.round(n / 2 + (8 * u - 2) * Math.sqrt(n));
    const counts: Record<typeof sort, number> = { any: Math.ceil(u * n), few, most: n - few, half, one: 1, all: n };
    return { nA: Math.min(n, Math.max(1, counts[sort])), n, alpha };
  });

function* allCounts(largest: number): Generator<[nA: number, n: number]> {
  for (let n = 1; n <= largest; n++) for (let nA = 1; nA <= n; nA++) yield [nA, n];
}

describe("the reference", () => {
  const math = create(all, { number: "BigNumber", precision: 80 });

  it("has logarithms like those of a BigNumber library", () => {
    const integers = fc.tuple(fc.bigInt({ min: 1n, max: 1n << 64n }), fc.integer({ min: 0, max: 1800 }));
    fc.assert(
      fc.property(integers, ([head, zeros]) => {
        const x = (head << BigInt(zeros)) + BigInt(zeros);
        const exact = math.log(math.bignumber(x.toString())).times(math.bignumber(ONE.toString()));
        expect(absolute(log(x) - BigInt(exact.toFixed(0))) < 1n << 20n).toBe(true);
      }),
      { numRuns: 300 },
    );
  });

  it("has logarithms of factorials that add up, where Stirling's series begins and beyond", () => {
    const at = fc.oneof(fc.integer({ min: 1, max: 200 }), logUniform(100, 2 ** 30).map(Math.round));
    fc.assert(
      fc.property(at, (n) => {
        const step = logFactorial(n) - logFactorial(n - 1) - (log(BigInt(n)) - log(1n));
        expect(absolute(step) < BigInt(n + 10) << 22n).toBe(true);
      }),
      { numRuns: 500 },
    );
  });

  it("agrees with exact rationals, an ulp or two from the tail's value", () => {
    const cases = fc.record({ n: fc.integer({ min: 1, max: 150 }), u: share, v: share });
    const decided = [0, 0];
    fc.assert(
      fc.property(cases, ({ n, u, v }) => {
        const k = Math.max(1, Math.ceil(u * n));
        const p = (Math.max(v, 0.01) * k) / n;
        fc.pre(p < 1 && p <= k / n);
        const tail = logTail(k, n, fractionOf(p));
        const value = Math.exp(toNumber(tail.least));
        fc.pre(value > 1e-290);
        for (const alpha of [1 - 4e-16, 1 - 2e-16, 1, 1 + 3e-16, 1 + 5e-16].map((factor) => value * factor)) {
          const level = logOfFraction(fractionOf(alpha));
          const exact = tailIsAtMost(k, n, p, alpha);
          decided[exact ? 1 : 0] += 1;
          expect(exact ? tail.least <= level.most : tail.most > level.least).toBe(true);
        }
        expect(toNumber(tail.most - tail.least)).toBeLessThan(1e-21);
      }),
      { numRuns: 400 },
    );
    expect(Math.min(...decided)).toBeGreaterThan(100);
  });

  it("finds alpha at the bounds of mpmath, to 30 digits and for n up to 2^30 (test/fixtures/certify/make.py)", () => {
    const cases: { nA: number; n: number; alpha: number; lower: string }[] = JSON.parse(
      readFileSync(new URL("../../fixtures/certify/bounds.json", import.meta.url), "utf8"),
    );
    expect(Math.max(...cases.map(({ n }) => n))).toBe(2 ** 30);
    for (const { nA, n, alpha, lower } of cases) {
      const tail = logTail(nA, n, fractionOfDecimal(lower));
      const level = logOfFraction(fractionOf(alpha));
      const slack = ONE / 10n ** 29n; // mpmath's 40 digits move the tail by n 1e-40 and less
      expect(tail.least <= level.most + slack && tail.most >= level.least - slack, `${nA} of ${n}, ${alpha}`).toBe(
        true,
      );
      expect(toNumber(tail.most - tail.least)).toBeLessThan(1e-17);
    }
  });
});

/** 200, or half as many. */
const LARGEST = repetitions(200, 100);
const CASES = (LARGEST * (LARGEST + 1)) / 2;

describe("clopperPearsonLower, for all nA <= n", () => {
  it("is never above the exact bound, and less than 1e-12 below, at alpha = 0.001: in exact rationals", () => {
    const found = { above: 0, tooLow: 0, cases: 0 };
    for (const [nA, n] of allCounts(LARGEST)) {
      const p = clopperPearsonLower(nA, n, 0.001);
      found.cases += 1;
      if (!tailIsAtMost(nA, n, p, 0.001)) found.above += 1;
      if (tailIsAtMost(nA, n, p * (1 + CLOSE), 0.001)) found.tooLow += 1;
    }
    expect(found).toEqual({ above: 0, tooLow: 0, cases: CASES });
  });

  it.each([0.5, 0.05, 1e-6, 1e-12])("is so at alpha = %d: in proved bounds of the tail", (alpha) => {
    const found = { above: 0, tooLow: 0, cases: 0 };
    for (const [nA, n] of allCounts(LARGEST)) {
      const below = shortfall({ nA, n, alpha }, clopperPearsonLower(nA, n, alpha));
      found.cases += 1;
      if (below === Infinity) found.above += 1;
      else if (below >= CLOSE) found.tooLow += 1;
    }
    expect(found).toEqual({ above: 0, tooLow: 0, cases: CASES });
  });
});

describe("bounds of random votes, n up to 10^7", () => {
  it("lie below the exact bound, by less than 1e-12 relative", { timeout: 600_000 }, () => {
    let cases = 0;
    let largest = { below: 0, nA: 0, n: 0, alpha: 0 };
    fc.assert(
      fc.property(triples, (triple) => {
        const below = shortfall(triple, clopperPearsonLower(triple.nA, triple.n, triple.alpha));
        if (below > largest.below) largest = { below, ...triple };
        cases += 1;
        return below < CLOSE;
      }),
      { numRuns: TRIPLES },
    );
    const { below, nA, n, alpha } = largest;
    console.log(
      `${cases} lower bounds, none above; ` +
        `${below.toExponential(2)} below at most (nA ${nA}, n ${n}, alpha ${alpha}); seed ${runSeed}`,
    );
    expect(cases).toBe(TRIPLES);
  });

  it("would be found out if they were rounded to nearest, or 1e-12 lower", () => {
    let above = 0;
    let tooLow = 0;
    const some = fc.sample(triples, { numRuns: repetitions(2000), seed: runSeed });
    for (const triple of some) {
      const { nA, n, alpha } = triple;
      if (shortfall(triple, Math.min(nA / n, jstat.beta.inv(alpha, nA, n - nA + 1))) === Infinity) above += 1;
      if (shortfall(triple, clopperPearsonLower(nA, n, alpha) * (1 - CLOSE)) >= CLOSE) tooLow += 1;
    }
    expect(above).toBeGreaterThan(some.length / 10);
    expect(tooLow).toBe(some.length);
  });

  it("lie above the exact bound, by less than 1e-12, from above", { timeout: 600_000 }, () => {
    fc.assert(
      fc.property(triples, ({ nA, n, alpha }) => {
        // Of n - nA successes in n trials: the failures number nA.
        const { numerator, denominator } = fractionOf(clopperPearsonUpper(n - nA, n, alpha));
        const missing = denominator - numerator; // 1 - upper = missing / denominator
        const level = logOfFraction(fractionOf(alpha));
        if (missing > 0n) expect(logTail(nA, n, { numerator: missing, denominator }).most <= level.least).toBe(true);
        const closer = { numerator: missing * 10n ** 12n + denominator, denominator: denominator * 10n ** 12n };
        expect(logTail(nA, n, closer).least > level.most).toBe(true);
      }),
      { numRuns: repetitions(5000) },
    );
  });
});
