import { gridNoise, normalCdf, type Smoothing } from "smoothcert";
import {
  ABSTAIN,
  type BaseClassifier,
  certifiedRadius,
  clopperPearsonLower,
  functionClassifier,
  largestRadius,
  SmoothedClassifier,
} from "smoothcert/certify";
import { describe, expect, it } from "vitest";
import { runSeed } from "../laws/seed.js";
import { binomialRange, binomialTails, sumRange } from "../laws/statistics.js";
import { gaussianAt } from "../laws/theorem.js";

const SETTINGS = { n0: 40, n: 500, alpha: 0.01 };

/** Class 1 where the first of `dimension` pixels is at `level` or above. */
function stepClassifier(level: number, dimension: number): BaseClassifier {
  const border = (level - 0.5) / 255;
  return functionClassifier((x) => (x[0] > border ? 1 : 0), {
    name: "step",
    inputShape: [1, 1, dimension],
    classes: 2,
  });
}

describe("certificates under noise on the grid", () => {
  const sigma = 0.5;
  const noise = gridNoise(sigma);

  it("exceed the exact radius of the rounded classifier as often as the binomial allows", async () => {
    // The rounded classifier is a half-space whose border lies half a level below the step.
    const certificates = 6000;
    const steps = Array.from({ length: 24 }, (_, i) => 90 + 12 * i); // levels: 0.7 to 2.9 sigma
    let failures = 0;
    let certified = 0;
    let chance = 0;
    for (let i = 0; i < certificates; i++) {
      const distance = steps[i % steps.length];
      const byte = (37 * i) % 256;
      const smoothed = new SmoothedClassifier(stepClassifier(byte - distance, 1), noise, runSeed);
      const { predict, radius } = await smoothed.certify(Uint8Array.of(byte), i, SETTINGS);
      const exact = (distance + 0.5) / 255;
      if (predict !== ABSTAIN) certified += 1;
      if (predict !== ABSTAIN && (predict !== 1 || radius > exact)) failures += 1;
      const tails = binomialTails(SETTINGS.n, normalCdf(exact / sigma));
      chance += tails.find((tail) => tail < SETTINGS.alpha) as number;
    }
    // Each fails with probability 1e-8 at most: alpha's promise, and what the discrete bound makes of it, from both
    // sides.
    expect(failures).toBeLessThanOrEqual(binomialRange(certificates, SETTINGS.alpha).most);
    const { least, most } = sumRange(chance);
    expect(least).toBeGreaterThan(0);
    expect(failures).toBeGreaterThanOrEqual(least);
    expect(failures).toBeLessThanOrEqual(most);
    expect(certified).toBeGreaterThan(0.95 * certificates);
  });

  it("reach no further than the largest radius, which unanimous votes attain", async () => {
    const dimension = 784;
    const unanimous = functionClassifier(() => 1, { name: "constant", inputShape: [28, 28, 1], classes: 2 });
    const smoothed = new SmoothedClassifier(unanimous, noise, runSeed);
    const { radius } = await smoothed.certify(new Uint8Array(dimension), 0, SETTINGS);
    expect(radius).toBe(largestRadius(SETTINGS, 2, gaussianAt(sigma, noise.distance!(dimension))));
    expect(radius).toBeLessThan(largestRadius(SETTINGS, 2, gaussianAt(sigma)));
  });

  it("bound pA lower by the distance of the noise from its exact law", async () => {
    const x = Uint8Array.of(200, 3, 90, 255);
    const certify = (source: Smoothing): ReturnType<SmoothedClassifier["certify"]> =>
      new SmoothedClassifier(stepClassifier(20, 4), source, 5).certify(x, 1, SETTINGS);
    const exact = await certify({ ...noise, distance: () => 0 });
    expect(exact.pALower).toBe(clopperPearsonLower(exact.nA, SETTINGS.n, SETTINGS.alpha));
    expect(exact.pALower).toBeGreaterThan(0.8);
    for (const perPixel of [1e-17, 2 ** -40, 0.01, 0.05, 0.2, 0.3]) {
      const { pALower, radius, predict, nA } = await certify({ ...noise, distance: (d) => d * perPixel });
      const lowered = Math.max(0, exact.pALower - 4 * perPixel);
      expect(nA).toBe(exact.nA);
      expect(pALower).toBeLessThan(exact.pALower);
      expect(pALower).toBeLessThanOrEqual(lowered);
      expect(pALower).toBeGreaterThanOrEqual(lowered * (1 - 2 ** -51));
      expect(predict).toBe(pALower > 0.5 ? 1 : ABSTAIN);
      expect(radius).toBe(certifiedRadius(sigma, pALower));
    }
    const own = await certify(noise);
    expect(own.pALower).toBeLessThan(exact.pALower);
    expect(own.pALower).toBeGreaterThan(exact.pALower - 1e-14);
  });
});
