import { createHash } from "node:crypto";
import fc from "fast-check";
import { type NoiseAddress, STREAM, uniformNoise } from "smoothcert";
import { describe, expect, it } from "vitest";
import { fractionOf, isAtMost, product } from "../laws/exact.js";
import { runSeed } from "../laws/seed.js";
import { ksDistance, largestKsDistance } from "../laws/statistics.js";

const lambdaOf = (sigma: number): number => Math.fround(Math.sqrt(3) * sigma);

describe("uniformNoise", () => {
  // Users' certificates depend on every bit of it. If this fails, the law's id must change (see NoiseSource.id).
  it.each<[NoiseAddress, string]>([
    [{ seed: 0, stream: 0, example: 0, sample: 0 }, "c6533ed33f97d8208574589bddaebfb5ec8df9c7ff5c66a3818d30d8293461f7"],
    [
      { seed: 2 ** 32 + 5, stream: 1, example: 9980, sample: 99_999 },
      "aac3113aae924134f2c55838d2698a39a859a1d1035732e29b07e7c53eb670ee",
    ],
  ])("is what it has always been at %j", (address, hash) => {
    const out = new Float32Array(1 << 16);
    uniformNoise(0.5).perturb(out, 0, new Float32Array(1 << 15).fill(0.25), address, 2);
    expect(createHash("sha256").update(new Uint8Array(out.buffer)).digest("hex")).toBe(hash);
  });

  it("is uniform on [-lambda, lambda], lambda = sqrt(3) sigma (Kolmogorov and Smirnov)", () => {
    const out = new Float32Array(100_000);
    const address = { seed: runSeed, stream: STREAM.theory, example: 0, sample: 0 };
    uniformNoise(0.5).perturb(out, 0, new Float32Array(4), address, out.length / 4);
    const lambda = lambdaOf(0.5);
    expect(Math.max(...out.map(Math.abs))).toBeLessThanOrEqual(lambda);
    const cdf = (x: number): number => (x + lambda) / (2 * lambda);
    expect(ksDistance(Float64Array.from(out), cdf)).toBeLessThan(largestKsDistance(out.length));
  });

  it("certifies 2 lambda (pALower - 1/2) in L1, never above it and within two ulps below", () => {
    const probability = fc.double({ min: 0.5, max: 1, noNaN: true, minExcluded: true, maxExcluded: true });
    fc.assert(
      fc.property(probability, fc.double({ min: 1e-3, max: 100, noNaN: true }), (p, sigma) => {
        const smoothing = uniformNoise(sigma);
        expect(smoothing.norm).toBe("l1");
        const { numerator, denominator } = fractionOf(p);
        const excess = { numerator: 2n * numerator - denominator, denominator: 2n * denominator };
        const exact = product(product({ numerator: 2n, denominator: 1n }, fractionOf(lambdaOf(sigma))), excess);
        const radius = smoothing.radius(p);
        expect(isAtMost(fractionOf(radius), exact)).toBe(true);
        expect(isAtMost(exact, fractionOf(radius * (1 + 2 ** -51)))).toBe(true);
        expect(isAtMost(exact, fractionOf(smoothing.radiusLimit(p)))).toBe(true);
      }),
    );
  });

  it("certifies no more than lambda (pALower - pBUpper) between two classes", () => {
    const probability = fc.double({ min: 1e-9, max: 1, noNaN: true, maxExcluded: true });
    fc.assert(
      fc.property(probability, probability, (p, q) => {
        const [high, low] = p > q ? [p, q] : [q, p];
        const [a, b] = [fractionOf(high), fractionOf(low)];
        const difference = {
          numerator: a.numerator * b.denominator - b.numerator * a.denominator,
          denominator: a.denominator * b.denominator,
        };
        const exact = product(fractionOf(lambdaOf(0.5)), difference);
        expect(isAtMost(fractionOf(uniformNoise(0.5).radius(high, low)), exact)).toBe(true);
        expect(isAtMost(exact, fractionOf(uniformNoise(0.5).radiusLimit(high, low)))).toBe(true);
      }),
    );
  });

  it("certifies less than the L1 distance to a slanted border, whose probability is known exactly", () => {
    // Class 1 where x0 + x1 > t: under noise P = 1 - (2 - s)^2 / 8 at margin s lambda in [0, 2), and each coordinate
    // alone reaches the border by moving the margin.
    const smoothing = uniformNoise(0.5);
    for (let s = 0.01; s < 2; s += 0.01) {
      expect(smoothing.radius(1 - (2 - s) ** 2 / 8)).toBeLessThan(s * lambdaOf(0.5) + 1e-12);
    }
  });
});
