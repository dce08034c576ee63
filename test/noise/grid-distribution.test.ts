import { gridNoise, type NoiseAddress, STREAM } from "smoothcert";
import { describe, expect, it } from "vitest";
import { type ChiSquare, chiSquareOf, largestChiSquare } from "../laws/chi-square.js";
import { binTable, levelBins, massBetween } from "../laws/grid-levels.js";
import { runSeed } from "../laws/seed.js";
import { largestMean } from "../laws/statistics.js";

// Every assertion fails with probability 1e-8 at most where the noise is what it claims to be; some 20 assertions in
// all.

const BASE: NoiseAddress = { seed: runSeed, stream: STREAM.estimation, example: 3, sample: 0 };
const GREY = 128;

/** The noise levels of `count` samples of a grey image, copy after copy. */
function levels(sigma: number, dimension: number, count: number, address: Partial<NoiseAddress> = {}): Int32Array {
  const out = new Float32Array(dimension * count);
  gridNoise(sigma).perturb(out, 0, new Uint8Array(dimension).fill(GREY), { ...BASE, ...address }, count);
  return Int32Array.from(out, (value) => Math.round(255 * value) - GREY);
}

function chiSquare(draws: Int32Array, sigma: number): ChiSquare {
  const bins = levelBins(sigma, 200 / draws.length);
  const table = binTable(bins, 2000);
  const counts = new Float64Array(bins.ends.length);
  for (const level of draws) counts[table[level + 2000]] += 1;
  return chiSquareOf(
    counts,
    bins.masses.map((mass) => mass * draws.length),
  );
}

describe("the noise on the grid", () => {
  // Two million draws in all.
  it.each([0.12, 0.25, 0.5, 1])("is the rounded Gaussian at sigma = %d (chi-square)", (sigma) => {
    const { statistic, freedom } = chiSquare(levels(sigma, 1024, 512), sigma);
    expect(freedom).toBeGreaterThan(100);
    expect(statistic).toBeLessThan(largestChiSquare(freedom));
  });

  it("is the rounded Gaussian in each of the eight places of a block", () => {
    const draws = levels(0.25, 64, 1 << 14);
    for (let lane = 0; lane < 8; lane++) {
      const { statistic, freedom } = chiSquare(
        draws.filter((_, i) => i % 8 === lane),
        0.25,
      );
      expect(statistic).toBeLessThan(largestChiSquare(freedom));
    }
  });

  it("is the rounded Gaussian in one coordinate across examples", () => {
    const source = gridNoise(0.25);
    const out = new Float32Array(6);
    const pixels = new Uint8Array(6).fill(GREY);
    const draws = Int32Array.from({ length: 1 << 16 }, (_, example) => {
      source.perturb(out, 0, pixels, { ...BASE, example }, 1);
      return Math.round(255 * out[5]) - GREY;
    });
    const { statistic, freedom } = chiSquare(draws, 0.25);
    expect(statistic).toBeLessThan(largestChiSquare(freedom));
  });
});

describe("the noise on the grid, two draws together", () => {
  const sigma = 0.25;
  const dimension = 1000;
  const samples = 300;
  const first = levels(sigma, dimension, samples);
  // Three views of a level, all centred and in [-1, 1]: its size, how far out it is, and whether it is even (whose mean
  // vanishes to 1e-800).
  const size = (j: number): number => Math.max(-1, Math.min(1, j / (4 * 255 * sigma)));
  const outside = 1 - massBetween(-43, 43, sigma);
  const distance = (j: number): number => (Math.abs(j) > 43 ? 1 : 0) - outside;
  const parity = (j: number): number => (j % 2 === 0 ? 1 : -1);
  const views = [size, distance, parity];
  const pairs = [
    ...[1, 2, 3, 4, 7, 8, 9, 16].map((lag): [string, Int32Array, number] => [`coordinate + ${lag}`, first, lag]),
    ["sample + 1", first, dimension] as [string, Int32Array, number],
    ["example + 1", levels(sigma, dimension, samples, { example: BASE.example + 1 }), 0] as [
      string,
      Int32Array,
      number,
    ],
    ["stream + 1", levels(sigma, dimension, samples, { stream: BASE.stream + 1 }), 0] as [string, Int32Array, number],
    ["seed + 1", levels(sigma, dimension, samples, { seed: BASE.seed + 1 }), 0] as [string, Int32Array, number],
  ];

  // Products of independent centred values in [-1, 1] are martingale differences along the draws: Azuma's bound is
  // Hoeffding's.
  it.each(pairs)("are uncorrelated: %s", (_, second, lag) => {
    const n = first.length - lag;
    for (const f of views)
      for (const g of views) {
        let sum = 0;
        for (let i = 0; i < n; i++) sum += f(first[i]) * g(second[i + lag]);
        expect(Math.abs(sum / n)).toBeLessThan(largestMean(n, views.length ** 2));
      }
  });
});
