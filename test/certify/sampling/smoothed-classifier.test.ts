import fc from "fast-check";
import { ArgumentError, gaussianNoise, STREAM } from "smoothcert";
import {
  ABSTAIN,
  type BaseClassifier,
  type Certificate,
  certifiedRadius,
  clopperPearsonLower,
  functionClassifier,
  requireCertifiable,
  Sampler,
  SmoothedClassifier,
  samplesPerSecond,
  type Votes,
  votesIn,
} from "smoothcert/certify";
import { describe, expect, it } from "vitest";
import { binomialTestPValue } from "../../../certify/theorem/prediction.js";
import { show } from "../../../src/errors.js";
import { fractionOf, relativeDifference, tailIsAtMost } from "../../laws/exact.js";
import { bandClassifier, delayed, scriptedClassifier } from "../some-classifiers.js";

const X = Float32Array.of(0.3, 0.6);
const SETTINGS = { n0: 20, n: 200, alpha: 0.01 };

const repeat = (label: number, times: number): number[] => new Array<number>(times).fill(label);
const ZEROS = new Float32Array(4);

/** CERTIFY written once more, one sample at a time, from Cohen et al.'s pseudocode. */
async function certifyByHand(base: BaseClassifier, seed: number, example: number, settings = SETTINGS, sigma = 0.5) {
  const count = async (stream: number, n: number): Promise<number[]> => {
    const counts = repeat(0, base.classes);
    const copy = new Float32Array(X.length);
    const label = new Int32Array(1);
    for (let sample = 0; sample < n; sample++) {
      gaussianNoise(sigma).perturb(copy, 0, X, { seed, stream, example, sample }, 1);
      await base.classify(copy, 1, label);
      counts[label[0]] += 1;
    }
    return counts;
  };
  const counts0 = await count(STREAM.selection, settings.n0);
  const cAHat = counts0.indexOf(Math.max(...counts0));
  const counts = await count(STREAM.estimation, settings.n);
  const nA = counts[cAHat];
  const pALower = clopperPearsonLower(nA, settings.n, settings.alpha);
  const answer =
    pALower > 0.5
      ? { predict: cAHat, radius: certifiedRadius(Math.fround(sigma), pALower) }
      : { predict: -1, radius: 0 };
  return { ...answer, pALower, nA, n: settings.n, counts0, counts };
}

const plain = (certificate: Certificate): unknown => ({
  ...certificate,
  counts0: [...certificate.counts0],
  counts: [...certificate.counts],
});

const smooth = (base: BaseClassifier, seed = 1, sigma = 0.5): SmoothedClassifier =>
  new SmoothedClassifier(base, gaussianNoise(sigma), seed);

