import { readFileSync } from "node:fs";
import { gridNoise, gridThresholds, type NoiseAddress, philox4x32, STREAM } from "smoothcert";
import { describe, expect, it } from "vitest";
import { type ChiSquare, chiSquareOf, describeChiSquare, largestChiSquare } from "../laws/chi-square.js";
import { repetitions, someOf } from "../laws/effort.js";
import { fractionOf } from "../laws/exact.js";
import { BITS, exp, ONE, PI, squareRoot } from "../laws/fixed-point.js";
import { binTable, type LevelBins, levelBins, levelOf } from "../laws/grid-levels.js";
import { runSeed } from "../laws/seed.js";

/**
 * Exact, to 40 digits: the law of the thresholds. Then the draws: that every cell of the table stands for its
 * thresholds, and chi-square.
 */

const SIGMAS = [0.12, 0.25, 0.5, 1];
const GREY = 128;
const REACH = 2000;

/**
 * Phi(x) - 1/2 = phi(x) (x + x^3/3 + x^5/(3 5) + ...): positive terms alone, where src sums Taylor's alternating ones.
 */
function centralMass(x: bigint): bigint {
  const square = (x * x) >> BITS;
  let sum = 0n;
  for (let term = x, n = 3n; term > 0n; n += 2n) {
    sum += term;
    term = ((term * square) >> BITS) / n;
  }
  return (sum << (2n * BITS)) / (exp(square / 2n) * squareRoot(2n * PI * ONE));
}

/** 2^160 Phi((2j+1) / (510 sigma)) for j = -m .. m - 1. */
function exactThresholds(sigma: number, m: number): bigint[] {
  const { numerator, denominator } = fractionOf(sigma);
  const above = Array.from({ length: m }, (_, j) =>
    centralMass((BigInt(2 * j + 1) * denominator * ONE) / (510n * numerator)),
  );
  return [...above.toReversed().map((mass) => ONE / 2n - mass), ...above.map((mass) => ONE / 2n + mass)];
}

/** The probabilities that thresholds cut [0, 1) into. */
const cut = (thresholds: readonly bigint[]): bigint[] =>
  [...thresholds, ONE].map((t, i) => t - (thresholds[i - 1] ?? 0n));
const size = (x: bigint): bigint => (x < 0n ? -x : x);

describe("the law of the noise on the grid, to 40 digits", () => {
  const references: readonly { sigma: number; thresholds: [number, string][]; totalVariation: number }[] = JSON.parse(
    readFileSync(new URL("../fixtures/noise/grid.json", import.meta.url), "utf8"),
  );

  it.each(references)("has a reference that agrees with mpmath at sigma = $sigma", ({ sigma, thresholds }) => {
    const exact = exactThresholds(sigma, gridThresholds(sigma).length / 2);
    for (const [i, text] of thresholds) {
      const difference = exact[i] * 10n ** 20n - BigInt(text.replace(".", "")) * (ONE >> 64n);
      expect(size(difference) <= ONE >> 64n, `threshold ${i}`).toBe(true); // one unit of the last of mpmath's digits
    }
  });

  // J beyond the outermost thresholds counts as one level: all of it is clipped to the same pixel.
  it.each(references)("is within the stated distance of the rounded Gaussian at sigma = $sigma", (reference) => {
    const { sigma } = reference;
    const drawn = [...gridThresholds(sigma)].map((t) => t << (BITS - 64n));
    const sampler = cut(drawn);
    const gaussian = cut(exactThresholds(sigma, drawn.length / 2));
    const doubled = sampler.reduce((sum, mass, i) => sum + size(mass - gaussian[i]), 0n);
    const totalVariation = Number(doubled) / 2 ** 161;
    const stated = gridNoise(sigma).distance?.(1) as number;
    console.log(
      `sigma ${sigma}: ${sampler.length} levels, total variation ${totalVariation.toExponential(3)} a coordinate, ` +
        `stated ${stated.toExponential(3)}`,
    );
    expect(sampler.reduce((sum, mass) => sum + mass)).toBe(ONE);
    expect(sampler.every((mass) => mass >= 0n)).toBe(true);
    expect(totalVariation).toBeLessThan(stated);
    expect(totalVariation / (reference.totalVariation * 2 ** -64)).toBeCloseTo(1, 9);
    // Each coordinate adds as much: what is stated for an image is above the sum.
    expect(150_528 * totalVariation).toBeLessThan(gridNoise(sigma).distance?.(150_528) as number);
  });
});

/** The noise of `count` samples of a grey image in floats of [0, 1], copy after copy; see {@link levelAt}. */
function draws(sigma: number, dimension: number, count: number, address: Partial<NoiseAddress> = {}): Float32Array {
  const out = new Float32Array(dimension * count);
  const full = { seed: runSeed, stream: STREAM.estimation, example: 3, sample: 0, ...address };
  gridNoise(sigma).perturb(out, 0, new Uint8Array(dimension).fill(GREY), full, count);
  return out;
}

/** The level of noise that a float shows. */
const levelAt = (value: number): number => Math.round(255 * value) - GREY;

