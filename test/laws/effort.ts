import { runSeed } from "./seed.js";

/**
 * The share of the costly repetitions that a run makes: a quarter, and all of them with EFFORT=1, as before a release.
 * Each run draws anew, so that many short ones see as much as a long one.
 */
const EFFORT = Number(process.env.EFFORT ?? 0.25);
if (!(EFFORT > 0 && EFFORT <= 1)) throw new Error(`EFFORT must be above 0 and at most 1, got ${process.env.EFFORT}`);

/** So many of `whole` repetitions as this run makes, `least` or more. */
export function repetitions(whole: number, least = 1): number {
  return Math.max(least, Math.ceil(EFFORT * whole));
}

/** Those of many cases that this run tries: one in four, other ones for another seed; all of them with EFFORT=1. */
export function someOf<T>(cases: readonly T[]): T[] {
  const step = Math.round(1 / EFFORT);
  return cases.filter((_, i) => i % step === runSeed % step);
}
