import fc from "fast-check";
import { ArgumentError, CounterRandom, STREAM } from "smoothcert";
import { bettingLower, bettingUpper, clopperPearsonLower } from "smoothcert/certify";
import { describe, expect, it } from "vitest";
import { fractionOf, isAtMost } from "../../laws/exact.js";
import { runSeed } from "../../laws/seed.js";
import { binomialRange } from "../../laws/statistics.js";

const someAlpha = fc.oneof(fc.constantFrom(0.001, 0.01, 0.05, 0.5), fc.double({ min: 1e-9, max: 0.5, noNaN: true }));
const someVotes = (most: number) =>
  fc
    .integer({ min: 1, max: most })
    .chain((n) => fc.record({ n: fc.constant(n), nA: fc.oneof(fc.nat(n), fc.constant(n)) }));

/** C(2m, m). */
function central(m: number): bigint {
  let value = 1n;
  for (let i = 1n; i <= BigInt(m); i++) value = (value * (BigInt(m) + i)) / i;
  return value;
}

/**
 * Whether the capital against the very double p is at least 1/alpha: C(2a,a) C(2b,b) / 4^n >= p^a (1-p)^b n! / (a! b!)
 * / alpha. In exact integers.
 */
function capitalReaches(nA: number, n: number, p: number, alpha: number): boolean {
  const { numerator, denominator } = fractionOf(p);
  let choose = 1n;
  for (let i = 1n; i <= BigInt(nA); i++) choose = (choose * (BigInt(n - nA) + i)) / i;
  const probability = {
    numerator: choose * numerator ** BigInt(nA) * (denominator - numerator) ** BigInt(n - nA),
    denominator: denominator ** BigInt(n),
  };
  const level = fractionOf(alpha);
  const mixture = central(nA) * central(n - nA) * level.numerator;
  return isAtMost(probability, { numerator: mixture, denominator: 4n ** BigInt(n) * level.denominator });
}

describe("bettingLower", () => {
  it("is proved, and no more than 1e-12 below the root: compared in exact integers", () => {
    fc.assert(
      fc.property(someVotes(150), someAlpha, ({ nA, n }, alpha) => {
        const p = bettingLower(nA, n, alpha);
        if (nA === 0) {
          expect(p).toBe(0);
          return;
        }
        expect(p).toBeGreaterThan(0);
        expect(capitalReaches(nA, n, p, alpha)).toBe(true);
        const next = p * (1 + 1e-12);
        expect(next > nA / n || next >= 1 || !capitalReaches(nA, n, next, alpha)).toBe(true);
      }),
      { numRuns: 300 },
    );
  });

  it("is below Clopper and Pearson's bound, which holds at one n only", () => {
    fc.assert(
      fc.property(someVotes(1_000_000), someAlpha, ({ nA, n }, alpha) => {
        expect(bettingLower(nA, n, alpha)).toBeLessThanOrEqual(clopperPearsonLower(nA, n, alpha));
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

  it("has the upper bound for a mirror image", () => {
    expect(bettingUpper(990, 1000, 0.01)).toBeGreaterThanOrEqual(1 - bettingLower(10, 1000, 0.01));
    expect(bettingUpper(990, 1000, 0.01) - (1 - bettingLower(10, 1000, 0.01))).toBeLessThan(1e-15);
    expect(bettingUpper(5, 5, 0.01)).toBe(1);
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