describe("SmoothedClassifier.certify", () => {
  const anyRun = fc.record({
    classes: fc.integer({ min: 2, max: 6 }),
    batchSize: fc.integer({ min: 1, max: 40 }),
    seed: fc.maxSafeNat(),
    example: fc.nat(0xffffffff),
    n0: fc.integer({ min: 1, max: 40 }),
    n: fc.integer({ min: 11, max: 90 }),
    alpha: fc.constantFrom(0.5, 0.05, 0.001),
    sigma: fc.constantFrom(0.01, 0.1, 0.5),
  });

  it("is Cohen et al.'s CERTIFY, whatever the batch size", async () => {
    await fc.assert(
      fc.asyncProperty(anyRun, async ({ classes, batchSize, seed, example, n0, n, alpha, sigma }) => {
        const settings = { n0, n, alpha };
        const certificate = await smooth(bandClassifier(classes, batchSize), seed, sigma).certify(X, example, settings);
        expect(plain(certificate)).toEqual(
          await certifyByHand(bandClassifier(classes, 1), seed, example, settings, sigma),
        );
        const sum = (counts: Uint32Array): number => counts.reduce((a, b) => a + b, 0);
        expect([sum(certificate.counts0), sum(certificate.counts)]).toEqual([n0, n]);
      }),
    );
  });

  it("gives the certificate that it has always given", async () => {
    const certificate = await smooth(bandClassifier(4, 64), 2 ** 40 + 3, 0.1).certify(X, 9980, {
      n0: 100,
      n: 1000,
      alpha: 0.001,
    });
    // The votes to the last one; the bound may move in its last digits, where it is computed better.
    expect(plain(certificate)).toMatchObject({
      predict: 0,
      nA: 641,
      counts0: [63, 37, 0, 0],
      counts: [641, 359, 0, 0],
    });
    expect(certificate.pALower).toBeCloseTo(0.592787980012619, 11);
    expect(certificate.radius).toBeCloseTo(certifiedRadius(Math.fround(0.1), 0.592787980012619), 11);
  });

  it("gives permuted answers to permuted classes", async () => {
    const order = [2, 0, 3, 1];
    await fc.assert(
      fc.asyncProperty(fc.nat(), async (seed) => {
        const one = await smooth(bandClassifier(4, 16), seed).certify(X, 0, SETTINGS);
        const other = await smooth(
          bandClassifier(4, 16, (c) => order[c]),
          seed,
        ).certify(X, 0, SETTINGS);
        // A tie goes to the first class, which is another after the permutation.
        fc.pre(new Set(one.counts0).size === 4);
        expect([...order.keys()].map((c) => other.counts[order[c]])).toEqual([...one.counts]);
        expect(other.predict).toBe(one.predict === ABSTAIN ? ABSTAIN : order[one.predict]);
        expect(other.radius).toBe(one.radius);
      }),
    );
  });

  it("never shows the base classifier one noise twice: selection, estimation and their samples differ", async () => {
    const base = scriptedClassifier(repeat(0, 320), 2);
    await smooth(base).certify(ZEROS, 5, { n0: 120, n: 200, alpha: 0.01 });
    expect(base.seen).toHaveLength(320);
    expect(new Set(base.seen.flat()).size).toBe(320 * 4);
  });

  it("draws other noise for another example, and for another seed", async () => {
    const seen = async (seed: number, example: number): Promise<number[]> => {
      const base = scriptedClassifier(repeat(0, 220), 2);
      await smooth(base, seed).certify(ZEROS, example, SETTINGS);
      return base.seen.flat();
    };
    const first = await seen(1, 0);
    expect(await seen(1, 0)).toEqual(first);
    for (const other of [await seen(1, 1), await seen(2, 0), await seen(2 ** 32 + 1, 0)]) {
      expect(new Set([...first, ...other]).size).toBe(2 * first.length);
    }
  });

  it("scales the noise by sigma", async () => {
    const half = scriptedClassifier(repeat(0, 220), 2);
    const one = scriptedClassifier(repeat(0, 220), 2);
    await smooth(half, 1, 0.5).certify(ZEROS, 0, SETTINGS);
    await smooth(one, 1, 1).certify(ZEROS, 0, SETTINGS);
    expect(half.seen.flat().map((z) => 2 * z)).toEqual(one.seen.flat());
  });

  it("bounds the votes of the class selected, not of the class that wins the estimation", async () => {
    const base = scriptedClassifier([...repeat(1, 12), ...repeat(0, 8), ...repeat(0, 190), ...repeat(1, 10)], 2);
    const certificate = await smooth(base).certify(ZEROS, 0, SETTINGS);
    expect(certificate).toMatchObject({ predict: ABSTAIN, radius: 0, nA: 10 });
    expect([...certificate.counts]).toEqual([190, 10]);
  });

  it("selects the first of equals", async () => {
    const base = scriptedClassifier([...repeat(2, 10), ...repeat(1, 10), ...repeat(1, 200)], 3);
    expect(await smooth(base).certify(ZEROS, 0, SETTINGS)).toMatchObject({ predict: 1, nA: 200 });
  });

  it("abstains up to pALower = 1/2, and answers above", async () => {
    const least = Array.from({ length: 201 }, (_, k) => k).find(
      (k) => clopperPearsonLower(k, 200, 0.01) > 0.5,
    ) as number;
    for (const [nA, predict] of [
      [least - 1, ABSTAIN],
      [least, 1],
    ]) {
      const base = scriptedClassifier([...repeat(1, 20 + nA), ...repeat(0, 200 - nA)], 2);
      const certificate = await smooth(base).certify(ZEROS, 0, SETTINGS);
      expect(certificate).toMatchObject({ predict, nA, pALower: clopperPearsonLower(nA, 200, 0.01) });
      expect(certificate.radius).toBe(predict === ABSTAIN ? 0 : certifiedRadius(0.5, certificate.pALower));
    }
  });

  it("may run side by side with others of the same classifier", async () => {
    const smoothed = smooth(delayed(bandClassifier(4, 16)));
    const together = await Promise.all([0, 1, 2, 3, 4].map((example) => smoothed.certify(X, example, SETTINGS)));
    for (const [example, certificate] of together.entries()) {
      expect(plain(certificate)).toEqual(await certifyByHand(bandClassifier(4, 1), 1, example));
    }
  });

  it("stops between two batches when told to, with the reason given", async () => {
    const controller = new AbortController();
    let batches = 0;
    const hooks = {
      signal: controller.signal,
      onSamples: (): void => {
        batches += 1;
        if (batches === 3) controller.abort(new Error("enough"));
      },
    };
    const base = scriptedClassifier(repeat(0, 1000), 2, 10);
    await expect(smooth(base).certify(ZEROS, 0, SETTINGS, hooks)).rejects.toThrow("enough");
    expect([batches, base.seen.length]).toEqual([3, 30]);
  });

  it("tells how many samples each batch held: n0 + n in all", async () => {
    const samples: number[] = [];
    await smooth(bandClassifier(2, 64)).certify(X, 0, SETTINGS, { onSamples: (count) => void samples.push(count) });
    expect(samples).toEqual([20, 64, 64, 64, 8]);
  });

  it("tells the votes after each batch, those of the whole run in the end", async () => {
    const seen: Votes[] = [];
    const settings = { ...SETTINGS, interval: "betting", stop: { kind: "precision", precision: 1e-9 } } as const;
    const hooks = { onVotes: (votes: Votes) => void seen.push(votes) };
    const { counts0, counts } = await smooth(bandClassifier(3, 8)).certify(X, 4, settings, hooks);
    expect(seen.at(-1)).toMatchObject({ counts0, counts });
    const totals = seen.map((votes) => votesIn(votes.counts0) + votesIn(votes.counts));
    expect(totals.slice(0, 5)).toEqual([8, 16, 20, 28, 36]);
    expect(totals).toEqual([...new Set(totals)].sort((a, b) => a - b));
    expect(seen.every(({ counts0: first, counts: second }) => votesIn(second) === 0 || votesIn(first) === 20)).toBe(
      true,
    );
  });

  it.each<[Partial<typeof SETTINGS>, string]>([
    [{ n0: -1 }, "certify: n0 must be an integer in [0, 1073741824], got -1"],
    [{ n: 2.5 }, "certify: n must be an integer in [1, 1073741824], got 2.5"],
    [{ alpha: 0 }, "certify: alpha must be in (0, 1/2], got 0"],
    [{ alpha: 0.6 }, "certify: alpha must be in (0, 1/2], got 0.6"],
    [{ alpha: Number.NaN }, "certify: alpha must be in (0, 1/2], got NaN"],
    [
      { n: 10, alpha: 0.001 },
      "certify: n must be at least 11 for alpha = 0.001, got 10. " +
        "With fewer samples even a unanimous vote certifies nothing worth the name",
    ],
  ])("refuses %j before the first sample", async (change, message) => {
    const base = scriptedClassifier([], 2);
    const settings = { ...SETTINGS, ...change };
    await expect(smooth(base).certify(ZEROS, 0, settings)).rejects.toThrow(ArgumentError);
    await expect(smooth(base).certify(ZEROS, 0, settings)).rejects.toThrow(message);
    expect(() => requireCertifiable(settings, 2)).toThrow(message);
    expect(base.seen).toHaveLength(0);
  });

  it("refuses an example that has no address, and an image of another size", async () => {
    const smoothed = smooth(bandClassifier(2, 8));
    await expect(smoothed.certify(X, -1, SETTINGS)).rejects.toThrow(
      "example must be an integer in [0, 4294967295], got -1",
    );
    await expect(smoothed.certify(Float32Array.of(1, 2, 3), 0, SETTINGS)).rejects.toThrow(ArgumentError);
    await expect(smoothed.certify(Float32Array.of(1), 0, SETTINGS)).rejects.toThrow(
      "bands: x must be an image of 2 pixels, got 1",
    );
  });

  it("refuses a seed that is no key", () => {
    for (const seed of [-1, 0.5, 2 ** 53]) {
      expect(() => smooth(bandClassifier(2, 8), seed)).toThrow(ArgumentError);
      expect(() => smooth(bandClassifier(2, 8), seed)).toThrow(
        `SmoothedClassifier: seed must be an integer of at least 0, got ${seed}`,
      );
    }
  });
});

