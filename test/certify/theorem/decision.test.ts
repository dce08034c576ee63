import { readFileSync } from "node:fs";
import fc from "fast-check";
import { ArgumentError, CounterRandom, gaussianNoise, nextDown, nextUp, STREAM } from "smoothcert";
import {
  ABSTAIN,
  type CertifySettings,
  certifiedRadius,
  clopperPearsonLower,
  clopperPearsonUpper,
  type Decision,
  decide,
  FIXED_BOUNDS,
  fewestSamples,
  largestRadius,
  requireCertifiable,
  SmoothedClassifier,
  simultaneousAlpha,
  type Votes,
} from "smoothcert/certify";
import { describe, expect, it } from "vitest";
import { boundDraw } from "../../../certify/bounds/random-draw.js";
import { type Fraction, fractionOf, fractionOfDecimal, isAtMost, product, tailIsAtMost } from "../../laws/exact.js";
import { runSeed } from "../../laws/seed.js";
import { ksDistance, largestKsDistance } from "../../laws/statistics.js";
import { gaussianAt } from "../../laws/theorem.js";
import { BY_CLASS } from "../by-class.js";
import { bandClassifier } from "../some-classifiers.js";

type Mode = Required<Omit<CertifySettings, "stop">>;
const EXACT = gaussianAt(0.5);

interface Case {
  readonly votes: Votes;
  readonly mode: Mode;
}

/** Votes of a few classes: evenly spread ones, and such with one or two large classes. */
const someCase: fc.Arbitrary<Case> = fc
  .record({
    weights: fc.array(fc.oneof(fc.integer({ min: 0, max: 20 }), fc.integer({ min: 0, max: 400 })), {
      minLength: 2,
      maxLength: 7,
    }),
    selected: fc.nat(),
    n0: fc.constantFrom(0, 25),
    v: fc.double({ min: 2 ** -52, max: 1, noNaN: true }),
    alpha: fc.constantFrom(0.5, 0.05, 0.001, 1e-7),
    bound: fc.constantFrom(...BY_CLASS),
    interval: fc.constantFrom(...FIXED_BOUNDS),
  })
  .map(({ weights, selected, n0, v, ...rest }) => {
    const counts = weights.some((votes) => votes > 0) ? weights : weights.map(() => 1);
    const counts0 = counts.map((_, c) => (n0 > 0 && c === selected % counts.length ? n0 : 0));
    const n = counts.reduce((sum, votes) => sum + votes);
    return { votes: { counts0, counts, v }, mode: { ...rest, n0, n } };
  });

/** The number of single bounds that the certificate rests on. */
function boundsOf({ bound, n0 }: CertifySettings, classes: number): number {
  if (bound === "multi-class") return n0 > 0 ? classes : 2 * classes;
  return n0 > 0 ? 1 : classes;
}

function levelOf({ alpha, ...mode }: Mode, classes: number): number {
  const bounds = boundsOf({ alpha, ...mode }, classes);
  return bounds === 1 ? alpha : nextDown(alpha / bounds);
}

const drawOf = ({ votes, mode }: Case): number => (mode.interval === "clopper-pearson" ? 1 : votes.v);
/** The first of the largest. */
const first = (counts: ArrayLike<number>): number => Array.from(counts).indexOf(Math.max(...Array.from(counts)));
const classOf = ({ votes, mode }: Case): number => first(mode.n0 > 0 ? votes.counts0 : votes.counts);
const othersOf = (each: Case): number =>
  Math.max(...Array.from(each.votes.counts).filter((_, c) => c !== classOf(each)));
const of = (each: Case, noise = EXACT): Decision => decide(each.votes, each.mode, noise);

