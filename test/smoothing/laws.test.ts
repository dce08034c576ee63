import fc from "fast-check";
import {
  ArgumentError,
  certifiedRadius,
  gaussianNoise,
  gaussianTheorem,
  hasLaw,
  LAWS,
  lawOf,
  NOISES,
  type NoiseAddress,
  STREAM,
  smoothingFor,
  smoothingOf,
} from "smoothcert";
import { functionClassifier, SmoothedClassifier } from "smoothcert/certify";
import { describe, expect, it } from "vitest";
import { exceedingChance } from "../laws/failure-chance.js";
import { runSeed } from "../laws/seed.js";
import { sumRange } from "../laws/statistics.js";
import { LAW_CASES } from "./law-cases.js";

const address: NoiseAddress = { seed: runSeed, stream: STREAM.theory, example: 3, sample: 5 };
const probability = fc.double({ min: 0, max: 1, noNaN: true, minExcluded: true, maxExcluded: true });

describe.each(LAW_CASES)("%s", (id, law, known) => {
  const smoothing = law.smoothing(known.sigma);
  const dimension = 11;
  const x = known.pixels(dimension);
  const copies = (count: number, at = address): Float32Array => {
    const out = new Float32Array(count * dimension);
    smoothing.perturb(out, 0, x, at, count);
    return out;
  };

  it("is found by its id and its name, and its noise carries id, sigma and theorem", () => {
    expect(LAWS.filter((each) => each.id === id)).toEqual([law]);
    expect(hasLaw(id)).toBe(true);
    expect(smoothingOf(id, known.sigma)?.id).toBe(id);
    expect([smoothing.id, smoothing.sigma, smoothing.norm]).toEqual([id, known.sigma, law.theorem(1).norm]);
    const [family] = id.split("/");
    expect(lawOf(`${family}/another-stream/9`)).toBe(law);
    expect(smoothingOf(`${family}/another-stream/9`, known.sigma)).toBeUndefined();
    expect(NOISES).toContain(law.noise);
    for (const type of law.pixelTypes) expect(smoothingFor(law.noise, type, known.sigma).norm).toBe(smoothing.norm);
  });

  it("gives the same copies for the same arguments, one by one or together, and others elsewhere", () => {
    const together = copies(6);
    for (let c = 0; c < 6; c++) {
      const one = copies(1, { ...address, sample: address.sample + c });
      expect(one).toEqual(together.subarray(c * dimension, (c + 1) * dimension));
    }
    for (const other of [{ seed: runSeed + 1 }, { stream: STREAM.attack }, { example: 4 }, { sample: 11 }]) {
      expect(copies(1, { ...address, ...other })).not.toEqual(together.subarray(0, dimension));
    }
  });

  it("has the standard deviation sigma in each coordinate, and coordinates that do not move together", () => {
    // 40,000 draws: means stray by sigma / 200, variances by at most sigma^2 sqrt(2) / 200, products by sigma^2 / 200,
    // each standard deviation of them; six of these are exceeded once in 5e8. Clipping and rounding to the grid add
    // less.
    const draws = 40_000;
    const out = new Float32Array(draws * 2);
    const middle = known.pixels(2).constructor === Uint8Array ? Uint8Array.of(127, 128) : Float32Array.of(0.5, 0.5);
    smoothing.perturb(out, 0, middle, address, draws);
    const unit = [0, 1].map((j) => (middle instanceof Uint8Array ? Math.fround(middle[j] / 255) : middle[j]));
    const noise = [0, 1].map((j) => Array.from({ length: draws }, (_, i) => (out[2 * i + j] - unit[j]) / known.sigma));
    const mean = (values: readonly number[]): number => values.reduce((sum, v) => sum + v, 0) / draws;
    for (const values of noise) {
      expect(Math.abs(mean(values))).toBeLessThan(6 / 200);
      expect(Math.abs(mean(values.map((v) => v * v)) - 1)).toBeLessThan((6 * Math.SQRT2) / 200);
    }
    expect(Math.abs(mean(noise[0].map((v, i) => v * noise[1][i])))).toBeLessThan(6 / 200);
  });

  it("certifies more for more votes, nothing up to one half, and stays below the limit from the other side", () => {
    fc.assert(
      fc.property(probability, probability, (p, q) => {
        const [low, high] = p < q ? [p, q] : [q, p];
        expect(smoothing.radius(low)).toBeLessThanOrEqual(smoothing.radius(high));
        expect(smoothing.radius(high, low)).toBeLessThanOrEqual(smoothing.radiusLimit(high, low));
        expect(smoothing.radius(high)).toBeLessThanOrEqual(smoothing.radiusLimit(high));
        expect(smoothing.radius(low, high)).toBe(0);
        if (low <= 0.5) expect(smoothing.radius(low)).toBe(0);
        expect(smoothing.radius(high)).toBeGreaterThanOrEqual(0);
      }),
    );
  });

  it("certifies between two classes what it certifies against the rest, up to rounding", () => {
    fc.assert(
      fc.property(fc.double({ min: 0.5, max: 0.999999, noNaN: true, minExcluded: true }), (p) => {
        const [one, two] = [smoothing.radius(p), smoothing.radius(p, 1 - p)];
        expect(Math.abs(one - two)).toBeLessThanOrEqual(1e-11 * known.sigma);
        expect(smoothing.radiusLimit(p) - one).toBeLessThanOrEqual(1e-11 * known.sigma);
      }),
    );
  });

  it("grows with sigma", () => {
    for (const p of [0.6, 0.9, 0.999]) {
      expect(law.theorem(2 * known.sigma).radius(p) / smoothing.radius(p)).toBeCloseTo(2, 6);
    }
  });

  it.each([5e-324, 1e-46, 1e-45, 1e-38])("certifies nothing that can't be written and read at sigma = %d", (sigma) => {
    const { radius } = law.theorem(sigma);
    for (const p of [0.5 + 2 ** -53, 0.6, 1 - 2 ** -53]) {
      expect(radius(p)).toBeGreaterThanOrEqual(0);
      expect(radius(p, 1 - p)).toBeGreaterThanOrEqual(0);
    }
  });

  it.each(known.refused)("refuses sigma = %d by name", (sigma) => {
    expect(() => law.smoothing(sigma)).toThrow(ArgumentError);
    expect(() => law.smoothing(sigma)).toThrow(/sigma must be .*, got/);
  });

  it.each([0.6, 0.8, 0.95])("fails as often as its bound may, at a step of pA near %d", async (wanted) => {
    const settings = { n0: 4, n: 60, alpha: 0.05 };
    const { x, threshold, exact, pA } = known.step(known.sigma, wanted);
    const options = { name: "step", inputShape: [1, 1, 1], classes: 2, batchSize: 512 } as const;
    const smoothed = new SmoothedClassifier(
      functionClassifier(([value]) => (value > threshold ? 1 : 0), options),
      smoothing,
      runSeed,
    );
    const certificates = 3000;
    let [failures, selected] = [0, 0];
    for (let example = 0; example < certificates; example++) {
      const { predict, radius, counts0 } = await smoothed.certify(x, example, settings);
      if (predict === 0 || radius > exact) failures += 1;
      if (counts0[1] > counts0[0]) selected += 1;
    }
    // Where class 1 was selected, it is certified beyond its radius when the bound is above pA; where not, class 0 at
    // all.
    const rule = { n: settings.n, level: settings.alpha, randomised: false };
    const [right, wrong] = [exceedingChance(pA, pA, rule), exceedingChance(1 - pA, 0.5, rule)];
    const expected = selected * right + (certificates - selected) * wrong;
    const { least, most } = sumRange(expected);
    expect(failures).toBeGreaterThanOrEqual(least);
    expect(failures).toBeLessThanOrEqual(most);
    expect(expected).toBeLessThanOrEqual(settings.alpha * certificates);
  });
});

it("float noise is certified at the sigma that it has, which single precision rounds down or up", () => {
  const sigmas = fc.double({ min: 1e-3, max: 1e3, noNaN: true });
  fc.assert(
    fc.property(sigmas, probability, (sigma, p) => {
      const noise = gaussianNoise(sigma);
      expect(noise.radius(p)).toBe(certifiedRadius(Math.fround(sigma), p));
      expect(noise.radiusLimit(p)).toBe(gaussianTheorem(Math.fround(sigma)).radiusLimit(p));
      expect(lawOf(noise.id)?.theorem(sigma).radius(p)).toBe(noise.radius(p));
    }),
  );
  expect(gaussianNoise(0.12).radius(0.9)).toBeLessThan(certifiedRadius(0.12, 0.9));
});

it("laws are named apart, and unknown ones refused with what there is", () => {
  expect(new Set(LAWS.map(({ id }) => id)).size).toBe(LAWS.length);
  expect(lawOf("laplace/1")).toBeUndefined();
  expect(() => smoothingFor("laplace", "bytes", 1)).toThrow(
    "noise must be one of gaussian, uniform for bytes, got laplace",
  );
});