describe("the sampler", () => {
  // 2^22 draws miss one of the 65,536 cells with probability 65536 exp(-64) = 1e-23.
  it.each(someOf(SIGMAS))(
    "gives each of the 65,536 cells its level, or decides by all 64 bits, at sigma = %d",
    (sigma) => {
      const thresholds = gridThresholds(sigma);
      const firsts = Array.from({ length: 65_536 }, (_, cell) => levelOf(BigInt(cell) << 48n, thresholds));
      const lasts = firsts.map((_, cell) => levelOf((BigInt(cell + 1) << 48n) - 1n, thresholds));
      const seen = new Uint8Array(65_536);
      const words = new Uint32Array(4);
      const further = new Uint32Array(4);
      const [low, high] = [runSeed % 2 ** 32, Math.floor(runSeed / 2 ** 32)];
      const address = { stream: STREAM.attack, example: 7 };
      const [dimension, samples] = [4096, 1024];
      const values = draws(sigma, dimension, samples, address);
      let wrong = 0;
      for (let sample = 0; sample < samples; sample++)
        for (let c = 0; c < dimension; c++) {
          if (c % 8 === 0) philox4x32(words, c / 8, sample, address.example, address.stream, low, high);
          const cell = (words[(c >> 1) & 3] >>> (16 * (c % 2))) & 0xffff;
          let level = firsts[cell];
          if (level !== lasts[cell]) {
            philox4x32(further, c, sample, address.example, address.stream + 2 ** 31, low, high);
            const rest = (BigInt(further[0]) << 16n) | BigInt(further[1] >>> 16);
            level = levelOf((BigInt(cell) << 48n) | rest, thresholds);
          }
          // What is clipped shows the bound alone.
          const reach = thresholds.length / 2 - 255;
          const shown = Math.min(Math.max(GREY + level, -reach), reach + 255) - GREY;
          if (levelAt(values[sample * dimension + c]) !== shown) wrong += 1;
          seen[cell] = 1;
        }
      expect(wrong).toBe(0);
      expect(seen.every((s) => s === 1)).toBe(true);
    },
  );
});

/** Counts of the bins over many images, other ones for each sigma. */
function histogram(sigma: number, bins: LevelBins, batches: number, dimension: number, copies: number): Float64Array {
  const table = binTable(bins, REACH);
  const counts = new Float64Array(bins.ends.length);
  const source = gridNoise(sigma);
  const pixels = new Uint8Array(dimension).fill(GREY);
  const out = new Float32Array(dimension * copies);
  for (let batch = 0; batch < batches; batch++) {
    const example = SIGMAS.indexOf(sigma) * batches + batch;
    source.perturb(out, 0, pixels, { seed: runSeed, stream: STREAM.estimation, example, sample: 0 }, copies);
    for (const value of out) counts[table[levelAt(value) + REACH]] += 1;
  }
  return counts;
}

// Each statistic exceeds its bound with probability 1e-8 at most: the bound holds for a chi-square variable and lies
// well above its 1 - 1e-8 quantile (for 500 degrees of freedom at 729 instead of 698), which leaves room for the
// binomial counts, of 1000 and more, being not quite normal.
describe("draws of the noise on the grid", () => {
  it.each(someOf(SIGMAS))("follow the rounded Gaussian at sigma = %d: chi-square of up to 10^8", (sigma) => {
    const [batches, dimension, copies] = [repetitions(400, 200), 1000, 250];
    const total = batches * dimension * copies;
    const bins = levelBins(sigma, 1000 / total);
    const counts = histogram(sigma, bins, batches, dimension, copies);
    const result = chiSquareOf(
      counts,
      bins.masses.map((mass) => mass * total),
    );
    console.log(`sigma ${sigma}: ${total.toExponential(0)} draws, ${describeChiSquare(result)}`);
    expect(counts.reduce((sum, count) => sum + count)).toBe(total);
    expect(result.freedom).toBeGreaterThan(100);
    expect(result.statistic).toBeLessThan(largestChiSquare(result.freedom));
  });
});

describe("two draws of the noise on the grid", () => {
  const sigma = 0.25;
  const [dimension, copies] = [2048, 2048];
  const bins = levelBins(sigma, 1 / 9); // eight bins of 1/9 or more
  const table = binTable(bins, REACH);
  const sides = bins.masses.length;
  const first = draws(sigma, dimension, copies);
  const binAt = (value: number): number => table[levelAt(value) + REACH];

  /**
   * Chi-square of the table of pairs (i, i + lag) for i = 0 .. lag - 1, 2 lag .. 3 lag - 1, ...: no draw is in two
   * pairs.
   */
  function pairs(second: Float32Array, lag: number): ChiSquare {
    const counts = new Float64Array(sides * sides);
    let total = 0;
    const block = Math.max(1, lag);
    for (let start = 0; start + block + lag <= second.length; start += block + lag)
      for (let i = start; i < start + block; i++) {
        counts[sides * binAt(first[i]) + binAt(second[i + lag])] += 1;
        total += 1;
      }
    expect(total).toBeGreaterThan(2e6);
    const expected = bins.masses.flatMap((a) => bins.masses.map((b) => a * b * total));
    return chiSquareOf(counts, expected);
  }

  it.each<[string, number, Partial<NoiseAddress> | undefined]>([
    ...[1, 2, 3, 4, 5, 6, 7, 8, 16].map((lag): [string, number, undefined] => [`coordinate + ${lag}`, lag, undefined]),
    ["sample + 1", dimension, undefined],
    ["sample + 2", 2 * dimension, undefined],
    ["example + 1", 0, { example: 4 }],
    ["seed + 1", 0, { seed: runSeed + 1 }],
    ["selection and estimation", 0, { stream: STREAM.selection }],
  ])("are independent: %s (contingency table)", (name, lag, address) => {
    const result = pairs(address ? draws(sigma, dimension, copies, address) : first, lag);
    console.log(`${name}: ${describeChiSquare(result)}`);
    expect(result.freedom).toBe(63);
    expect(result.statistic).toBeLessThan(largestChiSquare(63));
  });
});
