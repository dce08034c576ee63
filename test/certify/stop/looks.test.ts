import fc from "fast-check";
import { ArgumentError } from "smoothcert";
import {
  ANYTIME_BOUNDS,
  type CertifySettings,
  decide,
  FIXED_BOUNDS,
  looksOf,
  requireCertifiable,
  type StopRule,
} from "smoothcert/certify";
import { describe, expect, it } from "vitest";
import { levelAtLook } from "../../../certify/theorem/looks.js";
import { type Fraction, fractionOf, isAtMost } from "../../laws/exact.js";
import { gaussianAt } from "../../laws/theorem.js";

const RADII: StopRule = { kind: "radii", radii: [0, 0.5] };
const someCap = fc.oneof(fc.integer({ min: 1, max: 400 }), fc.integer({ min: 1, max: 2 ** 30 }));

function sumOf(values: readonly number[]): Fraction {
  return values.map(fractionOf).reduce((a, b) => ({
    numerator: a.numerator * b.denominator + b.numerator * a.denominator,
    denominator: a.denominator * b.denominator,
  }));
}

describe("looksOf", () => {
  it("ascends to n, in steps of about a fifth, from the first look of 16 samples or more", () => {
    fc.assert(
      fc.property(someCap, (n) => {
        const looks = looksOf({ n, stop: RADII });
        expect(looks.at(-1)).toBe(n);
        if (n >= 20) expect(looks[0]).toBeLessThan(20);
        if (n >= 16) expect(looks[0]).toBeGreaterThanOrEqual(16);
        for (let t = 1; t < looks.length; t++) expect(looks[t - 1]).toBe(Math.floor((looks[t] * 5) / 6));
      }),
    );
    expect(looksOf({ n: 100_000, stop: RADII })).toHaveLength(48);
    expect(looksOf({ n: 100_000, stop: RADII, interval: "betting" })).toHaveLength(48);
  });

  it("ascends in steps of about a tenth where the bets are by the selection's votes", () => {
    fc.assert(
      fc.property(someCap, (n) => {
        const looks = looksOf({ n, stop: RADII, interval: "betting-prior" });
        expect(looks.at(-1)).toBe(n);
        for (let t = 1; t < looks.length; t++) expect(looks[t - 1]).toBe(Math.floor((looks[t] * 9) / 10));
      }),
    );
    expect(looksOf({ n: 100_000, stop: RADII, interval: "betting-prior" })).toHaveLength(81);
    expect(looksOf({ n: 100_000, interval: "betting-prior" })).toEqual([100_000]);
  });

  it("has one look, at n, where nothing stops earlier", () => {
    expect(looksOf({ n: 100_000 })).toEqual([100_000]);
    expect(looksOf({ n: 100_000, stop: { kind: "fixed" } })).toEqual([100_000]);
    expect(levelAtLook(1000, 0.001, { n: 1000 })).toBe(0.001);
  });
});

describe("levelAtLook", () => {
  it("spends no more than the level over all looks, in exact fractions, and next to all of it", () => {
    fc.assert(
      fc.property(someCap, fc.constantFrom(0.5, 0.05, 0.001, 1e-7, 3e-12 / 7), (n, level) => {
        const settings = { n, stop: RADII };
        const looks = looksOf(settings);
        const spent = looks.map((look) => levelAtLook(look, level, settings));
        expect(isAtMost(sumOf(spent), fractionOf(level))).toBe(true);
        if (looks.length > 1) expect(isAtMost(fractionOf(level * (1 - 1e-11)), sumOf(spent))).toBe(true);
        expect(Math.min(...spent)).toBeGreaterThan(0);
        expect(spent.at(-1)).toBe(level / 4);
      }),
    );
  });
});

describe("settings that stop", () => {
  const settings = (change: object): CertifySettings => ({
    n0: 10,
    n: 1000,
    alpha: 0.01,
    interval: "union",
    ...change,
  });

  it.each([
    [
      { stop: { kind: "radii", radii: [] } },
      "certify: stop.radii must be radii of at least 0, each above the one before, got none",
    ],
    [{ stop: { kind: "radii", radii: [0, 0.5, 0.5] } }, "each above the one before, got 0.5 in 0,0.5,0.5"],
    [{ stop: { kind: "radii", radii: [-1, 2] } }, "radii of at least 0, each above the one before, got -1 in -1,2"],
    [{ stop: { kind: "radii", radii: [Number.NaN] } }, "got NaN in NaN"],
    [{ stop: { kind: "radii", radii: [Infinity] } }, "got Infinity in Infinity"],
    [
      { stop: { kind: "radii", radii: [0], patience: 0 } },
      "certify: stop.patience must be finite and greater than 0, got 0",
    ],
    [{ stop: { kind: "precision", precision: 0 } }, "certify: stop.precision must be finite and greater than 0, got 0"],
    [
      { stop: { kind: "precision", precision: Infinity } },
      "certify: stop.precision must be finite and greater than 0, got Infinity",
    ],
  ])("%j are refused", (change, message) => {
    expect(() => requireCertifiable(settings(change), 2)).toThrow(ArgumentError);
    expect(() => requireCertifiable(settings(change), 2)).toThrow(message);
  });

  it("take no bound for a fixed number of samples", () => {
    for (const interval of FIXED_BOUNDS) {
      for (const stop of [RADII, { kind: "precision", precision: 0.1 }] as const) {
        const rule = `interval must be union, betting or betting-prior where the samples stop by a rule (${stop.kind})`;
        const message = `${rule}, got "${interval}"`;
        expect(() => requireCertifiable(settings({ stop, interval }), 2)).toThrow(ArgumentError);
        expect(() => requireCertifiable(settings({ stop, interval }), 2)).toThrow(message);
      }
    }
    expect(() => requireCertifiable({ n0: 10, n: 1000, alpha: 0.01, stop: RADII }, 2)).toThrow("clopper-pearson");
    for (const interval of ANYTIME_BOUNDS) {
      expect(() => requireCertifiable(settings({ stop: RADII, interval }), 2)).not.toThrow();
      expect(() => requireCertifiable(settings({ interval }), 2)).not.toThrow();
    }
  });

  it("take no more samples with the selection's votes as the prior than a bound counts", () => {
    const n = 2 ** 30 - 5;
    expect(() => requireCertifiable(settings({ n, interval: "union", stop: RADII }), 2)).not.toThrow();
    expect(() => requireCertifiable(settings({ n, interval: "betting-prior", stop: RADII }), 2)).toThrow(
      "certify: n0 + n must be an integer in [1, 1073741824], got 1073741829",
    );
  });

  it("have no certificate for votes that no run ends with", () => {
    const theorem = gaussianAt(1);
    const at = (votes: number, change: object): unknown =>
      decide({ counts0: [10, 0], counts: [votes, 0], v: 1 }, settings(change), theorem);
    expect(() => at(833, { stop: RADII })).not.toThrow();
    expect(() => at(834, { stop: RADII })).toThrow(ArgumentError);
    expect(() => at(834, { stop: RADII })).toThrow(
      "decide: counts must be votes that add up to n = 1000 or one of the looks before it, got 834",
    );
    expect(() => at(833, {})).toThrow("decide: counts must be votes that add up to n = 1000, got 833");
  });

  it("spend all of alpha at n where nothing stops earlier: the union bound is Clopper and Pearson's there", () => {
    const votes = { counts0: [10, 0], counts: [990, 10], v: 1 };
    const of = (interval: CertifySettings["interval"]): unknown => decide(votes, settings({ interval }), gaussianAt(1));
    expect(of("union")).toEqual(of("clopper-pearson"));
  });
});
