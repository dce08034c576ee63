import { normalQuantile, type Pixels } from "../../src/core.js";
import type { Sampler, SamplingHooks } from "../sampling/sampler.js";
import { ABSTAIN } from "../theorem/decision.js";
import { predictionOf } from "../theorem/prediction.js";
import { mostOfOthers } from "../theorem/votes.js";
import type { SmoothedGradient } from "./gradient.js";
import { distanceUpper, type FloatRange, farthestBelow } from "./perturbation.js";
import { ascend } from "./pgd.js";
import { AttackSamples } from "./samples.js";

/** How hard an attack tries. */
export interface AttackSettings {
  /** Steps of the ascent inside the radius; those that go on from another's end take half as many. Integer >= 1. */
  readonly steps: number;
  /** Samples of each test that counts; integer in [50, 10^7]. */
  readonly votes: number;
  /** Failure probability of such a test, in (0, 0.01]. */
  readonly alpha: number;
  readonly seed: number;
}

/** A certificate to be attacked. */
export interface AttackTarget {
  readonly x: Pixels;
  /** Its index in the data set, part of the noise's address. */
  readonly example: number;
  /** The class certified, */
  readonly predict: number;
  /** at every L2 distance below this; at least 0. */
  readonly radius: number;
  /** What a float of x may be. @defaultValue that of a pixel */
  readonly range?: FloatRange | undefined;
}

/** The smoothed classifier's answer at a perturbed input. */
export interface PerturbedPrediction {
  readonly point: Pixels;
  /** L2 distance from the image, rounded up. */
  readonly norm: number;
  /** Its class there, or -1 for an abstention. */
  readonly predict: number;
  /** Votes by class. */
  readonly counts: Uint32Array;
}

/** The smoothed classifier that is attacked, and with what. */
export interface AttackMeans {
  readonly sampler: Sampler;
  readonly gradient: SmoothedGradient;
  readonly settings: AttackSettings;
}

/** Decisions of the search take a tenth of a test's votes. */
const DECISION_SHARE = 10;
/** How far the search for a first success goes, and how fast. */
const GROWTHS = 8;
const FASTEST_GROWTH = 2;
const SLOWEST_GROWTH = 1.1;
const OVERSHOOT = 1.15;
/** The bisection stops when the ends are this close, or after so many steps: from one end to its double it takes 7. */
const TOLERANCE = 1.01;
const BISECTIONS = 10;
/** Attempts to find a better direction at a slightly smaller norm. */
const REPAIRS = 3;
const REPAIR_SHRINKAGE = 0.97;
/** Norms at which the smallest perturbation found is tested, in multiples of its own. */
const FINAL_MARGINS = [1, 1.02, 1.05, 1.1, 1.2];
/** The most ascents of a search: one inside the radius, those that grow the ball, and the repairs. */
export const ASCENTS: number = 1 + GROWTHS + REPAIRS;

/** A direction, and how far along it the prediction changes. */
interface Change {
  readonly direction: Float64Array;
  readonly norm: number;
}

/** The search on one image. */
export class Search {
  readonly #samples: AttackSamples;
  #direction: Float64Array;

  constructor(
    readonly means: AttackMeans,
    readonly target: AttackTarget,
    readonly hooks: SamplingHooks,
  ) {
    this.#samples = new AttackSamples(means.settings.seed, target.example);
    this.#direction = new Float64Array(target.x.length);
  }

  /** The answer at the end of an ascent inside the certified radius. */
  async insideRadius(): Promise<PerturbedPrediction> {
    const { x, radius } = this.target;
    const { steps, alpha } = this.means.settings;
    if (radius > 0) this.#direction = await this.#ascend(radius, steps);
    return this.#test(farthestBelow(x, this.#direction, radius, this.target.range), alpha);
  }

  /** The smallest change found, outside the radius or anywhere. */
  async smallestChange(anywhere: boolean): Promise<PerturbedPrediction | undefined> {
    const { radius } = this.target;
    const least = anywhere ? 0 : radius;
    const first = anywhere ? { direction: this.#direction, norm: radius } : await this.#firstChange();
    if (first === undefined) return undefined;
    let best = await this.#bisect(first.direction, Math.max(least, first.norm / FASTEST_GROWTH), first.norm);
    for (let repair = 0; repair < REPAIRS; repair++) {
      const better = await this.#repair(best, least);
      if (better === undefined) break;
      best = better;
    }
    return this.#confirm(best, least);
  }

  /** Grows the ball until an ascent in it changes the votes by enough. */
  async #firstChange(): Promise<Change | undefined> {
    const { radius } = this.target;
    let before = await this.#votesAt(this.target.x);
    let at = await this.#measure(this.#direction, radius);
    for (let growth = 0; growth < GROWTHS; growth++) {
      const epsilon = this.#nextNorm(before, at);
      const direction = await this.#ascend(epsilon, Math.ceil(this.means.settings.steps / 2));
      this.#direction = direction;
      before = at;
      at = await this.#measure(direction, epsilon);
      if (at.changed) return { direction, norm: epsilon };
      if (at.norm <= before.norm * Math.sqrt(SLOWEST_GROWTH)) return undefined; // the pixels are at their ends
    }
    return undefined;
  }

