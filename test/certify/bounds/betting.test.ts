import fc from "fast-check";
import { ArgumentError, CounterRandom, STREAM } from "smoothcert";
import { bettingLower, bettingUpper, clopperPearsonLower, type EarlierVotes } from "smoothcert/certify";
import { describe, expect, it } from "vitest";
import { type Fraction, fractionOf, isAtMost } from "../../laws/exact.js";
import { runSeed } from "../../laws/seed.js";
import { binomialRange } from "../../laws/statistics.js";

const someAlpha = fc.oneof(fc.constantFrom(0.001, 0.01, 0.05, 0.5), fc.double({ min: 1e-9, max: 0.5, noNaN: true }));
const someVotes = (most: number) =>
  fc
    .integer({ min: 1, max: most })
    .chain((n) => fc.record({ n: fc.constant(n), nA: fc.oneof(fc.nat(n), fc.constant(n)) }));

/** Earlier votes: none, of any share, and unanimous ones. */
const someEarlier = (most: number): fc.Arbitrary<EarlierVotes> =>
  fc.oneof(
    fc.constant({ nA: 0, n: 0 }),
    fc
      .integer({ min: 1, max: most })
      .chain((n) => fc.record({ n: fc.constant(n), nA: fc.oneof(fc.nat(n), fc.constantFrom(0, n)) })),
  );
const NONE: EarlierVotes = { nA: 0, n: 0 };

/** C(n, k). */
function choose(n: number, k: number): bigint {
  let value = 1n;
  for (let i = 1n; i <= BigInt(k); i++) value = (value * (BigInt(n - k) + i)) / i;
  return value;
}

/** The average of q^nA (1-q)^(n-nA) over Beta(1/2, 1/2): C(2a, a) C(2b, b) / (4^n C(n, a)). */
function mixture({ nA, n }: EarlierVotes): Fraction {
  return {
    numerator: choose(2 * nA, nA) * choose(2 * (n - nA), n - nA),
    denominator: 4n ** BigInt(n) * choose(n, nA),
  };
}

/**
 * Whether the capital against the very double p is at least 1/alpha: the average of the likelihood over the earlier
 * votes' prior is the mixture of all votes over that of the earlier ones. In exact integers.
 */
function capitalReaches(nA: number, n: number, p: number, alpha: number, earlier = NONE): boolean {
  const [share, level] = [fractionOf(p), fractionOf(alpha)];
  const [all, before] = [mixture({ nA: earlier.nA + nA, n: earlier.n + n }), mixture(earlier)];
  const likelihood = {
    numerator: share.numerator ** BigInt(nA) * (share.denominator - share.numerator) ** BigInt(n - nA),
    denominator: share.denominator ** BigInt(n),
  };
  return isAtMost(
    { numerator: likelihood.numerator * before.numerator, denominator: likelihood.denominator * before.denominator },
    { numerator: all.numerator * level.numerator, denominator: all.denominator * level.denominator },
  );
}

/** How close to the root a bound by earlier votes is: the capital's parts can be as small as p to the power of n. */
const resolution = (n: number, p: number): number => (p === 0 ? 0 : -64 * Number.EPSILON * n * Math.log(p));

