import fc from "fast-check";
import { gaussianTheorem } from "smoothcert";
import {
  bettingLower,
  type CertifySettings,
  clopperPearsonLower,
  decide,
  decisionSoFar,
  looksOf,
  type Votes,
} from "smoothcert/certify";
import { describe, expect, it } from "vitest";

const theorem = { ...gaussianTheorem(0.5), distance: 0 };
const STOPPING = { n0: 10, n: 200, alpha: 0.01, stop: { kind: "precision", precision: 0.1 } } as const;

const votesOf = (selected: number, a: number, b: number, c: number): Votes => ({
  counts0: [selected, 10 - selected, 0],
  counts: [a, b, c],
  v: 1,
});

/** The probability that a bound is above the truth after any of the first `most` samples, by the law of the walk. */
function everAbove(p: number, most: number, lower: (nA: number, n: number) => number): number {
  let alive = [1];
  let failed = 0;
  for (let n = 1; n <= most; n++) {
    const next = Array.from({ length: n + 1 }, (_, k) => (alive[k] ?? 0) * (1 - p) + (alive[k - 1] ?? 0) * p);
    alive = next.map((chance, k) => {
      if (chance === 0 || lower(k, n) <= p) return chance;
      failed += chance;
      return 0;
    });
  }
  return failed;
}

describe("decisionSoFar", () => {
  it.each(["betting", "betting-prior"] as const)("is what is decided at each look (%s)", (interval) => {
    const settings: CertifySettings = { ...STOPPING, interval };
    const looks = fc.constantFrom(...looksOf(settings));
    fc.assert(
      fc.property(looks, fc.nat(10), fc.double({ min: 0, max: 1, noNaN: true }), (look, selected, share) => {
        const a = Math.round(share * look);
        const votes = votesOf(selected, a, look - a, 0);
        expect(decisionSoFar(votes, settings, theorem)).toEqual(decide(votes, settings, theorem));
      }),
      { numRuns: 40 },
    );
  });

  it("fails with probability alpha at most, over all moments together, where a bound for a fixed n does not", () => {
    const alpha = 0.05;
    const settings: CertifySettings = { n0: 10, n: 60, alpha, interval: "betting" };
    const shown = (nA: number, n: number): number =>
      decisionSoFar(votesOf(10, nA, n - nA, 0), settings, theorem).pALower;
    for (const p of [0.5, 0.7, 0.8]) {
      expect(everAbove(p, 60, shown)).toBeLessThanOrEqual(alpha);
      expect(everAbove(p, 60, (nA, n) => clopperPearsonLower(nA, n, alpha))).toBeGreaterThan(alpha);
    }
  });

  it("decides between the looks too, and relies on the bounds that the settings choose", () => {
    const votes = votesOf(10, 90, 10, 1);
    const one = decisionSoFar(votes, { ...STOPPING, interval: "betting" }, theorem);
    expect(one).toMatchObject({ predict: 0, nA: 90, pALower: bettingLower(90, 101, 0.01) });
    const all = decisionSoFar(votes, { ...STOPPING, interval: "betting", bound: "multi-class" }, theorem);
    expect(all.pALower).toBe(bettingLower(90, 101, 0.01 / 3));
    expect(all.pBUpper).toBeDefined();
  });

  it.each([
    [{ interval: "union" }, votesOf(10, 90, 10, 0), "decisionSoFar: interval must be betting or betting-prior"],
    [{}, votesOf(10, 90, 10, 0), "decisionSoFar: interval must be betting or betting-prior, got nothing"],
    [{ interval: "betting" }, votesOf(10, 200, 1, 0), "decisionSoFar: counts must be between 1 and 200 votes, got 201"],
    [{ interval: "betting" }, votesOf(10, 0, 0, 0), "decisionSoFar: counts must be between 1 and 200 votes, got 0"],
  ] as const)("refuses %j with %j", (change, votes, message) => {
    expect(() => decisionSoFar(votes, { ...STOPPING, ...change }, theorem)).toThrow(message);
  });
});
