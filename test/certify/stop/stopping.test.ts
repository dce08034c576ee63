import fc from "fast-check";
import { gaussianNoise, normalCdf } from "smoothcert";
import {
  ABSTAIN,
  ANYTIME_BOUNDS,
  BOUNDED_CLASSES,
  type Certificate,
  type CertifySettings,
  certifies,
  decide,
  endsAt,
  looksOf,
  outcomesAt,
  SmoothedClassifier,
  type StopRule,
  type Votes,
} from "smoothcert/certify";
import { describe, expect, it } from "vitest";
import { unanimousEnd } from "../../../certify/stop/stopping.js";
import { repetitions } from "../../laws/effort.js";
import { runSeed } from "../../laws/seed.js";
import { binomialRange, binomialTails } from "../../laws/statistics.js";
import { gaussianAt } from "../../laws/theorem.js";
import { bandClassifier, linearClassifier } from "../some-classifiers.js";
import { exactly, procedureOf } from "./procedure.js";

const THEOREM = gaussianAt(0.5, 1e-13);
const RADII = { kind: "radii", radii: [0, 0.25, 0.5, 1] } as const;
const PATIENT = { ...RADII, patience: 2 } as const;
const PRECISION = { kind: "precision", precision: 0.05 } as const;
const CAP = 2000;

const someSettings: fc.Arbitrary<CertifySettings> = fc.record({
  n0: fc.constantFrom(0, 20),
  n: fc.constantFrom(CAP, 500),
  alpha: fc.constantFrom(0.05, 0.001),
  bound: fc.constantFrom(...BOUNDED_CLASSES),
  interval: fc.constantFrom(...ANYTIME_BOUNDS),
  stop: fc.constantFrom<StopRule>(RADII, PATIENT, PRECISION),
});

interface Case {
  readonly votes: Votes;
  readonly settings: CertifySettings;
}

/** Votes at some look, of two to four classes. */
const someCase: fc.Arbitrary<Case> = fc
  .record({
    settings: someSettings,
    at: fc.nat(),
    p: fc.double({ min: 0, max: 1, noNaN: true }),
    classes: fc.constantFrom(2, 4),
  })
  .map(({ settings, at, p, classes }) => {
    const looks = looksOf(settings);
    const look = looks[at % looks.length];
    const nA = Math.round(p * look);
    const share = Math.floor((look - nA) / (classes - 1));
    const counts = [nA, look - nA - share * (classes - 2), ...new Array<number>(classes - 2).fill(share)];
    return { settings, votes: { counts0: counts.map((_, c) => (c === 0 ? settings.n0 : 0)), counts, v: 1 } };
  });

const sum = (counts: ArrayLike<number>): number => Array.from(counts).reduce((a, b) => a + b, 0);
const FIXED_RUN = { interval: "clopper-pearson", stop: { kind: "fixed" } } as const;

