import {
  type NoiseAddress,
  type Pixels,
  requireInteger,
  requireThat,
  type Smoothing,
  STREAM,
  sampledTheorem,
} from "../../src/core.js";
import { MAX_SAMPLES } from "../bounds/clopper-pearson.js";
import { boundDraw } from "../bounds/random-draw.js";
import { endsAt } from "../stop/stopping.js";
import { requireCertifiable } from "../theorem/certifiable.js";
import { type Decision, decide } from "../theorem/decision.js";
import { looksOf } from "../theorem/looks.js";
import { type Prediction, predictionOf } from "../theorem/prediction.js";
import type { CertifySettings } from "../theorem/settings.js";
import { type Votes, votesIn } from "../theorem/votes.js";
import type { BaseClassifier } from "./base-classifier.js";
import { Sampler, type SamplingHooks } from "./sampler.js";

/** The answer of CERTIFY, with all that it was derived from. The radius has the units of sigma. */
export interface Certificate extends Decision {
  /** Samples spent on the estimation: the settings' n, or fewer where they let it stop earlier. */
  readonly n: number;
  /** Votes by class of the selection (n0 samples). */
  readonly counts0: Uint32Array;
  /** Votes by class of the estimation (n samples, the first ones of a run that doesn't stop). */
  readonly counts: Uint32Array;
}

/** What may accompany a certification. */
export interface CertifyHooks extends SamplingHooks {
  /** Called after each batch with all votes so far; the arrays are the caller's to keep. */
  readonly onVotes?: (votes: Votes) => void;
}

/** The smoothed classifier g(x) = argmax_c P[f(x + noise) = c] of Cohen, Rosenfeld and Kolter 2019. */
export class SmoothedClassifier {
  readonly #sampler: Sampler;
  #certifiable: CertifySettings | undefined;

  /**
   * @param base the base classifier f
   * @param smoothing noise, and the theorem that says what votes under it prove
   * @param seed keys all randomness: integer in [0, 2^53)
   */
  constructor(
    base: BaseClassifier,
    readonly smoothing: Smoothing,
    readonly seed: number,
  ) {
    requireInteger(seed, "SmoothedClassifier", "seed", 0);
    this.#sampler = new Sampler(base, smoothing);
  }

  /**
   * PREDICT: the class of g at x, or `ABSTAIN`. With probability at least 1 - alpha over the noise, it abstains or
   * returns the class of g(x) (Cohen et al., Proposition 1; the test is Hung and Fithian's). The n copies' distance
   * from their exact law counts towards alpha.
   *
   * @param x one image @param example its index in the data set, part of the noise's address
   * @param n samples, integer >= 1 @param alpha failure probability, in (0, 1)
   */
  async predict(x: Pixels, example: number, n: number, alpha: number, hooks?: SamplingHooks): Promise<Prediction> {
    requireInteger(n, "predict", "n", 1, MAX_SAMPLES);
    requireThat(alpha > 0 && alpha < 1, "predict", "alpha", "in (0, 1)", alpha);
    const counts = await this.#sampler.countLabels(x, n, this.#address(STREAM.selection, example), hooks);
    return { predict: predictionOf(counts, n, alpha, sampledTheorem(this.smoothing, x.length).distance), counts };
  }

  /**
   * CERTIFY: the class of g at x with a radius, or `ABSTAIN`. With probability at least 1 - alpha over the noise, it
   * abstains, or g(x + delta) is the returned class for all delta whose norm, that of the theorem, is below the radius
   * (Cohen et al., Proposition 2). The class is selected from n0 samples, its probability bounded from n fresh ones, or
   * as many of them as it takes until the settings' rule stops; see {@link decide} and {@link endsAt}.
   *
   * @param x one image @param example its index in the data set, part of the noise's address
   * @throws ArgumentError for settings out of range or that can never certify
   */
  async certify(x: Pixels, example: number, settings: CertifySettings, hooks: CertifyHooks = {}): Promise<Certificate> {
    this.#requireCertifiable(settings);
    const theorem = sampledTheorem(this.smoothing, x.length);
    const selection = this.#address(STREAM.selection, example);
    const v = boundDraw(this.seed, example);
    const none = new Uint32Array(this.#sampler.base.classes);
    const selecting = watched(hooks, (more) => ({ counts0: more.slice(), counts: none.slice(), v }));
    const counts0 = await this.#sampler.countLabels(x, settings.n0, selection, selecting);
    const counts = none.slice();
    const votes: Votes = { counts0, counts, v };
    const estimating = watched(hooks, (more) => ({ ...votes, counts: counts.map((count, c) => count + more[c]) }));
    for (const look of looksOf(settings)) {
      const sample = votesIn(counts);
      const address = { ...this.#address(STREAM.estimation, example), sample };
      const more = await this.#sampler.countLabels(x, look - sample, address, estimating);
      for (let c = 0; c < counts.length; c++) counts[c] += more[c];
      if (endsAt(votes, settings, theorem)) break;
    }
    return { ...decide(votes, settings, theorem), n: votesIn(counts), counts0, counts };
  }

  /** Looks once at the settings of many images. */
  #requireCertifiable(settings: CertifySettings): void {
    if (settings === this.#certifiable) return;
    requireCertifiable(settings, this.#sampler.base.classes);
    this.#certifiable = settings;
  }

  #address(stream: number, example: number): NoiseAddress {
    return { seed: this.seed, stream, example, sample: 0 };
  }
}

/** Hooks that also tell of the votes, which are made of those of the count under way. */
function watched({ onVotes, ...hooks }: CertifyHooks, votesWith: (counts: Uint32Array) => Votes): SamplingHooks {
  if (onVotes === undefined) return hooks;
  return {
    ...hooks,
    onSamples(samples, seconds, counts) {
      hooks.onSamples?.(samples, seconds, counts);
      onVotes(votesWith(counts));
    },
  };
}
