import fc from "fast-check";
import { ArgumentError, CounterRandom, STREAM } from "smoothcert";
import { clopperPearsonLower, mostFailures, statementOf } from "smoothcert/certify";
import { describe, expect, it } from "vitest";
import { fractionOf, isAtMost, tailIsAtMost } from "../../laws/exact.js";
import { runSeed } from "../../laws/seed.js";
import { binomialRange } from "../../laws/statistics.js";

const level = fc.oneof(fc.constantFrom(0.001, 0.01, 0.05, 0.5), fc.double({ min: 1e-6, max: 0.5, noNaN: true }));

/** The largest exponent a tail may miss rho by and still not be proved to be below it. */
const SLACK = 1 - 1e-9;

describe("mostFailures", () => {
  it("is the quantile of the binomial, against sums in exact integers", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 120 }), level, level, (points, alpha, rho) => {
        const q = mostFailures(points, alpha, rho);
        if (q < points) expect(tailIsAtMost(q + 1, points, alpha, rho)).toBe(true);
        if (q > 0) expect(tailIsAtMost(q, points, alpha, rho * SLACK)).toBe(false);
      }),
    );
  });

  // scipy 1.17: binom.ppf(0.999, m, 0.001), binom.ppf(0.999, m, 0.01)
  it.each([
    [10_000, 0.001, 21],
    [500, 0.001, 4],
    [100, 0.001, 2],
    [1000, 0.01, 21],
  ])("is, of %d certificates at alpha = %d and rho = 0.001, %d", (points, alpha, q) => {
    expect(mostFailures(points, alpha, 0.001)).toBe(q);
  });

  it("is 0 of none, and refuses what is no probability", () => {
    expect(mostFailures(0, 0.1, 0.1)).toBe(0);
    expect(() => mostFailures(10, 0, 0.1)).toThrow("mostFailures: alpha must be in (0, 1/2], got 0");
    expect(() => mostFailures(10, 0.1, 0.6)).toThrow(ArgumentError);
    expect(() => mostFailures(10, 0.1, 0.6)).toThrow("mostFailures: rho must be in (0, 1/2], got 0.6");
    expect(() => mostFailures(1.5, 0.1, 0.1)).toThrow("mostFailures: points must be an integer in [0, 1073741824]");
  });
});

describe("statementOf", () => {
  const anyLog = fc
    .integer({ min: 1, max: 3000 })
    .chain((points) => fc.record({ points: fc.constant(points), certified: fc.nat(points), alpha: level, rho: level }));

  it("claims at one radius no less than at all at once, and the smallest number that the votes leave possible", () => {
    fc.assert(
      fc.property(anyLog, ({ points, certified, alpha, rho }) => {
        const { atLeast, atLeastTogether, population } = statementOf(certified, points, alpha, rho);
        expect(atLeastTogether).toBeLessThanOrEqual(atLeast);
        expect(atLeast).toBeLessThanOrEqual(certified);
        expect(certified - atLeast).toBeLessThanOrEqual(mostFailures(points - atLeast, alpha, rho));
        if (atLeast > 0)
          expect(certified - atLeast + 1).toBeGreaterThan(mostFailures(points - atLeast + 1, alpha, rho));
        expect(population).toBeLessThanOrEqual(clopperPearsonLower(certified, points, rho));
      }),
    );
  });

  it("gives (L - alpha)/(1 - alpha) for the population, rounded down: compared in exact integers", () => {
    fc.assert(
      fc.property(anyLog, ({ points, certified, alpha, rho }) => {
        const { population } = statementOf(certified, points, alpha, rho);
        const [l, a] = [fractionOf(clopperPearsonLower(certified, points, rho)), fractionOf(alpha)];
        const numerator = l.numerator * a.denominator - a.numerator * l.denominator;
        const exact = { numerator, denominator: (a.denominator - a.numerator) * l.denominator };
        if (numerator > 0n) expect(isAtMost(fractionOf(population), exact)).toBe(true);
        else expect(population).toBe(0);
        const value = Number(numerator) / Number(exact.denominator) || 0;
        if (Number.isFinite(value) && value > 0) expect(population).toBeGreaterThan(value - 1e-12);
      }),
    );
  });

  it("holds as often as it says, where every certificate fails with probability alpha", () => {
    // Of `points` points `truly` are robust and always certified; the others are certified, wrongly, with probability
    // alpha.
    const [points, truly, alpha, rho, trials] = [200, 60, 0.02, 0.05, 4000];
    const random = new CounterRandom({ seed: runSeed, stream: STREAM.theory, example: 1, sample: 0 });
    const wrong = { atLeast: 0, atLeastTogether: 0, population: 0 };
    for (let trial = 0; trial < trials; trial++) {
      let certified = truly;
      for (let i = truly; i < points; i++) if (random.uniform() < alpha) certified += 1;
      const { atLeast, atLeastTogether } = statementOf(certified, points, alpha, rho);
      if (atLeast > truly) wrong.atLeast += 1;
      if (atLeastTogether > truly) wrong.atLeastTogether += 1;
      // A population in which each point is robust with probability 0.3.
      let drawn = 0;
      for (let i = 0; i < points; i++) if (random.uniform() < 0.3 + 0.7 * alpha) drawn += 1;
      if (statementOf(drawn, points, alpha, rho).population > 0.3) wrong.population += 1;
    }
    // Each leaves the range with probability 1e-8 at most.
    const { most } = binomialRange(trials, rho, 3);
    for (const failures of Object.values(wrong)) expect(failures).toBeLessThanOrEqual(most);
    expect(wrong.atLeast).toBeGreaterThan(0);
    expect(wrong.population).toBeGreaterThan(0);
  });

  it("refuses counts that can't be", () => {
    expect(() => statementOf(3, 2, 0.1, 0.1)).toThrow("statementOf: certified must be an integer in [0, 2], got 3");
    expect(() => statementOf(0, 0, 0.1, 0.1)).toThrow(
      "statementOf: points must be an integer in [1, 1073741824], got 0",
    );
  });
});