  /** A little beyond where the line through two measurements says that the lead changes; within what growth may be. */
  #nextNorm(before: Measurement, at: Measurement): number {
    const { sigma } = this.means.sampler.noise;
    const least = Math.max(SLOWEST_GROWTH * at.norm, sigma / 10);
    const slope = (at.lead - before.lead) / (at.norm - before.norm);
    const most = FASTEST_GROWTH * least;
    return slope > 0 ? Math.min(Math.max(at.norm - OVERSHOOT * (at.lead / slope), least), most) : most;
  }

  /**
   * The smallest norm along a direction at which the votes change by enough, given one where they don't and one where
   * they do.
   */
  async #bisect(direction: Float64Array, unchanged: number, changed: number): Promise<Change> {
    let low = unchanged;
    let high = changed;
    for (let step = 0; step < BISECTIONS && high > TOLERANCE * low; step++) {
      const middle = (low + high) / 2;
      if ((await this.#measure(direction, middle)).changed) high = middle;
      else low = middle;
    }
    return { direction, norm: high };
  }

  /** Another direction that changes the votes at a smaller norm; undefined where an ascent finds none. */
  async #repair(best: Change, least: number): Promise<Change | undefined> {
    const epsilon = REPAIR_SHRINKAGE * best.norm;
    if (epsilon <= least) return undefined;
    this.#direction = best.direction;
    const direction = await this.#ascend(epsilon, Math.ceil(this.means.settings.steps / 2));
    if (!(await this.#measure(direction, epsilon)).changed) return undefined;
    return this.#bisect(direction, Math.max(least, epsilon * REPAIR_SHRINKAGE ** 4), epsilon);
  }

  /**
   * Tests the change found, on fresh noise; where that abstains, a little farther out. Below `least` nothing is tested.
   */
  async #confirm({ direction, norm }: Change, least: number): Promise<PerturbedPrediction | undefined> {
    const level = this.means.settings.alpha / FINAL_MARGINS.length;
    for (const margin of FINAL_MARGINS) {
      const point = farthestBelow(this.target.x, direction, margin * norm, this.target.range);
      if (distanceUpper(this.target.x, point) < least) continue;
      const answer = await this.#test(point, level);
      if (answer.predict !== ABSTAIN && answer.predict !== this.target.predict) return answer;
    }
    return undefined;
  }

  #ascend(epsilon: number, steps: number): Promise<Float64Array> {
    const { gradient } = this.means;
    const { predict: label, range } = this.target;
    const options = { label, epsilon, steps, start: this.#direction, range, signal: this.hooks.signal };
    return ascend(this.target.x, gradient, this.#samples, options);
  }

  async #measure(direction: Float64Array, norm: number): Promise<Measurement> {
    const point = farthestBelow(this.target.x, direction, norm, this.target.range);
    return this.#votesAt(point);
  }

  async #votesAt(point: Pixels): Promise<Measurement> {
    const { x, predict } = this.target;
    const { sampler, settings } = this.means;
    const votes = Math.ceil(settings.votes / DECISION_SHARE);
    const counts = await sampler.countLabels(point, votes, this.#samples.forDecision(), this.hooks);
    const [own, other] = [counts[predict], mostOfOthers(counts, predict)];
    const probit = (count: number): number => normalQuantile((count + 0.5) / (votes + 1));
    // What a test's statistic will be, and how far that estimate strays: by the error of the votes here.
    const deviations = ((other - own) / Math.sqrt(own + other)) * Math.sqrt(settings.votes / votes);
    return {
      norm: distanceUpper(x, point),
      lead: (probit(other) - probit(own)) / 2,
      changed: deviations >= this.#critical() + 1,
    };
  }

  /** The standard deviations by which a class must lead for a test to decide. */
  #critical(): number {
    return -normalQuantile(this.means.settings.alpha / FINAL_MARGINS.length / 2);
  }

  /** PREDICT of Cohen et al. on noise never used before. */
  async #test(point: Pixels, level: number): Promise<PerturbedPrediction> {
    const { sampler, settings } = this.means;
    const { votes } = settings;
    const counts = await sampler.countLabels(point, votes, this.#samples.forTest(votes), this.hooks);
    const distance = sampler.noise.distance?.(point.length) ?? 0;
    const predict = predictionOf(counts, votes, level, distance);
    return { point, norm: distanceUpper(this.target.x, point), predict, counts };
  }
}

/** The votes at a point of the search. */
interface Measurement {
  readonly norm: number;
  /**
   * How far another class is ahead of the one certified, on the scale of the probit, where it grows evenly; negative
   * where it is behind.
   */
  readonly lead: number;
  /** Whether a test will most likely find another class. */
  readonly changed: boolean;
}
