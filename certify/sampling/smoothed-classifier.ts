import { type NoiseSource, type Pixels, requireInteger, requireThat, STREAM } from "../../src/index.js";
import { logUpperTail } from "../bounds/binomial-tail.js";
import { MAX_SAMPLES } from "../bounds/clopper-pearson.js";
import { boundDraw } from "../bounds/random-draw.js";
import { endsAt } from "../stop/stopping.js";
import {
  ABSTAIN,
  type CertifySettings,
  type Decision,
  decide,
  mostOfOthers,
  requireCertifiable,
  type Votes,
  votesIn,
} from "../theorem/decision.js";
import { looksOf } from "../theorem/looks.js";
import { argmax, type BaseClassifier } from "./base-classifier.js";
import { Sampler, type SamplingHooks } from "./sampler.js";

/** The answer of PREDICT. */
export interface Prediction {
  /** The class, or {@link ABSTAIN}. */
  readonly predict: number;
  /** Votes by class. */
  readonly counts: Uint32Array;
}

/** The answer of CERTIFY, with all that it was derived from. The radius is in units of pixels in [0, 1]. */
export interface Certificate extends Decision {
  /** Samples spent on the estimation: the settings' n, or fewer where they let it stop earlier. */
  readonly n: number;
  /** Votes by class of the selection (n0 samples). */
  readonly counts0: Uint32Array;
  /** Votes by class of the estimation (n samples, the first ones of a run that doesn't stop). */
  readonly counts: Uint32Array;
}

/** The smoothed classifier g(x) = argmax_c P[f(x + noise) = c] of Cohen, Rosenfeld and Kolter 2019. */
export class SmoothedClassifier {
  readonly #sampler: Sampler;

  /**
   * @param base the base classifier f
   * @param noise its sigma is that of the smoothed classifier
   * @param seed keys all randomness: integer in [0, 2^53)
   */
  constructor(
    base: BaseClassifier,
    readonly noise: NoiseSource,
    readonly seed: number,
  ) {
    requireInteger(seed, "SmoothedClassifier", "seed", 0);
    this.#sampler = new Sampler(base, noise);
  }

  /**
   * PREDICT: the class of g at x, or {@link ABSTAIN}. With probability at least 1 - alpha over the noise, it abstains or
   * returns the class of g(x) (Cohen et al., Proposition 1; the test is Hung and Fithian's). The n copies' distance from their exact law
   * counts towards alpha.
   *
   * @param x one image @param example its index in the data set, part of the noise's address
   * @param n samples, integer >= 1 @param alpha failure probability, in (0, 1)
   */
  async predict(x: Pixels, example: number, n: number, alpha: number, hooks?: SamplingHooks): Promise<Prediction> {
    requireInteger(n, "predict", "n", 1, MAX_SAMPLES);
    requireThat(alpha > 0 && alpha < 1, "predict", "alpha", "in (0, 1)", alpha);
    const counts = await this.#sampler.countLabels(x, n, this.#address(STREAM.selection, example), hooks);
    return { predict: predictionOf(counts, n, alpha, this.#distance(x)), counts };
  }

  /**
   * CERTIFY: the class of g at x with a radius, or {@link ABSTAIN}. With probability at least 1 - alpha over the noise,
   * it abstains, or g(x + delta) is the returned class for all delta with L2 norm below the radius (Cohen et al.,
   * Proposition 2). The class is selected from n0 samples, its probability bounded from n fresh ones, or as many of them as it takes until
   * the settings' rule stops; see {@link decide} and {@link endsAt}.
   *
   * @param x one image @param example its index in the data set, part of the noise's address
   * @throws ArgumentError for settings out of range or that can never certify
   */
  async certify(x: Pixels, example: number, settings: CertifySettings, hooks?: SamplingHooks): Promise<Certificate> {
    requireCertifiable(settings, this.#sampler.base.classes);
    const law = { sigma: this.noise.sigma, distance: this.#distance(x) };
    const selection = this.#address(STREAM.selection, example);
    const counts0 = await this.#sampler.countLabels(x, settings.n0, selection, hooks);
    const counts = new Uint32Array(counts0.length);
    const votes: Votes = { counts0, counts, v: boundDraw(this.seed, example) };
    for (const look of looksOf(settings)) {
      const sample = votesIn(counts);
      const address = { ...this.#address(STREAM.estimation, example), sample };
      const more = await this.#sampler.countLabels(x, look - sample, address, hooks);
      for (let c = 0; c < counts.length; c++) counts[c] += more[c];
      if (endsAt(votes, settings, law)) break;
    }
    return { ...decide(votes, settings, law), n: votesIn(counts), counts0, counts };
  }

  #distance(x: Pixels): number {
    return this.noise.distance?.(x.length) ?? 0;
  }

  #address(stream: number, example: number): { seed: number; stream: number; example: number; sample: number } {
    return { seed: this.seed, stream, example, sample: 0 };
  }
}

/**
 * What n votes predict at level alpha: the class with most of them, or {@link ABSTAIN}. See {@link SmoothedClassifier.predict}.
 *
 * @param distance total variation between the law of a copy and the exact one
 */
export function predictionOf(counts: Uint32Array, n: number, alpha: number, distance: number): number {
  const cA = argmax(counts, 0, counts.length, "predict");
  const pValue = binomialTestPValue(counts[cA], mostOfOthers(counts, cA)) + n * distance;
  return pValue <= alpha ? cA : ABSTAIN;
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
