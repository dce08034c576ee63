import { fillStandardNormal, type NoiseAddress, normalCdf, STREAM } from "smoothcert";
import { describe, expect, it } from "vitest";
import { runSeed } from "../laws/seed.js";
import { binomialRange, ksDistance, largestKsDistance, largestMean, largestMeanProduct } from "../laws/statistics.js";

// Every assertion fails with probability 1e-8 at most where the noise is what it claims to be; some 20 assertions in
// all.

const BASE: NoiseAddress = { seed: runSeed, stream: STREAM.estimation, example: 3, sample: 0 };

function normals(count: number, address: Partial<NoiseAddress> = {}): Float32Array {
  const out = new Float32Array(count);
  fillStandardNormal(out, { ...BASE, ...address });
  return out;
}

describe("the noise", () => {
  const draws = normals(1 << 20);

  it("is standard normal (Kolmogorov-Smirnov, a million draws)", () => {
    const distance = ksDistance(Float64Array.from(draws), normalCdf);
    expect(distance).toBeLessThan(largestKsDistance(draws.length));
  });

  it("is standard normal in each of the four lanes of a block", () => {
    for (let lane = 0; lane < 4; lane++) {
      const own = Float64Array.from({ length: draws.length / 4 }, (_, i) => draws[4 * i + lane]);
      expect(ksDistance(own, normalCdf)).toBeLessThan(largestKsDistance(own.length));
    }
  });

  it("is standard normal in one coordinate across samples, and in the first across examples", () => {
    const count = 1 << 16;
    const one = new Float32Array(2);
    const across = (field: "sample" | "example"): Float64Array =>
      Float64Array.from({ length: count }, (_, i) => {
        fillStandardNormal(one, { ...BASE, [field]: i });
        return one[1];
      });
    for (const field of ["sample", "example"] as const) {
      expect(ksDistance(across(field), normalCdf)).toBeLessThan(largestKsDistance(count));
    }
  });

  it("has the tails of the normal distribution", () => {
    for (const threshold of [2, 3, 4]) {
      const beyond = draws.reduce((count, z) => count + (Math.abs(z) > threshold ? 1 : 0), 0);
      const { least, most } = binomialRange(draws.length, 2 * normalCdf(-threshold), 3);
      expect(beyond).toBeGreaterThanOrEqual(least);
      expect(beyond).toBeLessThanOrEqual(most);
    }
  });

  it("is independent across coordinates, samples, examples, streams and seeds", () => {
    const count = 1 << 16;
    const first = normals(count + 64);
    const others: [string, Float32Array][] = [
      ...[1, 2, 3, 4, 5, 8, 28].map((lag): [string, Float32Array] => [`coordinate + ${lag}`, first.subarray(lag)]),
      ...[1, 2, 4, 256, 65536].map((d): [string, Float32Array] => [`sample + ${d}`, normals(count, { sample: d })]),
      ...[1, 2, 4, 20].map((d): [string, Float32Array] => [`example + ${d}`, normals(count, { example: 3 + d })]),
      ...Object.values(STREAM)
        .filter((stream) => stream !== BASE.stream)
        .map((stream): [string, Float32Array] => [`stream ${stream}`, normals(count, { stream })]),
      ...[1, 2, 2 ** 31, 2 ** 32, 2 ** 52].map((d): [string, Float32Array] => [
        `seed + ${d}`,
        normals(count, { seed: runSeed + d }),
      ]),
    ];
    const comparisons = others.length;
    for (const [name, other] of others) {
      const { product, signs, sizes } = comovements(first, other, count);
      expect(Math.abs(product), name).toBeLessThan(largestMeanProduct(count, comparisons));
      expect(Math.abs(signs), name).toBeLessThan(largestMean(count, comparisons));
      expect(Math.abs(sizes), name).toBeLessThan(largestMean(count, comparisons));
    }
  });
});

/** The third quartile: half of all normals lie within it. */
const MEDIAN_SIZE = 0.6744897501960817;

/** Means of z z', of the product of their signs, and of the product of (|z| above or below its median). */
function comovements(a: Float32Array, b: Float32Array, n: number): { product: number; signs: number; sizes: number } {
  let product = 0;
  let signs = 0;
  let sizes = 0;
  for (let i = 0; i < n; i++) {
    product += a[i] * b[i];
    signs += Math.sign(a[i]) * Math.sign(b[i]);
    sizes += Math.sign(Math.abs(a[i]) - MEDIAN_SIZE) * Math.sign(Math.abs(b[i]) - MEDIAN_SIZE);
  }
  return { product: product / n, signs: signs / n, sizes: sizes / n };
}
