import { requireInteger, requireThat } from "../../src/core.js";
import type { Sampler, SamplingHooks } from "../sampling/sampler.js";
import { ABSTAIN } from "../theorem/decision.js";
import type { SmoothedGradient } from "./gradient.js";
import { SAMPLES_OF_A_KIND } from "./samples.js";
import { ASCENTS, type AttackSettings, type AttackTarget, type PerturbedPrediction, Search } from "./search.js";

export type { AttackSettings, AttackTarget, PerturbedPrediction } from "./search.js";

/** What an attack found. */
export interface AttackResult {
  /** The answer at the worst perturbation found inside the certified radius. */
  readonly inside: PerturbedPrediction;
  /**
   * Whether that is another class than the one certified: a broken certificate, but for an error of probability alpha.
   */
  readonly broken: boolean;
  /** The smallest perturbation found that changes the class; undefined where none was found. */
  readonly smallest: PerturbedPrediction | undefined;
}

/** Attacks certificates of one smoothed classifier, by projected gradient ascent and bisection. */
export class Attacker {
  /** @throws ArgumentError for settings out of range */
  constructor(
    readonly sampler: Sampler,
    readonly gradient: SmoothedGradient,
    readonly settings: AttackSettings,
  ) {
    const { steps, votes, alpha, seed } = settings;
    requireInteger(steps, "attack", "steps", 1, 10_000);
    requireInteger(votes, "attack", "votes", 50, 10_000_000);
    requireThat(alpha > 0 && alpha <= 0.01, "attack", "alpha", "in (0, 0.01]", alpha);
    requireInteger(seed, "attack", "seed", 0);
    const gradients = gradient.copies * steps * ASCENTS;
    requireThat(
      gradients <= SAMPLES_OF_A_KIND,
      "attack",
      "copies",
      `at most ${Math.floor(SAMPLES_OF_A_KIND / (steps * ASCENTS))} for ${steps} steps`,
      gradient.copies,
    );
  }

  /**
   * Searches inside the certified radius for a change of the prediction, and for the smallest perturbation that changes
   * it.
   *
   * The first is one test at level alpha: if the certificate holds, `broken` is true with probability at most alpha.
   * The second looks below the radius only where the first succeeded; its tests share a further alpha.
   */
  async attack(target: AttackTarget, hooks: SamplingHooks = {}): Promise<AttackResult> {
    const search = new Search(this, target, hooks);
    const inside = await search.insideRadius();
    const broken = inside.predict !== ABSTAIN && inside.predict !== target.predict;
    const smallest = await search.smallestChange(broken);
    const closer = broken && (smallest === undefined || inside.norm < smallest.norm);
    return { inside, broken, smallest: closer ? inside : smallest };
  }
}