describe("SmoothedClassifier.predict", () => {
  it("answers or abstains as the exact two-sided binomial test of the two leading classes says", async () => {
    const votes = fc.array(fc.nat(40), { minLength: 2, maxLength: 4 }).filter((counts) => Math.max(...counts) > 0);
    const alphas = fc.oneof(fc.constantFrom(0.001, 0.01, 0.05), fc.double({ min: 1e-6, max: 0.999, noNaN: true }));
    await fc.assert(
      fc.asyncProperty(votes, alphas, async (counts, alpha) => {
        const base = scriptedClassifier(
          counts.flatMap((count, c) => repeat(c, count)),
          counts.length,
        );
        const n = counts.reduce((a, b) => a + b, 0);
        const prediction = await smooth(base).predict(ZEROS, 0, n, alpha);
        const [nA, nB] = counts.toSorted((a, b) => b - a);
        const rejects = nA > nB && tailIsAtMost(nA, nA + nB, 0.5, alpha / 2);
        expect(prediction.predict).toBe(rejects ? counts.indexOf(nA) : ABSTAIN);
        expect([...prediction.counts]).toEqual(counts);
      }),
    );
  });

  it("draws from the selection stream", async () => {
    const prediction = await smooth(bandClassifier(3, 16)).predict(X, 4, 20, 0.1);
    const { counts0 } = await smooth(bandClassifier(3, 16)).certify(X, 4, SETTINGS);
    expect(prediction.counts).toEqual(counts0);
  });

  it.each([
    [0, 0.1, "predict: n must be an integer in [1, 1073741824], got 0"],
    [10, 0, "predict: alpha must be in (0, 1), got 0"],
    [10, 1, "predict: alpha must be in (0, 1), got 1"],
    [10, Number.NaN, "predict: alpha must be in (0, 1), got NaN"],
  ])("refuses n = %d, alpha = %d", async (n, alpha, message) => {
    await expect(smooth(bandClassifier(2, 8)).predict(X, 0, n, alpha)).rejects.toThrow(ArgumentError);
    await expect(smooth(bandClassifier(2, 8)).predict(X, 0, n, alpha)).rejects.toThrow(message);
  });
});

