import fc from "fast-check";
import { ArgumentError } from "smoothcert";
import { mcnemarPValue, pairedInterval } from "smoothcert/certify";
import { describe, expect, it } from "vitest";
import { outcomesOf, trinomialProbability } from "../../laws/trinomial.js";

/** Probabilities (A alone, B alone), the extreme ones included. */
const GRID = [0, 0.01, 0.05, 0.2, 0.35, 0.5, 0.65, 0.8, 0.95, 1].flatMap((first) =>
  [0, 0.01, 0.05, 0.2, 0.35, 0.5, 0.65, 0.8, 0.95, 1]
    .filter((second) => first + second <= 1)
    .map((second) => [first, second] as const),
);
const ROUNDING = 1e-12;

describe("pairedInterval", () => {
  it.each([
    [5, 0.95],
    [20, 0.95],
    [20, 0.6],
    [45, 0.9],
  ])("covers the difference of %d trials with probability %d, summed over all outcomes", (trials, confidence) => {
    const intervals = outcomesOf(trials).map((at) => ({ at, ...pairedInterval(...at, trials, confidence) }));
    for (const [first, second] of GRID) {
      let [missedBelow, missedAbove] = [0, 0];
      for (const { at, lower, upper } of intervals) {
        const weight = trinomialProbability(at, trials, first, second);
        if (lower > first - second + 1e-15) missedBelow += weight;
        if (upper < first - second - 1e-15) missedAbove += weight;
      }
      expect(missedBelow).toBeLessThanOrEqual((1 - confidence) / 2 + ROUNDING);
      expect(missedAbove).toBeLessThanOrEqual((1 - confidence) / 2 + ROUNDING);
    }
  });

  const counts = fc
    .integer({ min: 1, max: 2000 })
    .chain((trials) => fc.nat(trials).chain((a) => fc.nat(trials - a).map((b) => [a, b, trials] as const)));
  const confidence = fc.constantFrom(0.5, 0.9, 0.95, 0.999);

  it("holds the difference found, mirrors, widens with the confidence, and stays within [-1, 1]", () => {
    fc.assert(
      fc.property(counts, confidence, ([a, b, trials], level) => {
        const { lower, upper } = pairedInterval(a, b, trials, level);
        expect(lower).toBeLessThanOrEqual((a - b) / trials);
        expect(upper).toBeGreaterThanOrEqual((a - b) / trials);
        expect([-1 <= lower, upper <= 1]).toEqual([true, true]);
        expect(pairedInterval(b, a, trials, level)).toEqual({ lower: -upper, upper: -lower });
        const wider = pairedInterval(a, b, trials, (1 + level) / 2);
        expect([wider.lower <= lower, wider.upper >= upper]).toEqual([true, true]);
      }),
    );
  });

  it("leaves out 0 just where McNemar's p is below nine tenths of what the confidence leaves", () => {
    fc.assert(
      fc.property(counts, confidence, ([a, b, trials], level) => {
        const { lower, upper } = pairedInterval(a, b, trials, level);
        const [p, least] = [mcnemarPValue(a, b), 0.9 * (1 - level)];
        fc.pre(Math.abs(p / least - 1) > 1e-9);
        expect(lower > 0 || upper < 0).toBe(p < least);
      }),
    );
  });

  it("is not much wider than it must be", () => {
    // Wald's, which covers too seldom, is 0.02 -+ 1.96 sqrt(100 - 400/1000)/1000 for 60 to 40 in 1000.
    const { lower, upper } = pairedInterval(60, 40, 1000, 0.95);
    expect((upper - lower) / 0.0391).toBeLessThan(1.4);
  });

  it.each([
    [1, 0, 0, 0.95, "trials must be an integer in [1, 1073741824], got 0"],
    [3, 0, 2, 0.95, "onlyFirst must be an integer in [0, 2], got 3"],
    [1, 2, 2, 0.95, "onlySecond must be an integer in [0, 1], got 2"],
    [1, 1, 2, 1, "confidence must be in (0, 1), got 1"],
    [1, 1, 2, Number.NaN, "confidence must be in (0, 1), got NaN"],
  ])("refuses %d and %d of %d at %d", (a, b, trials, level, message) => {
    expect(() => pairedInterval(a, b, trials, level)).toThrow(ArgumentError);
    expect(() => pairedInterval(a, b, trials, level)).toThrow(`pairedInterval: ${message}`);
  });
});

/** The p-value as a sum of integers: twice the outcomes at least as one-sided, of 2^N. */
function pValueByHand(a: number, b: number): number {
  const [trials, most] = [BigInt(a + b), Math.max(a, b)];
  let choose = 1n;
  let tail = 0n;
  for (let k = 0n; k <= trials; k++) {
    if (k >= most) tail += choose;
    choose = (choose * (trials - k)) / (k + 1n);
  }
  const scaled = (2n * tail * 2n ** 200n) / 2n ** trials;
  return Math.min(1, Number(scaled) / 2 ** 200);
}

describe("mcnemarPValue", () => {
  it("is twice the smaller tail at 1/2, rounded up", () => {
    fc.assert(
      fc.property(fc.nat(150), fc.nat(150), (a, b) => {
        const [exact, p] = [pValueByHand(a, b), mcnemarPValue(a, b)];
        expect(p).toBeGreaterThanOrEqual(exact);
        expect(p).toBeLessThanOrEqual(exact * (1 + 1e-12));
        expect(mcnemarPValue(b, a)).toBe(p);
      }),
    );
    expect(mcnemarPValue(0, 0)).toBe(1);
    expect(mcnemarPValue(3, 2)).toBe(1);
    expect(mcnemarPValue(9, 1)).toBeCloseTo(22 / 1024, 15);
    expect(mcnemarPValue(2 ** 29, 0)).toBeLessThan(1e-300);
  });

  it.each([0.02, 0.3, 1])(
    "is at most x with probability at most x where both succeed alike and %d differ",
    (differing) => {
      const trials = 40;
      const ordered = outcomesOf(trials)
        .map((at) => ({
          p: mcnemarPValue(...at),
          weight: trinomialProbability(at, trials, differing / 2, differing / 2),
        }))
        .sort((one, other) => one.p - other.p);
      let [level, i] = [0, 0];
      for (const { p, weight } of ordered) {
        level += weight;
        if (ordered[++i]?.p !== p) expect(level).toBeLessThanOrEqual(p + ROUNDING);
      }
    },
  );

  it("refuses what are no counts", () => {
    expect(() => mcnemarPValue(-1, 0)).toThrow(
      "mcnemarPValue: onlyFirst must be an integer in [0, 1073741824], got -1",
    );
    expect(() => mcnemarPValue(1, 2 ** 30)).toThrow("mcnemarPValue: onlySecond must be an integer in");
  });
});
