import { LAWS, type Law, normalCdf, type Pixels } from "smoothcert";

/** A point of one coordinate above a step: the smoothed classifier's class there and its exact radius are known. */
export interface StepCase {
  readonly x: Pixels;
  /** The base classifier is 1 above this, in units of [0, 1]. */
  readonly threshold: number;
  /** The radius in the law's norm within which the smoothed classifier is 1 (one coordinate has every norm alike). */
  readonly exact: number;
  /** The probability of class 1 under noise at x. */
  readonly pA: number;
}

/** What the laws' table needs to know of a law. */
interface Known {
  /** A sigma of its range. */
  readonly sigma: number;
  /** x that the law perturbs, of a length. */
  pixels(length: number): Pixels;
  /** The case whose probability is nearest to `pA` in (1/2, 1). */
  step(sigma: number, pA: number): StepCase;
  /** Sigmas out of its range. */
  readonly refused: readonly number[];
}

const floats = (length: number): Pixels => Float32Array.from({ length }, (_, j) => ((j * 37) % 101) / 101);

/** By law: one entry for each of `LAWS`. */
const KNOWN: Readonly<Record<string, Known>> = {
  "gaussian-grid": {
    sigma: 0.25,
    pixels: (length) => Uint8Array.from({ length }, (_, j) => (j * 37) % 256),
    step(sigma, pA) {
      const levels = [...Array(400).keys()];
      const margin = (k: number): number => (k + 0.5) / 255;
      const chance = (k: number): number => normalCdf(margin(k) / sigma);
      const k = levels.reduce((best, each) =>
        Math.abs(chance(each) - pA) < Math.abs(chance(best) - pA) ? each : best,
      );
      return { x: Uint8Array.of(128), threshold: (128 - k - 0.5) / 255, exact: margin(k), pA: chance(k) };
    },
    refused: [-0.1, 17, Number.NaN],
  },
  "gaussian-float32": {
    sigma: 0.5,
    pixels: floats,
    step: (sigma, pA) => stepOfFloats(quantileOf((z) => normalCdf(z), pA, 6) * sigma, (m) => normalCdf(m / sigma)),
    refused: [-0.1, Number.NaN, Infinity, 1e39],
  },
  "uniform-float32": {
    sigma: 0.5,
    pixels: floats,
    step(sigma, pA) {
      const lambda = Math.sqrt(3) * sigma;
      return stepOfFloats(2 * lambda * (pA - 0.5), (margin) => 0.5 + margin / (2 * lambda));
    },
    refused: [-0.1, Number.NaN, Infinity, 1e39],
  },
};

function stepOfFloats(margin: number, chance: (margin: number) => number): StepCase {
  return { x: Float32Array.of(0.5), threshold: 0.5 - margin, exact: margin, pA: chance(margin) };
}

function quantileOf(cdf: (z: number) => number, p: number, most: number): number {
  let [low, high] = [-most, most];
  for (let i = 0; i < 100; i++) {
    const middle = (low + high) / 2;
    if (cdf(middle) < p) low = middle;
    else high = middle;
  }
  return low;
}

/** Every law with what is known of it. */
export const LAW_CASES: readonly (readonly [id: string, law: Law, known: Known])[] = LAWS.map((law) => {
  const known = KNOWN[law.id.split("/")[0]];
  if (known === undefined) throw new Error(`add ${law.id} to KNOWN: every law goes through the laws of laws`);
  return [law.id, law, known];
});
