import { gridNoise, type NoiseAddress, normalCdf, normalUpperTail, STREAM } from "smoothcert";
import { describe, expect, it } from "vitest";
import { runSeed } from "../laws/seed.js";
import { FALSE_FAILURE, largestMean } from "../laws/statistics.js";

// Every assertion fails with probability 1e-8 at most where the noise is what it claims to be; some 20 assertions in all.

const BASE: NoiseAddress = { seed: runSeed, stream: STREAM.estimation, example: 3, sample: 0 };
const GREY = 128;

/** The noise levels of `count` samples of a grey image, copy after copy. */
function levels(sigma: number, dimension: number, count: number, address: Partial<NoiseAddress> = {}): Int32Array {
  const out = new Float32Array(dimension * count);
  gridNoise(sigma).perturb(out, 0, new Uint8Array(dimension).fill(GREY), { ...BASE, ...address }, count);
  return Int32Array.from(out, (value) => Math.round(255 * value) - GREY);
}

/** P[a <= J <= b], where J is the Gaussian rounded to the grid; from the nearer tail. */
function massBetween(a: number, b: number, sigma: number): number {
  const [from, to] = [(2 * a - 1) / (510 * sigma), (2 * b + 1) / (510 * sigma)];
  return from > 0 ? normalUpperTail(from) - normalUpperTail(to) : normalCdf(to) - normalCdf(from);
}

/** Bins of levels that tile (-Infinity, Infinity), each with an expected count of `least` or more. */
function binsOf(sigma: number, draws: number, least: number): { ends: number[]; expected: number[] } {
  const ends: number[] = [];
  const expected: number[] = [];
  let start = -Infinity;
  for (let j = -1300; j < 1300; j++) {
    const mass = massBetween(start, j, sigma) * draws;
    if (mass < least || massBetween(j + 1, Infinity, sigma) * draws < least) continue;
    ends.push(j);
    expected.push(mass);
    start = j + 1;
  }
  ends.push(Infinity);
  expected.push(massBetween(start, Infinity, sigma) * draws);
  return { ends, expected };
}

function chiSquare(draws: Int32Array, sigma: number): { statistic: number; freedom: number } {
  const { ends, expected } = binsOf(sigma, draws.length, 200);
  const counts = new Float64Array(ends.length);
  const sorted = draws.toSorted();
  for (let i = 0, bin = 0; i < sorted.length; i++) {
    while (sorted[i] > ends[bin]) bin += 1;
    counts[bin] += 1;
  }
  const statistic = expected.reduce((sum, e, bin) => sum + (counts[bin] - e) ** 2 / e, 0);
  return { statistic, freedom: expected.length - 1 };
}

/** What a chi-square variable exceeds with probability FALSE_FAILURE at most (Laurent and Massart 2000, Lemma 1). */
function largestChiSquare(freedom: number): number {
  const x = -Math.log(FALSE_FAILURE);
  return freedom + 2 * Math.sqrt(freedom * x) + 2 * x;
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
  // Three views of a level, all centred and in [-1, 1]: its size, how far out it is, and whether it is even (whose mean vanishes to 1e-800).
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

  // Products of independent centred values in [-1, 1] are martingale differences along the draws: Azuma's bound is Hoeffding's.
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
