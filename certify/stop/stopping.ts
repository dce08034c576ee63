import type { SampledTheorem } from "../../src/core.js";
import { clopperPearsonUpper } from "../bounds/clopper-pearson.js";
import { ABSTAIN, type Decision, decide, selectedClass } from "../theorem/decision.js";
import { looksOf } from "../theorem/looks.js";
import { FIXED } from "../theorem/rule.js";
import type { CertifySettings } from "../theorem/settings.js";
import { unanimous, type Votes, votesIn } from "../theorem/votes.js";

/**
 * When a run ends: a function of the votes so far, the settings and the theorem. What the certificate claims holds
 * whatever this says, since its bounds hold at all looks together; a bad guess of what more samples would give costs
 * samples or power.
 */

/**
 * How unlikely so many votes must have been, had the image the share of votes that it needs from here on, to count as
 * out of reach. At 10 % one image in 150 that n samples would certify at some radius up to 2 sigma is given up there,
 * for a fifth fewer samples in all than at 2 % (bench/RESULTS.md).
 */
const FUTILITY_LEVEL = 0.1;

/** With patience, every fifth of the looks ahead is considered, which decides as all of them would. */
const LOOKS_APART = 5;

/** Standard deviations of the votes to come, above their mean, that a forecast allows for. */
const FORECAST_DEVIATIONS = 3;

/**
 * Whether a run with these votes, which add up to a look of the settings, ends there.
 *
 * - `fixed`: at n.
 * - `radii`: if all radii are certified, or if the smallest one that isn't is out of reach: it isn't certified even
 *   with the highest share of votes for class A, in the samples to come, that the votes so far don't speak against.
 *   Without patience that is tried for n samples, at level 10 %. With it, for looks ahead, each at the level at which
 *   the samples to come are worth what they may give: their number over patience * n.
 * - `precision`: if n samples of a fixed run would hardly certify a radius larger by more than the precision: not even
 *   with the upper confidence bound at level alpha on class A's share, and three standard deviations more, in the
 *   samples to come.
 */
export function endsAt(votes: Votes, settings: CertifySettings, theorem: SampledTheorem): boolean {
  const { n, alpha, stop = FIXED } = settings;
  if (votesIn(votes.counts) === n) return true;
  if (stop.kind === "fixed") return false;
  const now = decide(votes, settings, theorem);
  if (stop.kind === "precision") {
    const fixed: CertifySettings = { ...settings, interval: "clopper-pearson", stop: FIXED };
    const forecast = decide(forecastVotes(votes, n, alpha, settings, FORECAST_DEVIATIONS), fixed, theorem);
    return forecast.radius <= now.radius + stop.precision;
  }
  const next = stop.radii.find((radius) => !certifies(now, radius));
  if (next === undefined) return true;
  return !triesAhead(votesIn(votes.counts), stop.patience, settings).some(({ look, level }) =>
    certifies(decide(forecastVotes(votes, look, level, settings), settings, theorem), next),
  );
}

/** A look ahead, and how unlikely the votes so far may be for a radius that is certified there. */
interface Try {
  readonly look: number;
  /** In (0, 1/2]. */
  readonly level: number;
}

function triesAhead(spent: number, patience: number | undefined, settings: CertifySettings): Try[] {
  const { n } = settings;
  if (patience === undefined) return [{ look: n, level: FUTILITY_LEVEL }];
  return looksOf(settings)
    .filter((look) => look > spent)
    .filter((look, i) => i % LOOKS_APART === 0 || look === n)
    .map((look) => ({ look, level: (look - spent) / (patience * n) }))
    .filter(({ level }) => level < 1)
    .map(({ look, level }) => ({ look, level: Math.min(level, 1 / 2) }));
}

/**
 * After how many samples a run ends whose votes all agree: few, where class A is certain.
 *
 * @param classes number of classes, integer >= 2
 */
export function unanimousEnd(settings: CertifySettings, classes: number, theorem: SampledTheorem): number {
  const ends = (look: number): boolean => endsAt(unanimous({ ...settings, n: look }, classes, 1), settings, theorem);
  return looksOf(settings).find(ends) ?? settings.n;
}

/** Whether a certificate reaches a radius: one that isn't an abstention reaches 0. */
export function certifies({ predict, radius }: Pick<Decision, "predict" | "radius">, wanted: number): boolean {
  return predict !== ABSTAIN && radius >= wanted;
}

/**
 * The votes at a look ahead, if class A has in those to come the share of the upper Clopper-Pearson bound at `level`,
 * and some standard deviations more; the others share the rest as they did so far.
 */
function forecastVotes(votes: Votes, look: number, level: number, settings: CertifySettings, deviations = 0): Votes {
  const { counts } = votes;
  const cA = selectedClass(votes, settings);
  const spent = votesIn(counts);
  const left = look - spent;
  const share = clopperPearsonUpper(counts[cA], spent, level);
  const gain = Math.min(left, Math.ceil(left * share + deviations * Math.sqrt(left * share * (1 - share))));
  const others = spent - counts[cA];
  const forecast = Array.from(counts, (count) =>
    others === 0 ? 0 : count + Math.floor(((left - gain) * count) / others),
  );
  forecast[cA] = 0;
  forecast[cA] = look - votesIn(forecast);
  return { ...votes, counts: forecast };
}