describe("binomialTestPValue", () => {
  it("is the exact two-sided p-value, from above, for all votes up to 60", () => {
    for (let nA = 1; nA <= 60; nA++) {
      for (let nB = 0; nB < nA; nB++) {
        const value = binomialTestPValue(nA, nB);
        const exact = exactPValue(nA, nB);
        const difference = relativeDifference(fractionOf(value), exact);
        expect(difference, `${nA} against ${nB}`).toBeGreaterThanOrEqual(0);
        expect(difference, `${nA} against ${nB}`).toBeLessThan(1e-12);
      }
    }
  });

  it("is 1 where neither leads", () => {
    expect([binomialTestPValue(7, 7), binomialTestPValue(0, 0), binomialTestPValue(3, 4)]).toEqual([1, 1, 1]);
  });
});

/** 2 P[Bin(nA + nB, 1/2) >= nA], at most 1. */
function exactPValue(nA: number, nB: number): { numerator: bigint; denominator: bigint } {
  const n = nA + nB;
  let sum = 0n;
  let choose = 1n;
  for (let i = n; i >= nA; i--) {
    sum += choose;
    choose = (choose * BigInt(i)) / BigInt(n - i + 1);
  }
  const denominator = 2n ** BigInt(n);
  return { numerator: 2n * sum < denominator ? 2n * sum : denominator, denominator };
}

