import { type NoiseSource, type Pixels, requireInteger, requireThat, STREAM } from "../src/index.js";
import { argmax, type BaseClassifier } from "./base-classifier.js";
import { logUpperTail } from "./bounds/binomial-tail.js";
import { clopperPearson, MAX_SAMPLES } from "./bounds/clopper-pearson.js";
import type { ConfidenceBound } from "./bounds/confidence-bound.js";
import { certifiedRadius, fewestSamples, lessDistance } from "./radius.js";
import { Sampler, type SamplingHooks } from "./sampler.js";

/** What PREDICT and CERTIFY return in place of a class when the votes don't decide. */
export const ABSTAIN = -1;

/** The answer of PREDICT. */
export interface Prediction {
  /** The class, or {@link ABSTAIN}. */
  readonly predict: number;
  /** Votes by class. */
  readonly counts: Uint32Array;
}

/** The answer of CERTIFY, with all that it was derived from. */
export interface Certificate {
  /** The class cAHat, or {@link ABSTAIN}. */
  readonly predict: number;
  /** Certified L2 radius in units of pixels in [0, 1], rounded down; 0 for an abstention. */
  readonly radius: number;
  /** Lower confidence bound on the probability of class cAHat under noise. */
  readonly pALower: number;
  /** Votes for cAHat among the `n` of the estimation. */
  readonly nA: number;
  readonly n: number;
  /** Votes by class of the selection (n0 samples). */
  readonly counts0: Uint32Array;
  /** Votes by class of the estimation (n samples). */
  readonly counts: Uint32Array;
}

/** Number of samples and failure probability of CERTIFY. */
export interface CertifySettings {
  /** Samples that select the class; integer >= 1. */
  readonly n0: number;
  /** Samples that estimate its probability; integer of at least {@link fewestSamples}. */
  readonly n: number;
  /** Failure probability, in (0, 1/2]. */
  readonly alpha: number;
}

/** The smoothed classifier g(x) = argmax_c P[f(x + noise) = c] of Cohen, Rosenfeld and Kolter 2019. */
export class SmoothedClassifier {
  readonly #sampler: Sampler;

  /**
   * @param base the base classifier f
   * @param noise its sigma is that of the smoothed classifier
   * @param seed keys all randomness: integer in [0, 2^53)
   * @param bound how pA is bounded from below
   */
  constructor(
    base: BaseClassifier,
    readonly noise: NoiseSource,
    readonly seed: number,
    readonly bound: ConfidenceBound = clopperPearson,
  ) {
    requireInteger(seed, "SmoothedClassifier", "seed", 0);
    this.#sampler = new Sampler(base, noise);
  }

  /**
   * PREDICT: the class of g at x, or {@link ABSTAIN}. With probability at least 1 - alpha over the noise, it abstains or
   * returns the class of g(x), up to n times the noise's distance from its exact law (Cohen et al., Proposition 1; the test
   * is Hung and Fithian's).
   *
   * @param x one image @param example its index in the data set, part of the noise's address
   * @param n samples, integer >= 1 @param alpha failure probability, in (0, 1)
   */
  async predict(x: Pixels, example: number, n: number, alpha: number, hooks?: SamplingHooks): Promise<Prediction> {
    requireInteger(n, "predict", "n", 1, MAX_SAMPLES);
    requireThat(alpha > 0 && alpha < 1, "predict", "alpha", "in (0, 1)", alpha);
    const counts = await this.#sampler.countLabels(x, n, this.#address(STREAM.selection, example), hooks);
    const cA = argmax(counts, 0, counts.length, "predict");
    const nA = counts[cA];
    const nB = counts.reduce((most, count, c) => (c === cA ? most : Math.max(most, count)), 0);
    return { predict: binomialTestPValue(nA, nB) <= alpha ? cA : ABSTAIN, counts };
  }

  /**
   * CERTIFY: the class of g at x with a radius, or {@link ABSTAIN}. With probability at least 1 - alpha over the noise,
   * it abstains, or g(x + delta) is the returned class for all delta with L2 norm below the radius (Cohen et al.,
   * Proposition 2). The class is selected from n0 samples, its probability bounded from n fresh ones.
   *
   * @param x one image @param example its index in the data set, part of the noise's address
   * @throws ArgumentError for settings out of range or that can never certify
   */
  async certify(x: Pixels, example: number, settings: CertifySettings, hooks?: SamplingHooks): Promise<Certificate> {
    requireCertifiable(settings);
    const { n0, n, alpha } = settings;
    const counts0 = await this.#sampler.countLabels(x, n0, this.#address(STREAM.selection, example), hooks);
    const cAHat = argmax(counts0, 0, counts0.length, "certify");
    const counts = await this.#sampler.countLabels(x, n, this.#address(STREAM.estimation, example), hooks);
    const nA = counts[cAHat];
    const distance = this.noise.distance?.(x.length) ?? 0;
    const pALower = lessDistance(this.bound.lower(nA, n, alpha), distance);
    const certified = pALower > 0.5;
    return {
      predict: certified ? cAHat : ABSTAIN,
      radius: certified ? certifiedRadius(this.noise.sigma, pALower) : 0,
      pALower,
      nA,
      n,
      counts0,
      counts,
    };
  }

  #address(stream: number, example: number): { seed: number; stream: number; example: number; sample: number } {
    return { seed: this.seed, stream, example, sample: 0 };
  }
}

/** @throws ArgumentError for settings out of range, or with which even n equal votes certify next to nothing */
export function requireCertifiable({ n0, n, alpha }: CertifySettings): void {
  requireInteger(n0, "certify", "n0", 1, MAX_SAMPLES);
  requireInteger(n, "certify", "n", 1, MAX_SAMPLES);
  requireThat(alpha > 0 && alpha <= 0.5, "certify", "alpha", "in (0, 1/2]", alpha);
  const fewest = fewestSamples(alpha);
  requireThat(
    n >= fewest,
    "certify",
    "n",
    `at least ${fewest} for alpha = ${alpha}`,
    n,
    "With fewer samples even a unanimous vote certifies nothing worth the name, and almost every answer is an abstention. Take n = 1000 or more",
  );
}

/**
 * The two-sided p-value of the exact binomial test that nA >= nB votes came from a fair coin, from above:
 * 2 P[Bin(nA + nB, 1/2) >= nA], at most 1.
 */
export function binomialTestPValue(nA: number, nB: number): number {
  if (nA <= nB) return 1;
  const tail = logUpperTail(nA, nA + nB, 0.5);
  return Math.min(1, 2 * Math.exp(tail.log + tail.error));
}