describe("decide", () => {
  it("bounds each probability at alpha over the number of bounds: 1, K, K or 2K by mode", () => {
    fc.assert(
      fc.property(someCase, (each) => {
        const { votes, mode } = each;
        const level = levelOf(mode, votes.counts.length);
        const { nA, pALower, pBUpper } = of(each);
        expect(nA).toBe(votes.counts[classOf(each)]);
        expect(pALower).toBe(clopperPearsonLower(nA, mode.n, level, drawOf(each)));
        if (mode.bound === "one-sided") {
          expect(pBUpper).toBeUndefined();
          return;
        }
        const alone = clopperPearsonUpper(othersOf(each), mode.n, level, drawOf(each));
        expect(pBUpper).toBeLessThanOrEqual(alone);
        const rest = 1 - pALower;
        if (alone < rest) expect(pBUpper).toBe(alone);
        else expect([rest, nextUp(rest)]).toContain(pBUpper);
      }),
      { numRuns: 500 },
    );
  });

  it("shares out no more than alpha, and next to all of it", () => {
    fc.assert(
      fc.property(
        fc.double({ min: 1e-12, max: 0.5, noNaN: true }),
        fc.integer({ min: 2, max: 1000 }),
        (alpha, classes) => {
          for (const bound of BY_CLASS) {
            for (const n0 of [0, 10]) {
              const mode = { bound, n0, n: 100, alpha, interval: "clopper-pearson" } as const;
              const votes = { counts0: new Array(classes).fill(0), counts: new Array(classes).fill(0), v: 1 };
              votes.counts0[0] = n0;
              votes.counts[0] = 100;
              const bounds = boundsOf(mode, classes);
              // A unanimous vote's bound is level^(1/n), which gives the level away: level = P[Bin(n, bound) = n].
              const { pALower } = decide(votes, mode, EXACT);
              expect(tailIsAtMost(100, 100, pALower, alpha / bounds)).toBe(true);
              expect(tailIsAtMost(100, 100, pALower * (1 + 1e-12), alpha / bounds)).toBe(false);
            }
          }
        },
      ),
      { numRuns: 30 },
    );
  });

  it("gives the others their own bound or 1 - pALower, rounded up: in exact integers", () => {
    fc.assert(
      fc.property(someCase, fc.constantFrom(0, 1e-18, 1e-5, 0.1), (each, distance) => {
        fc.pre(each.mode.bound === "multi-class");
        const { pALower, pBUpper } = of(each, gaussianAt(1, distance));
        const level = levelOf(each.mode, each.votes.counts.length);
        const alone = clopperPearsonUpper(othersOf(each), each.mode.n, level, drawOf(each));
        const sum = plus(fractionOf(pALower), fractionOf(pBUpper as number));
        const raised = plus(fractionOf(alone), fractionOf(distance));
        // Below 1 - pALower only where the votes of the others, and the noise's distance, say so.
        const proved = isAtMost(fractionOf(1), sum) || isAtMost(raised, fractionOf(pBUpper as number));
        expect(proved).toBe(true);
        expect(pBUpper).toBeLessThanOrEqual(nextUp(1 - pALower));
      }),
    );
    // Of two classes each has what the other leaves; below 1/2 a double's complement is seldom a double.
    for (let nA = 1; nA <= 200; nA++) {
      const votes = { counts0: [20, 0], counts: [nA, 200 - nA], v: 1 };
      const mode = { n0: 20, n: 200, alpha: 0.01, bound: "multi-class" } as const;
      const { pALower, pBUpper } = decide(votes, mode, EXACT);
      const sum = plus(fractionOf(pALower), fractionOf(pBUpper as number));
      expect(isAtMost(fractionOf(1), sum)).toBe(true);
    }
  });

  it("abstains unless the bound of class A is above that of all others", () => {
    fc.assert(
      fc.property(someCase, fc.constantFrom(0, 1e-3, 0.2), (each, distance) => {
        const { predict, radius, pALower, pBUpper } = of(each, gaussianAt(0.25, distance));
        if (pALower > (pBUpper ?? 0.5)) {
          expect(predict).toBe(classOf(each));
          expect(radius).toBe(certifiedRadius(0.25, pALower, pBUpper));
        } else expect({ predict, radius }).toEqual({ predict: ABSTAIN, radius: 0 });
      }),
      { numRuns: 500 },
    );
  });

  it("abstains up to the last vote whose tail at 1/2 is not below the level: in exact integers", () => {
    const n = 200;
    for (const n0 of [0, 20]) {
      for (const alpha of [0.5, 0.05, 0.001]) {
        const mode: Mode = { n0, n, alpha, bound: "one-sided", interval: "clopper-pearson" };
        for (let nA = n / 2; nA <= n; nA++) {
          const votes = { counts0: [n0, 0, 0], counts: [nA, 0, n - nA], v: 1 };
          const certified = tailIsAtMost(nA, n, 0.5, n0 > 0 ? alpha : alpha / 3);
          expect(decide(votes, mode, EXACT).predict, `${nA} votes`).toBe(certified ? 0 : ABSTAIN);
        }
      }
    }
  });

  it("takes the first of equal classes, of the selection if there is one and of the estimation otherwise", () => {
    const nAOf = (counts0: number[], counts: number[], n0: number): number =>
      decide({ counts0, counts, v: 1 }, { n0, n: 100, alpha: 0.1 }, EXACT).nA;
    expect(nAOf([0, 5, 5], [2, 49, 49], 10)).toBe(49);
    expect(nAOf([5, 0, 5], [2, 58, 40], 10)).toBe(2);
    expect(nAOf([0, 1, 9], [2, 58, 40], 10)).toBe(40);
    expect(nAOf([0, 0, 0], [2, 58, 40], 0)).toBe(58);
    expect(nAOf([0, 0, 100], [2, 49, 49], 0)).toBe(49); // counts0 is not looked at
    const tie = { counts0: [0, 0, 0], counts: [0, 0, 100], v: 1 };
    expect(decide(tie, { n0: 0, n: 100, alpha: 0.1 }, EXACT).predict).toBe(2);
  });

  it("does not depend on the names of the classes", () => {
    fc.assert(
      fc.property(someCase, fc.nat(), ({ votes, mode }, shift) => {
        const rename = (c: number): number => (c + shift) % votes.counts.length;
        const renamed = (counts: ArrayLike<number>): number[] => {
          const result: number[] = [];
          Array.from(counts).forEach((count, c) => {
            result[rename(c)] = count;
          });
          return result;
        };
        const selecting = Array.from(mode.n0 > 0 ? votes.counts0 : votes.counts).sort((a, b) => b - a);
        fc.pre(selecting[0] > selecting[1]);
        const { predict, ...rest } = decide(votes, mode, EXACT);
        const other = decide(
          { counts0: renamed(votes.counts0), counts: renamed(votes.counts), v: votes.v },
          mode,
          EXACT,
        );
        expect(other).toEqual({ ...rest, predict: predict === ABSTAIN ? ABSTAIN : rename(predict) });
      }),
    );
  });

  it("never shrinks the radius when a vote moves to class A", () => {
    fc.assert(
      fc.property(someCase, fc.nat(), (each, from) => {
        const { votes, mode } = each;
        const cA = classOf(each);
        const losers = Array.from(votes.counts, (_, c) => c).filter((c) => c !== cA && votes.counts[c] > 0);
        fc.pre(losers.length > 0);
        const loser = losers[from % losers.length];
        const counts = Array.from(votes.counts, (count, c) => count + (c === cA ? 1 : c === loser ? -1 : 0));
        const [before, after] = [of(each), decide({ ...votes, counts }, mode, EXACT)];
        expect(after.radius).toBeGreaterThanOrEqual(before.radius);
        expect(after.pALower).toBeGreaterThan(before.pALower);
        if (before.predict !== ABSTAIN) expect(after.predict).toBe(before.predict);
      }),
      { numRuns: 300 },
    );
  });

  it("lowers pA and raises pB by the noise's distance", () => {
    fc.assert(
      fc.property(someCase, fc.double({ min: 1e-18, max: 0.5, noNaN: true }), (each, distance) => {
        const [exact, off] = [of(each), of(each, { ...EXACT, distance })];
        const lowered = plus(fractionOf(off.pALower), fractionOf(distance));
        if (off.pALower > 0) expect(isAtMost(lowered, fractionOf(exact.pALower))).toBe(true);
        expect(off.pALower).toBeGreaterThanOrEqual(exact.pALower - distance - 2 ** -52);
        // Quantiles of neighbours may come in either order, within the error of the tail.
        expect(off.radius).toBeLessThanOrEqual(exact.radius + 1e-11);
        if (distance > 1e-6 && exact.radius > 0) expect(off.radius).toBeLessThan(exact.radius);
        if (exact.pBUpper === undefined || off.pBUpper === undefined) return;
        expect(off.pBUpper).toBeGreaterThanOrEqual(Math.min(1, exact.pBUpper + distance - 2 ** -52));
        expect(off.pBUpper).toBeLessThanOrEqual(exact.pBUpper + distance + 2 ** -51);
      }),
      { numRuns: 500 },
    );
  });

  it("ignores the draw of a bound that is not randomised, and with a randomised one never certifies less", () => {
    fc.assert(
      fc.property(someCase, (each) => {
        const plain: Mode = { ...each.mode, interval: "clopper-pearson" };
        const ordinary = decide(each.votes, plain, EXACT);
        expect(decide({ ...each.votes, v: 0.01 }, plain, EXACT)).toEqual(ordinary);
        const randomised = decide(each.votes, { ...plain, interval: "randomised-clopper-pearson" }, EXACT);
        expect(randomised.pALower).toBeGreaterThanOrEqual(ordinary.pALower * (1 - 1e-12));
        expect(randomised.radius).toBeGreaterThanOrEqual(ordinary.radius * (1 - 1e-9) - 1e-12);
      }),
    );
  });
});