describe("Sampler", () => {
  const address = { seed: 1, stream: STREAM.estimation, example: 0, sample: 0 };
  const sampler = (base: BaseClassifier): Sampler => new Sampler(base, gaussianNoise(0.5));

  it("counts samples from the address's own on: parts add up to the whole", async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(100), fc.nat(100), async (first, rest) => {
        const bands = sampler(bandClassifier(3, 16));
        const whole = await bands.countLabels(X, first + rest, address);
        const a = await bands.countLabels(X, first, address);
        const b = await bands.countLabels(X, rest, { ...address, sample: first });
        expect([...whole]).toEqual([...a].map((count, c) => count + b[c]));
      }),
    );
  });

  it("refuses labels that are no class, from any classifier", async () => {
    const base = (label: number): BaseClassifier => ({
      ...bandClassifier(3, 8),
      name: "broken",
      classify: async (_batch, count, labels) => void labels.fill(label, 0, count),
    });
    for (const label of [3, -1]) {
      const count = sampler(base(label)).countLabels(X, 5, address);
      await expect(count).rejects.toThrow(`broken: classify must give labels in [0, 3), got ${label}`);
    }
  });

  it("refuses a classifier that leaves labels unwritten", async () => {
    let calls = 0;
    const base: BaseClassifier = {
      ...bandClassifier(3, 8),
      name: "lazy",
      classify: async (_batch, count, labels) => void labels.fill(1, 0, calls++ === 0 ? count : count - 1),
    };
    await expect(sampler(base).countLabels(X, 20, address)).rejects.toThrow(
      "lazy: classify must give labels in [0, 3), got -1",
    );
  });

  it.each([0, 1.5, Number.NaN])("refuses a batch size of %d", (batchSize) => {
    expect(() => sampler({ ...bandClassifier(3, 8), batchSize })).toThrow(ArgumentError);
    expect(() => sampler({ ...bandClassifier(3, 8), batchSize })).toThrow(
      `bands: batchSize must be an integer of at least 1, got ${batchSize}`,
    );
  });
});

describe("functionClassifier", () => {
  it.each([Number.NaN, 2, -1, 0.5, undefined as unknown as number])("refuses the label %d", async (label) => {
    const base = functionClassifier(() => label, { name: "f", inputShape: [1, 1, 2], classes: 2 });
    const certify = smooth(base).certify(X, 0, SETTINGS);
    await expect(certify).rejects.toThrow(ArgumentError);
    await expect(certify).rejects.toThrow(`f: the function's label must be an integer in [0, 1], got ${show(label)}`);
  });
});

describe("samplesPerSecond", () => {
  it("measures whole batches, on noise that no certificate uses", async () => {
    const base = scriptedClassifier(repeat(0, 1e6), 2, 50);
    const rate = await samplesPerSecond(base, gaussianNoise(0.5), ZEROS, { seconds: 0.01 });
    expect(rate).toBeGreaterThan(0);
    expect(rate).toBeLessThan(Infinity);
    expect(base.seen.length % 50).toBe(0);
    const certified = scriptedClassifier(repeat(0, 220), 2);
    await smooth(certified, 0).certify(ZEROS, 0, SETTINGS);
    const images = new Set(base.seen.map(String));
    expect(certified.seen.filter((image) => images.has(String(image)))).toEqual([]);
  });
});
