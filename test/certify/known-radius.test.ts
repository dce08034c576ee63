import { CounterRandom, gaussianNoise, normalCdf, STREAM } from "smoothcert";
import { ABSTAIN, type Certificate, SmoothedClassifier } from "smoothcert/certify";
import { describe, expect, it } from "vitest";
import { runSeed } from "../laws/seed.js";
import { binomialRange, binomialTails, sumRange } from "../laws/statistics.js";
import { linearClassifier } from "./classifiers.js";

const SIGMA = 0.5;
const SETTINGS = { n0: 40, n: 500, alpha: 0.01 };
const CERTIFICATES = 12_000;
/** Exact radii in units of sigma: the base classifier is right with probabilities 0.76 to 0.998. */
const MARGINS = Array.from({ length: 24 }, (_, i) => 0.7 + 0.095 * i);

/** A linear classifier and a point of class 1 at distance `margin` from its boundary, both at random. */
function linearCase(index: number, margin: number): { smoothed: SmoothedClassifier; x: Float32Array; exact: number } {
  const random = new CounterRandom({ seed: runSeed, stream: STREAM.theory, example: index, sample: 0 });
  const w = Array.from({ length: 4 }, () => 2 * random.uniform() - 1);
  const x = Float32Array.from({ length: 4 }, () => random.uniform());
  const norm = Math.hypot(...w);
  const b = w.reduce((sum, weight, j) => sum + weight * x[j], 0) - margin * norm;
  return { smoothed: new SmoothedClassifier(linearClassifier(w, b), gaussianNoise(SIGMA), runSeed), x, exact: margin };
}

/** The probability that the bound exceeds the true p: of the smallest vote whose tail is below alpha. */
function failureChance(p: number): number {
  const tails = binomialTails(SETTINGS.n, p);
  return tails[tails.findIndex((tail) => tail < SETTINGS.alpha)];
}

describe("certificates of classifiers whose exact radius is known", () => {
  it("exceed it as often as the binomial allows, and never as alpha forbids", async () => {
    let failures = 0;
    let certified = 0;
    let chance = 0;
    for (let i = 0; i < CERTIFICATES; i++) {
      const margin = MARGINS[i % MARGINS.length] * SIGMA;
      const { smoothed, x, exact } = linearCase(i, margin);
      const certificate = await smoothed.certify(x, i, SETTINGS);
      if (fails(certificate, exact)) failures += 1;
      if (certificate.predict !== ABSTAIN) certified += 1;
    }
    for (const margin of MARGINS) chance += (failureChance(normalCdf(margin)) * CERTIFICATES) / MARGINS.length;
    // alpha's promise: at most Bin(N, alpha), but for a probability of 1e-8.
    expect(failures).toBeLessThanOrEqual(binomialRange(CERTIFICATES, SETTINGS.alpha).most);
    // And what the discrete bound makes of it, from both sides: outside with probability 1e-8 at most.
    const { least, most } = sumRange(chance);
    expect(failures).toBeGreaterThanOrEqual(least);
    expect(failures).toBeLessThanOrEqual(most);
    expect(least).toBeGreaterThan(0);
    // Each margin is certified with a probability above 0.99.
    expect(certified).toBeGreaterThan(0.95 * CERTIFICATES);
  });
});

/** Whether a certificate claims what is false: another class, or a radius beyond the exact one. */
function fails({ predict, radius }: Certificate, exact: number): boolean {
  return predict !== ABSTAIN && (predict !== 1 || radius > exact);
}