describe("bettingLower", () => {
  it("is proved, and close to the root: compared in exact integers", () => {
    fc.assert(
      fc.property(someVotes(150), someAlpha, someEarlier(150), ({ nA, n }, alpha, earlier) => {
        const p = bettingLower(nA, n, alpha, earlier);
        if (nA === 0) {
          expect(p).toBe(0);
          return;
        }
        expect(p).toBeGreaterThan(0);
        expect(capitalReaches(nA, n, p, alpha, earlier)).toBe(true);
        const next = p * (1 + 1e-12 + (earlier.n === 0 ? 0 : resolution(earlier.n + n, p)));
        expect(next > nA / n || next >= 1 || !capitalReaches(nA, n, next, alpha, earlier)).toBe(true);
      }),
      { numRuns: 600 },
    );
  });

  it("is below Clopper and Pearson's bound, which holds at one n only, whatever the earlier votes", () => {
    fc.assert(
      fc.property(someVotes(1_000_000), someAlpha, someEarlier(1000), ({ nA, n }, alpha, earlier) => {
        expect(bettingLower(nA, n, alpha, earlier)).toBeLessThanOrEqual(clopperPearsonLower(nA, n, alpha));
      }),
    );
  });

  it("grows with the votes and with alpha", () => {
    fc.assert(
      fc.property(someVotes(100_000), someAlpha, someAlpha, ({ nA, n }, alpha, other) => {
        if (nA < n) expect(bettingLower(nA + 1, n, alpha)).toBeGreaterThan(bettingLower(nA, n, alpha));
        const [less, more] = [Math.min(alpha, other), Math.max(alpha, other)];
        expect(bettingLower(nA, n, less)).toBeLessThanOrEqual(bettingLower(nA, n, more) * (1 + 1e-12));
      }),
    );
  });

  it("grows with the votes where the earlier ones have no smaller share, and with alpha whatever they are", () => {
    fc.assert(
      fc.property(someVotes(100_000), someAlpha, someAlpha, someEarlier(1000), ({ nA, n }, alpha, other, earlier) => {
        if (nA > 0 && nA < n && earlier.nA * n >= (nA + 1) * earlier.n) {
          const [fewer, more] = [nA, nA + 1].map((votes) => bettingLower(votes, n, alpha, earlier));
          // Both are 0 where the bound is too small for a double.
          expect(more).toBeGreaterThanOrEqual(fewer * (1 - resolution(earlier.n + n, fewer)));
        }
        const [less, more] = [Math.min(alpha, other), Math.max(alpha, other)];
        const bound = bettingLower(nA, n, more, earlier);
        const tolerance = 1e-12 + resolution(earlier.n + n, bound);
        expect(bettingLower(nA, n, less, earlier)).toBeLessThanOrEqual(bound * (1 + tolerance));
      }),
    );
  });

  it("is larger after earlier votes that agree, and smaller after ones that don't", () => {
    const plain = bettingLower(198, 200, 0.001);
    expect(bettingLower(198, 200, 0.001, { nA: 99, n: 100 })).toBeGreaterThan(plain);
    expect(bettingLower(198, 200, 0.001, { nA: 60, n: 100 })).toBeLessThan(plain);
    expect(bettingLower(198, 200, 0.001, { nA: 0, n: 0 })).toBe(plain);
  });

  it("has the upper bound for a mirror image", () => {
    expect(bettingUpper(990, 1000, 0.01)).toBeGreaterThanOrEqual(1 - bettingLower(10, 1000, 0.01));
    expect(bettingUpper(990, 1000, 0.01) - (1 - bettingLower(10, 1000, 0.01))).toBeLessThan(1e-15);
    expect(bettingUpper(5, 5, 0.01)).toBe(1);
    const lower = bettingLower(10, 1000, 0.01, { nA: 3, n: 100 });
    expect(bettingUpper(990, 1000, 0.01, { nA: 97, n: 100 })).toBeGreaterThanOrEqual(1 - lower);
    expect(bettingUpper(990, 1000, 0.01, { nA: 97, n: 100 }) - (1 - lower)).toBeLessThan(1e-15);
  });

  it("is ever above the truth with probability alpha at most, looked at after every sample", () => {
    const [alpha, samples, runs] = [0.05, 1000, 2000];
    for (const [example, p] of [0.5, 0.8, 0.97].entries()) {
      const random = new CounterRandom({ seed: runSeed, stream: STREAM.theory, example, sample: 0 });
      // The count at which the bound first exceeds p, for each n.
      const limits = Array.from({ length: samples + 1 }, (_, n) => leastAbove(p, n, alpha));
      let failures = 0;
      for (let run = 0; run < runs; run++) {
        let nA = 0;
        for (let n = 1; n <= samples; n++) {
          if (random.uniform() < p) nA += 1;
          if (nA >= limits[n]) {
            failures += 1;
            break;
          }
        }
      }
      // But for a probability of 1e-8.
      expect(failures).toBeLessThanOrEqual(binomialRange(runs, alpha, 3).most);
      expect(failures).toBeGreaterThan(0);
    }
  });

  it("refuses arguments out of range", () => {
    expect(() => bettingLower(6, 5, 0.1)).toThrow(ArgumentError);
    expect(() => bettingLower(6, 5, 0.1)).toThrow("bettingLower: nA must be an integer in [0, 5], got 6");
    expect(() => bettingLower(1, 0, 0.1)).toThrow("bettingLower: n must be an integer in [1, 1073741824], got 0");
    expect(() => bettingLower(1, 5, 0)).toThrow("bettingLower: alpha must be in (0, 1/2], got 0");
    expect(() => bettingLower(1, 5, 0.1, { nA: 4, n: 3 })).toThrow("earlier.nA must be an integer in [0, 3], got 4");
    expect(() => bettingLower(1, 2 ** 30, 0.1, { nA: 1, n: 1 })).toThrow("earlier.n must be an integer in [0, 0]");
  });
});

/** The smallest count at which the bound exceeds p; n + 1 if none. */
function leastAbove(p: number, n: number, alpha: number): number {
  let [from, to] = [0, n + 1];
  while (from < to) {
    const middle = (from + to) >>> 1;
    if (middle > n || (n > 0 && bettingLower(middle, n, alpha) > p)) to = middle;
    else from = middle + 1;
  }
  return from;
}