describe("the radius of multi-class bounds", () => {
  const quantiles = (
    JSON.parse(readFileSync(new URL("../../fixtures/certify/normal.json", import.meta.url), "utf8")) as {
      quantiles: { p: number; quantile: string }[];
    }
  ).quantiles;
  const index = fc.integer({ min: 0, max: quantiles.length - 1 });
  const someSigma = fc.oneof(fc.constantFrom(0.12, 0.25, 0.5, 1), fc.double({ min: 1e-3, max: 100, noNaN: true }));

  it("is never above sigma/2 (Phi^-1(pA) - Phi^-1(pB)), nor 1e-11 sigma below: 40 digits of mpmath", () => {
    fc.assert(
      fc.property(index, index, someSigma, (i, j, sigma) => {
        const [A, B] = [quantiles[i], quantiles[j]];
        fc.pre(A.p > B.p);
        const gap = plus(fractionOfDecimal(A.quantile), negative(fractionOfDecimal(B.quantile)));
        const exact = product(fractionOf(sigma / 2), gap);
        const radius = certifiedRadius(sigma, A.p, B.p);
        expect(isAtMost(fractionOf(radius), exact)).toBe(true);
        const close = plus(fractionOf(radius), product(fractionOf(sigma), fractionOf(1e-11)));
        expect(isAtMost(exact, close)).toBe(true);
      }),
      { numRuns: 2000 },
    );
  });

  it("is 0 where pA is not above pB, and that of one bound where pB is its complement", () => {
    fc.assert(
      fc.property(
        fc.double({ min: 1e-9, max: 1 - 1e-9, noNaN: true }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (p, more) => {
          expect(certifiedRadius(1, p, Math.max(p, more))).toBe(0);
          fc.pre(p > 0.5);
          expect(Math.abs(certifiedRadius(1, p, 1 - p) - certifiedRadius(1, p))).toBeLessThan(1e-11);
        },
      ),
    );
  });

  it("is at least that of one bound at the same level, and positive for pA below 1/2", () => {
    fc.assert(
      fc.property(someCase, (each) => {
        const bounds = boundsOf({ ...each.mode, bound: "multi-class" }, each.votes.counts.length);
        const multi = decide(each.votes, { ...each.mode, bound: "multi-class" }, EXACT);
        // One bound at the level that each of these has.
        const level = nextDown(each.mode.alpha / bounds);
        const pALower = clopperPearsonLower(multi.nA, each.mode.n, level, drawOf(each));
        expect(multi.radius).toBeGreaterThanOrEqual(certifiedRadius(0.5, pALower) - 1e-11);
      }),
    );
    const counts = [400, ...new Array(12).fill(50)];
    const votes = { counts0: counts, counts, v: 1 };
    const settings = { n0: 1000, n: 1000, alpha: 0.001 };
    expect(decide(votes, settings, EXACT).predict).toBe(ABSTAIN);
    const { predict, radius, pALower, pBUpper } = decide(votes, { ...settings, bound: "multi-class" }, EXACT);
    expect(predict).toBe(0);
    expect(pALower).toBeLessThan(0.4);
    expect(pBUpper).toBeGreaterThan(0.05);
    expect(radius).toBeGreaterThan(0.2);
  });
});

describe("what settings can reach", () => {
  const modes = BY_CLASS.flatMap((bound) =>
    [0, 5].flatMap((n0) => FIXED_BOUNDS.map((interval) => ({ bound, n0, interval }))),
  );

  it("is the largest radius over all votes and draws", () => {
    const n = 14;
    for (const part of modes) {
      const mode: Mode = { ...part, n, alpha: 0.1 };
      for (const noise of [EXACT, gaussianAt(0.3, 1e-3)]) {
        let largest = 0;
        for (let a = 0; a <= n; a++) {
          for (let b = 0; b <= n - a; b++) {
            for (const v of [2 ** -52, 0.15, 1]) {
              const votes = { counts0: [part.n0, 0, 0], counts: [a, b, n - a - b], v };
              largest = Math.max(largest, decide(votes, mode, noise).radius);
            }
          }
        }
        expect(largest).toBeGreaterThan(0);
        expect(largestRadius(mode, 3, noise)).toBe(largest);
      }
    }
  });

  it("takes as many samples as let a unanimous vote certify sigma / 100 without luck", () => {
    for (const part of modes) {
      for (const classes of [2, 10]) {
        for (const alpha of [0.1, 0.001]) {
          const settings = { ...part, alpha };
          const n = fewestSamples(settings, classes);
          const level = alpha / boundsOf({ ...settings, n }, classes);
          // alpha^(1/n) is the bound of a unanimous vote: Phi(0.01) = 0.50399 must lie below it.
          expect(level ** (1 / n)).toBeGreaterThan(0.50398);
          expect(level ** (1 / (n - 1))).toBeLessThan(0.504);
          expect(() => requireCertifiable({ ...settings, n }, classes)).not.toThrow();
          const tooFew = (): void => requireCertifiable({ ...settings, n: n - 1 }, classes);
          expect(tooFew).toThrow(ArgumentError);
          expect(tooFew).toThrow(
            `certify: n must be at least ${n} for alpha = ${alpha}, got ${n - 1}. With fewer samples`,
          );
        }
      }
    }
    expect(fewestSamples({ n0: 5, alpha: 0.001 }, 10)).toBe(11);
    expect(fewestSamples({ n0: 0, alpha: 0.001 }, 10)).toBe(14);
    expect(fewestSamples({ n0: 0, alpha: 0.001, bound: "multi-class" }, 10)).toBe(15);
  });

  it.each([
    [{ n0: -1 }, "certify: n0 must be an integer in [0, 1073741824], got -1"],
    [{ n0: 0.5 }, "certify: n0 must be an integer in [0, 1073741824], got 0.5"],
    [{ n: 0 }, "certify: n must be an integer in [1, 1073741824], got 0"],
    [{ alpha: 0 }, "certify: alpha must be in (0, 1/2], got 0"],
    [{ alpha: 0.6 }, "certify: alpha must be in (0, 1/2], got 0.6"],
  ])("refuses %j", (wrong, message) => {
    const settings = { n0: 10, n: 100, alpha: 0.01, ...wrong };
    expect(() => requireCertifiable(settings, 2)).toThrow(ArgumentError);
    expect(() => requireCertifiable(settings, 2)).toThrow(message);
  });
});

describe("boundDraw", () => {
  const draws = Array.from({ length: 50_000 }, (_, example) => boundDraw(runSeed, example));

  it("is a multiple of 2^-52 in (0, 1]", () => {
    for (const v of draws) {
      expect(v > 0 && v <= 1 && Number.isInteger(v * 2 ** 52)).toBe(true);
    }
  });

  it("is uniform, and so are its neighbours' differences modulo 1", () => {
    const limit = largestKsDistance(draws.length);
    expect(ksDistance(Float64Array.from(draws), (v) => v)).toBeLessThan(limit);
    const steps = draws.map((v, i) => (v - draws[(i + 1) % draws.length] + 1) % 1);
    expect(ksDistance(Float64Array.from(steps), (v) => v)).toBeLessThan(limit);
  });

  it("is a function of seed and example: the pinned values of its stream", () => {
    // Words 0 and 1 of Philox's block (0, 0, example, 5) under the key seed, from another implementation of it.
    expect(boundDraw(0, 0)).toBe(0.1651839300552449);
    expect(boundDraw(1, 7)).toBe(0.4998593059514078);
    expect(boundDraw(2 ** 40 + 3, 9999)).toBe(0.6674826178545461);
    expect(new Set(draws.slice(0, 1000)).size).toBe(1000);
    expect(boundDraw(runSeed + 1, 0)).not.toBe(boundDraw(runSeed, 0));
  });

  it("has a stream of its own, which no noise is drawn from", () => {
    expect(new Set(Object.values(STREAM)).size).toBe(Object.values(STREAM).length);
    const random = new CounterRandom({ seed: runSeed, stream: STREAM.bound, example: 3, sample: 0 });
    expect(boundDraw(runSeed, 3)).toBe(random.uniform() + 2 ** -53);
  });

  it("is what a certificate with a randomised bound uses, whatever the votes", async () => {
    const smoothed = new SmoothedClassifier(bandClassifier(3, 64), gaussianNoise(0.1), 11);
    for (const n0 of [0, 20]) {
      const settings: Mode = { n0, n: 150, alpha: 0.05, bound: "multi-class", interval: "randomised-clopper-pearson" };
      for (let example = 0; example < 20; example++) {
        const x = Float32Array.of(0.05 * example, 0.5);
        const { counts0, counts, ...certificate } = await smoothed.certify(x, example, settings);
        const decision = decide({ counts0, counts, v: boundDraw(11, example) }, settings, gaussianAt(Math.fround(0.1)));
        expect(certificate).toEqual({ ...decision, n: 150 });
        expect(counts0.reduce((sum, count) => sum + count)).toBe(n0);
      }
    }
  });
});

describe("simultaneousAlpha", () => {
  it("is at most the points' share of the family's, and next to all of it: in exact integers", () => {
    const points = fc.oneof(fc.integer({ min: 1, max: 100 }), fc.integer({ min: 1, max: 2 ** 40 }));
    fc.assert(
      fc.property(fc.double({ min: 1e-12, max: 0.5, noNaN: true }), points, (familyAlpha, count) => {
        const alpha = simultaneousAlpha(familyAlpha, count);
        expect(isAtMost(product(fractionOf(alpha), fractionOf(count)), fractionOf(familyAlpha))).toBe(true);
        expect(isAtMost(fractionOf(familyAlpha), product(fractionOf(nextUp(nextUp(alpha))), fractionOf(count)))).toBe(
          true,
        );
      }),
    );
    expect(simultaneousAlpha(0.001, 1)).toBe(0.001);
  });

  it.each([
    [0, 10, "simultaneousAlpha: familyAlpha must be in (0, 1/2], got 0"],
    [0.7, 10, "simultaneousAlpha: familyAlpha must be in (0, 1/2], got 0.7"],
    [Number.NaN, 10, "simultaneousAlpha: familyAlpha must be in (0, 1/2], got NaN"],
    [0.01, 0, "simultaneousAlpha: points must be an integer of at least 1, got 0"],
    [0.01, 2.5, "simultaneousAlpha: points must be an integer of at least 1, got 2.5"],
  ])("refuses familyAlpha = %d, points = %d", (familyAlpha, points, message) => {
    expect(() => simultaneousAlpha(familyAlpha, points)).toThrow(ArgumentError);
    expect(() => simultaneousAlpha(familyAlpha, points)).toThrow(message);
  });
});

function plus(a: Fraction, b: Fraction): Fraction {
  return {
    numerator: a.numerator * b.denominator + b.numerator * a.denominator,
    denominator: a.denominator * b.denominator,
  };
}

const negative = ({ numerator, denominator }: Fraction): Fraction => ({ numerator: -numerator, denominator });
