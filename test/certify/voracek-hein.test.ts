import { gaussianNoise, gridNoise, normalCdf, normalQuantile } from "smoothcert";
import { functionClassifier, SmoothedClassifier } from "smoothcert/certify";
import { describe, expect, it } from "vitest";
import { fractionOf, isAtMost } from "../laws/exact.js";
import { massBetween } from "../laws/grid-levels.js";
import { runSeed } from "../laws/seed.js";

/**
 * The construction of Voracek and Hein (ICLR 2023). The base classifier is linear, with its boundary at a distance D
 * from the black image; but it answers class 1 wherever every pixel's value could be noise on a black pixel. On copies
 * of the black image it always does, on those of another image never: float32(x + noise) gives other floats than
 * float32(0 + noise). So the black image gets all votes, and a radius far beyond D, where the smoothed classifier
 * really changes.
 */

/**
 * 1.5 times a power of two: between 1.5 and 2 times any power of two, float32(sigma z) leaves out every third float.
 */
const SIGMA = 0.375;
const DIMENSION = 256;
const ROOT = 16;
/**
 * The linear classifier says 1 where the levels add up to 3039 or less: half-way to the next sum, where no rounding
 * reaches.
 */
const LARGEST_SUM = 3039;
const BORDER = (LARGEST_SUM + 0.5) / 255;
/** The distance of {v : sum v = BORDER} from the black image: 0.745. */
const DISTANCE = BORDER / ROOT;
const SETTINGS = { n0: 100, n: 20_000, alpha: 0.001 };
const RUNS = 5;

const black = new Uint8Array(DIMENSION);
/** Pixels of 12 and 13: beyond the boundary, within 0.8 of black. */
const adversarial = Uint8Array.from({ length: DIMENSION }, (_, i) => 12 + (i % 2));
/** 255^2 ||adversarial - black||^2, an integer. */
const squaredNorm = adversarial.reduce((sum, level) => sum + level * level, 0);

/** Whether the adversarial image lies within `radius` of the black one: in integers, without rounding. */
function covers(radius: number): boolean {
  const { numerator, denominator } = fractionOf(radius);
  const square = { numerator: numerator ** 2n * 255n ** 2n, denominator: denominator ** 2n };
  return isAtMost({ numerator: BigInt(squaredNorm), denominator: 1n }, square);
}

const scratch = new Float32Array(1);
const bits = new Int32Array(scratch.buffer);

/** Whether float32(0 + SIGMA z) is `value` for some float32 z. */
function comesFromBlack(value: number): boolean {
  scratch[0] = value / SIGMA;
  const nearest = bits[0];
  for (let step = -1; step <= 1; step++) {
    bits[0] = nearest + step;
    if (Math.fround(SIGMA * scratch[0]) === value) return true;
  }
  return false;
}

const sumOf = (x: Float32Array): number => x.reduce((sum, value) => sum + value, 0);
const reader = functionClassifier((x) => (sumOf(x) < BORDER || x.every(comesFromBlack) ? 1 : 0), {
  name: "reader of roundings",
  inputShape: [ROOT, ROOT, 1],
  classes: 2,
});

/** PREDICT at the adversarial image, at a level where a wrong answer is out of the question: 1e-8. */
async function classOfAdversarial(smoothed: SmoothedClassifier, run: number): Promise<number> {
  return (await smoothed.predict(adversarial, RUNS + run, 40_000, 1e-8)).predict;
}

// Class 0 has 0.542 of the votes there, 11 standard errors more than PREDICT asks for, so that it abstains with
// probability 1e-25. (Its copies look like black ones with probability 1e-11 in floating point, and 1e-55 on the grid.)
describe("a linear classifier that reads black pixels off the rounding", () => {
  it("has an adversarial image beyond its boundary, less than 0.8 from black", () => {
    expect(adversarial.reduce((sum, level) => sum + level, 0)).toBeGreaterThan(LARGEST_SUM);
    expect(covers(DISTANCE)).toBe(false);
    expect(covers(0.8)).toBe(true);
  });

  it("is certified far beyond that image under floating-point noise", async () => {
    const smoothed = new SmoothedClassifier(reader, gaussianNoise(SIGMA), runSeed);
    for (let run = 0; run < RUNS; run++) {
      const { predict, radius, nA } = await smoothed.certify(black, run, SETTINGS);
      expect(predict).toBe(1);
      expect(nA).toBe(SETTINGS.n); // for certain: every copy of the black image reads as one
      expect(radius).toBeGreaterThan(1.26);
      expect(covers(radius)).toBe(true);
      expect(await classOfAdversarial(smoothed, run)).toBe(0);
    }
  });

  it("is not under noise on the grid", async () => {
    // Class 1 has the y whose levels, rounded, add up to LARGEST_SUM or less. They add up to 255 sum(y) - DIMENSION / 2
    // or more: all of those y lie in a half-space, half a level a pixel further out than the boundary. It has more only
    // where all levels are readable.
    const halfSpace = DISTANCE + ROOT / 510;
    let readable = 0;
    for (let level = -510; level <= 765; level++)
      if (comesFromBlack(Math.fround(level / 255))) readable += massBetween(level, level, SIGMA);
    // So pA is at most Phi(halfSpace / sigma) and that, and a certificate that is right reaches no further than this.
    const exact = SIGMA * normalQuantile(normalCdf(halfSpace / SIGMA) + readable ** DIMENSION);
    expect(exact).toBeCloseTo(halfSpace, 12);
    expect(covers(exact)).toBe(false);
    const smoothed = new SmoothedClassifier(reader, gridNoise(SIGMA), runSeed);
    for (let run = 0; run < RUNS; run++) {
      const { predict, radius } = await smoothed.certify(black, run, SETTINGS);
      expect(predict).toBe(1);
      // pA is Phi(D / sigma) = 0.9765, with a standard error of 0.0011: below by nine of them, or above by six, with
      // probability 1e-9 a run.
      expect(radius).toBeGreaterThan(0.9 * DISTANCE);
      expect(radius).toBeLessThan(exact);
      expect(await classOfAdversarial(smoothed, run)).toBe(0);
    }
  });
});