describe("endsAt", () => {
  it("ends at n, and a fixed run nowhere else", () => {
    const votes = (k: number, n: number): Votes => ({ counts0: [20, 0], counts: [k, n - k], v: 1 });
    const settings = { n0: 20, n: 500, alpha: 0.01, interval: "union" } as const;
    for (const stop of [RADII, PRECISION]) expect(endsAt(votes(250, 500), { ...settings, stop }, THEOREM)).toBe(true);
    expect(endsAt(votes(500, 500), settings, THEOREM)).toBe(true);
    expect(endsAt(votes(20, 20), settings, THEOREM)).toBe(false);
  });

  it("radii: ends once all are certified, and goes on only for one that the votes to come can still certify", () => {
    fc.assert(
      fc.property(someCase, ({ votes, settings }) => {
        fc.pre(settings.stop?.kind === "radii");
        const now = decide(votes, settings, THEOREM);
        const next = RADII.radii.find((radius) => !certifies(now, radius));
        const ends = endsAt(votes, settings, THEOREM);
        if (next === undefined) expect(ends).toBe(true);
        const left = settings.n - sum(votes.counts);
        if (!ends) {
          // It goes on only for a radius that can still be certified.
          const counts = Array.from(votes.counts);
          counts[decideClass(votes, settings)] += left;
          expect(certifies(decide({ ...votes, counts }, settings, THEOREM), next as number)).toBe(true);
        }
      }),
      { numRuns: 500 },
    );
  });

  it("patience: with less of it an image ends no later, and one whose votes all agree at the same look", () => {
    const patiences = fc.tuple(
      fc.double({ min: 0.1, max: 50, noNaN: true }),
      fc.double({ min: 0, max: 1, noNaN: true }),
    );
    fc.assert(
      fc.property(someCase, patiences, ({ votes, settings }, [more, share]) => {
        const ends = (patience: number): boolean =>
          endsAt(votes, { ...settings, stop: { ...RADII, patience } }, THEOREM);
        if (ends(more)) expect(ends(Math.max(share * more, Number.MIN_VALUE))).toBe(true);
      }),
      { numRuns: 500 },
    );
    const of = (patience?: number): CertifySettings => ({
      n0: 100,
      n: 100_000,
      alpha: 0.001,
      interval: "betting-prior",
      stop: { ...RADII, ...(patience && { patience }) },
    });
    for (const patience of [1, 2.5, 20])
      expect(unanimousEnd(of(patience), 10, THEOREM)).toBe(unanimousEnd(of(), 10, THEOREM));
  });

  it("patience: goes on where a look ahead is likely enough to certify for what it costs, every look tried", () => {
    const settings = { n0: 20, n: 2000, alpha: 0.01, interval: "union", stop: { ...PATIENT, radii: [0.25] } } as const;
    const votes = (k: number, look: number): Votes => ({ counts0: [20, 0], counts: [k, look - k], v: 1 });
    const fewest = (most: number, holds: (k: number) => boolean): number =>
      Array.from({ length: most }, (_, k) => k).find(holds) ?? most;
    const looks = looksOf(settings).slice(-9);
    const [look] = looks;
    const ahead = looks.slice(1).map((at) => ({
      more: at - look,
      needed: fewest(at + 1, (k) => certifies(decide(votes(k, at), settings, THEOREM), 0.25)),
    }));
    const forecast = fewest(look, (k) => !endsAt(votes(k, look), settings, THEOREM));
    const exact = fewest(look, (k) =>
      ahead.some(({ more, needed }) => chanceOf(k, look, needed - k, more) >= more / (PATIENT.patience * settings.n)),
    );
    // The rule takes the upper bound's share for certain, the chance draws it and the votes: 331 and 332 of 463.
    expect(Math.abs(forecast - exact)).toBeLessThan(0.01 * look);
    expect(forecast).toBeLessThan(look);
  });

  it("precision: ends where n samples with the same share of votes give no more than that above", () => {
    fc.assert(
      fc.property(someCase, ({ votes, settings }) => {
        fc.pre(settings.stop?.kind === "precision");
        const spent = sum(votes.counts);
        const scaled = Array.from(votes.counts, (count) => Math.floor((count * settings.n) / spent));
        scaled[1] += settings.n - sum(scaled);
        const full = decide({ ...votes, counts: scaled }, { ...settings, ...FIXED_RUN }, THEOREM).radius;
        const now = decide(votes, settings, THEOREM).radius;
        if (endsAt(votes, settings, THEOREM) && spent < settings.n)
          expect(full).toBeLessThanOrEqual(now + PRECISION.precision + 1e-9);
      }),
      { numRuns: 500 },
    );
  });

  it("ends for easy and for hopeless images after few of 100,000 samples", () => {
    const settings = { n0: 100, n: 100_000, alpha: 0.001, interval: "union", stop: RADII } as const;
    const end = unanimousEnd(settings, 10, THEOREM);
    expect(end).toBe(503);
    const first = looksOf(settings)[0];
    const hopeless = { counts0: [100, 0], counts: [2, first - 2], v: 1 };
    expect(endsAt(hopeless, settings, THEOREM)).toBe(true);
    expect(decide(hopeless, settings, THEOREM).predict).toBe(ABSTAIN);
  });
});

/** The chance of `least` votes or more in `ahead`, where k of `spent` were for it, from Jeffreys' prior. */
function chanceOf(k: number, spent: number, least: number, ahead: number): number {
  const [a, b] = [k + 0.5, spent - k + 0.5];
  let log = 0;
  for (let i = 0; i < ahead; i++) log += Math.log((b + i) / (a + b + i));
  let tail = least <= 0 ? Math.exp(log) : 0;
  for (let j = 0; j < ahead; j++) {
    log += Math.log((((ahead - j) / (j + 1)) * (a + j)) / (b + ahead - j - 1));
    if (j + 1 >= least) tail += Math.exp(log);
  }
  return tail;
}

function decideClass({ counts0, counts }: Votes, { n0 }: CertifySettings): number {
  const from = Array.from(n0 > 0 ? counts0 : counts);
  return from.indexOf(Math.max(...from));
}

