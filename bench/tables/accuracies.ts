import { isStopped, pairLogs, pairSeeds, summarizeLog } from "smoothcert/certify";
import type { Group } from "./models.js";

/** Certified accuracies of groups of models, in percent, and how groups compare. */

const CONFIDENCE = 0.95;

/** Of some models: their mean, and the standard deviation over them; undefined for one model. */
export interface Spread {
  readonly mean: number;
  readonly deviation: number | undefined;
}

export function spreadOf(values: readonly number[]): Spread {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  if (values.length < 2) return { mean, deviation: undefined };
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { mean, deviation: Math.sqrt(squares / (values.length - 1)) };
}

/** A group at one radius. */
export interface GroupAccuracy {
  readonly radius: number;
  /** Certified, in percent. */
  readonly certified: Spread;
  /** Left undecided though of the right class, in percent, the mean over models: so much could be added at most. */
  readonly undecided: number;
  /** The same of the model that has most of them. */
  readonly undecidedAtMost: number;
}

export function accuraciesOf({ models }: Group, radii: readonly number[]): GroupAccuracy[] {
  const each = models.map(({ log }) => summarizeLog(log.rows, log.header, radii, CONFIDENCE));
  return radii.map((radius, i) => {
    const open = each.map((one) => (isStopped(one) ? (100 * one.radii[i].undecided) / one.points : 0));
    return {
      radius,
      certified: spreadOf(each.map(({ radii: at }) => 100 * at[i].accuracy)),
      undecided: spreadOf(open).mean,
      undecidedAtMost: Math.max(...open),
    };
  });
}

/** Two groups at one radius, model against model of the same seed on the same images. */
export interface GroupDifference {
  readonly radius: number;
  /** Certified accuracy of the first less that of the second, in points, over the seeds that both have. */
  readonly difference: Spread;
  readonly seeds: number;
  /** In how many of the seeds McNemar's exact test finds the first better, or the second, at the 5 % level. */
  readonly firstBetter: number;
  readonly secondBetter: number;
  /**
   * Whether the interval over images and seeds (`pairSeeds`) excludes 0, at 95 % for all radii together (Bonferroni);
   * undefined for a single seed, which tells nothing of others.
   */
  readonly isBeyondChance: boolean | undefined;
}

const LEVEL = 0.05;

export function differencesOf(first: Group, second: Group, radii: readonly number[]): GroupDifference[] {
  const pairs = first.models.flatMap(({ settings, log }) => {
    const other = second.models.find((model) => model.settings.seed === settings.seed);
    return other === undefined ? [] : [[log, other.log] as const];
  });
  if (pairs.length === 0) return [];
  const over = pairs.length > 1 ? pairSeeds(pairs, radii, 1 - (1 - CONFIDENCE) / radii.length).radii : undefined;
  const alone = over === undefined ? pairLogs(pairs[0], radii, CONFIDENCE).radii : undefined;
  return radii.map((radius, i) => {
    const at = over?.[i].seeds ?? [alone![i]];
    const clear = at.filter(({ pValue }) => pValue < LEVEL);
    return {
      radius,
      difference: spreadOf(at.map(({ difference }) => 100 * difference)),
      seeds: at.length,
      firstBetter: clear.filter(({ difference }) => difference > 0).length,
      secondBetter: clear.filter(({ difference }) => difference < 0).length,
      isBeyondChance: over && (over[i].lower > 0 || over[i].upper < 0),
    };
  });
}
