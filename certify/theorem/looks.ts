import { FIXED, type StopRule } from "./rule.js";

/**
 * The numbers of samples at which a run may stop, and how the failure probability of a bound is spread over them. Both
 * are fixed by the settings alone, before any vote is seen.
 */

/** What the looks depend on. */
export interface LookSettings {
  /** The most samples; integer >= 1. */
  readonly n: number;
  readonly stop?: StopRule | undefined;
  /** The name of the confidence bound: some of them can look more often. */
  readonly interval?: string | undefined;
}

/** The fewest samples worth a look. */
const FIRST = 16;
/** Each look has this much of the samples of the next one, rounded down: 48 looks up to n = 100,000. */
const STEP = 5 / 6;
/** The same for `betting-prior`, which pays nothing for another look: 81 up to n = 100,000. */
const SMALL_STEP = 9 / 10;
/** Of the failure probability, what is kept for the look at n itself: images which need all n samples lose little. */
const LAST_SHARE = 1 / 4;
/** Covers the rounding of the other shares, which is below 1e-13. */
const SLACK = 1 - 2 ** -40;

/** The looks, ascending; the last is n. A fixed run looks once. */
export function looksOf({ n, stop = FIXED, interval }: LookSettings): number[] {
  if (stop.kind === "fixed") return [n];
  const step = interval === "betting-prior" ? SMALL_STEP : STEP;
  const before = (look: number): number => Math.floor(look * step);
  const looks = [n];
  for (let look = before(n); look >= FIRST; look = before(look)) looks.unshift(look);
  return looks;
}

/**
 * What `look` spends of a failure probability: a fixed run all of it at n; else a quarter at n, and the looks before it
 * equal shares of the rest, less 1e-12 of it. All looks together spend no more than `level`, exactly.
 *
 * @param look one of {@link looksOf} @param level in (0, 1)
 */
export function levelAtLook(look: number, level: number, settings: LookSettings): number {
  if ((settings.stop ?? FIXED).kind === "fixed") return level;
  if (look === settings.n) return level * LAST_SHARE;
  return (level * (1 - LAST_SHARE) * SLACK) / (looksOf(settings).length - 1);
}

/** The numbers of samples that a run can end with, as a part of a sentence. */
export function looksText({ n, stop = FIXED }: LookSettings): string {
  return stop.kind === "fixed" ? `n = ${n}` : `n = ${n} or one of the looks before it`;
}