describe("outcomesAt", () => {
  it("calls certified what the certificate reaches, and never lets a refuted radius lie below a certified one", () => {
    fc.assert(
      fc.property(someCase, ({ votes, settings }) => {
        const grid = [0, 0.1, 0.25, 0.5, 0.75, 1, 2];
        const outcomes = outcomesAt(grid, votes, settings, THEOREM);
        const decision = decide(votes, settings, THEOREM);
        outcomes.forEach((outcome, i) => {
          expect(outcome === "certified").toBe(certifies(decision, grid[i]));
        });
        const ranks = outcomes.map((outcome) => ["certified", "undecided", "refuted"].indexOf(outcome));
        expect([...ranks].sort()).toEqual(ranks);
      }),
      { numRuns: 500 },
    );
  });

  it("refutes by the upper bound, and falsely with probability alpha at most: exactly", () => {
    const [alpha, robust] = [0.05, 0.5];
    const p = normalCdf(robust / 0.5);
    for (const interval of ANYTIME_BOUNDS) {
      const settings = { n0: 20, n: 300, alpha, interval, stop: RADII } as const;
      // Of the truth's share, so that a prior isn't against refuting it.
      const votes0 = Math.round(20 * p);
      const procedure = procedureOf(settings, votes0);
      const votes = (look: number, k: number): Votes => ({
        counts0: [votes0, 20 - votes0],
        counts: [k, look - k],
        v: 1,
      });
      const refuted = (look: number, k: number): boolean =>
        outcomesAt([robust], votes(look, k), settings, THEOREM)[0] === "refuted";
      // The law test of certificates, with refutations in their place.
      const certain = { predict: 0, radius: Infinity, nA: 0, pALower: 0, pBUpper: undefined };
      const decision = (look: number, k: number) => (refuted(look, k) ? certain : { ...certain, predict: ABSTAIN });
      const { everWrong } = exactly({ ...procedure, decision }, p, robust);
      expect(everWrong).toBeLessThanOrEqual(alpha);
      expect(everWrong).toBeGreaterThan(0.001);
    }
  });
});

describe("a stopped run", () => {
  const X = Float32Array.of(0.1, 0.7);
  const smooth = (seed: number, batchSize = 32): SmoothedClassifier =>
    new SmoothedClassifier(bandClassifier(3, batchSize), gaussianNoise(0.15), seed);
  const settings = (stop: StopRule, change: Partial<CertifySettings> = {}): CertifySettings => ({
    n0: 20,
    n: 1000,
    alpha: 0.01,
    interval: "union",
    stop,
    ...change,
  });

  it("has the votes of a run of as many samples, each of noise of its own", async () => {
    const ends = new Set<number>();
    for (const stop of [
      { kind: "radii", radii: [0, 0.05, 0.1] },
      { kind: "precision", precision: 0.02 },
    ] as const) {
      for (let example = 0; example < 20; example++) {
        const stopped = await smooth(3).certify(X, example, settings(stop));
        const fixed = await smooth(3).certify(X, example, { n0: 20, n: stopped.n, alpha: 0.01 });
        expect(stopped.counts).toEqual(fixed.counts);
        expect(stopped.counts0).toEqual(fixed.counts0);
        ends.add(stopped.n);
      }
    }
    expect(ends.size).toBeGreaterThan(3);
  });

  it("ends at the first look that the rule names, with these votes' certificate, whatever the batch size", async () => {
    for (const interval of ANYTIME_BOUNDS) {
      const mode = settings({ kind: "radii", radii: [0, 0.05, 0.1] }, { interval });
      const theorem = gaussianAt(Math.fround(0.15));
      for (let example = 0; example < 10; example++) {
        const stopped = await smooth(runSeed % 1000).certify(X, example, mode);
        const { counts0, counts, n, ...certificate } = stopped;
        expect(certificate).toEqual(decide({ counts0, counts, v: 1 }, mode, theorem));
        for (const look of looksOf(mode)) {
          const fixed: Certificate = await smooth(runSeed % 1000).certify(X, example, { n0: 20, n: look, alpha: 0.01 });
          expect(endsAt({ counts0: fixed.counts0, counts: fixed.counts, v: 1 }, mode, theorem)).toBe(look === n);
          if (look === n) break;
        }
        expect(await smooth(runSeed % 1000, 7).certify(X, example, mode)).toEqual(stopped);
      }
    }
  });

  it("fails as often as the exact law says, drawn through the classifier: worst cases at 0.5", async () => {
    // Class 1 where the coordinate is above 0: pA = Phi(1/2) at 0.5 and sigma 1, a robust radius of 0.5 but for its
    // last digits.
    const mode = {
      n0: 20,
      n: 300,
      alpha: 0.05,
      interval: "union",
      stop: { kind: "radii", radii: [0, 0.5, 1] },
    } as const;
    const smoothed = new SmoothedClassifier(linearClassifier([1], 0, 256), gaussianNoise(1), runSeed);
    const runs = repetitions(3000, 1000);
    let [failures, samples] = [0, 0];
    for (let example = 0; example < runs; example++) {
      const { predict, radius, n } = await smoothed.certify(Float32Array.of(0.5), example, mode);
      samples += n;
      if (predict === 0 || radius > 0.5) failures += 1;
    }
    // alpha's promise, but for a probability of 1e-8.
    expect(failures).toBeLessThanOrEqual(binomialRange(runs, 0.05).most);
    // The mean, over selections of class 1 and (after a tie or worse) class 0; off by more with probability 1e-8 at
    // most (Hoeffding).
    const [procedure, p] = [procedureOf(mode), normalCdf(0.5)];
    const right = binomialTails(20, p)[11];
    const mean = right * exactly(procedure, p, 0.5).samples + (1 - right) * exactly(procedure, 1 - p, 0).samples;
    expect(Math.abs(samples / runs - mean)).toBeLessThan(300 * Math.sqrt(Math.log(2e8) / (2 * runs)));
  });
});
