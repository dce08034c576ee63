/** How probable the right class is under noise, over the images of a log. */

import type { LogHeader } from "../log/header.js";
import type { LogRow } from "../log/row.js";
import { votesOf } from "../log/votes.js";
import { selectedClass } from "../theorem/decision.js";
import { votesIn } from "../theorem/votes.js";
import { hasVotes } from "./log-summary.js";

/** A piece of the distribution, constant on (p of the step before, p]. */
export interface ShareStep {
  /** The step's right end, which belongs to it, in [0, 1]. The first step begins at 0, and includes it. */
  readonly p: number;
  /** How many images are right with a probability of at least p. */
  readonly count: number;
  /** `count` as a fraction of all images. */
  readonly share: number;
}

/** The distribution of pA over a log's images, as steps in ascending order of p; it is 0 beyond the last one. */
export interface PaDistribution {
  /** By the estimate nA/n, which hardly depends on n and not at all on alpha. */
  readonly estimated: readonly ShareStep[];
  /** By the lower confidence bound on pA: of each image, it holds with probability 1 - alpha. */
  readonly proved: readonly ShareStep[];
}

/**
 * F(p), the share of images whose class A is the label and has a probability of at least p under noise: what Sun, Mao,
 * Müller and Vechev (ICML 2025, arXiv 2410.06895) report in place of the average certified radius, which a few easy
 * images and the number of samples decide. With the one-sided bound, certified accuracy at a radius above 0 is the
 * proved F at the p that the radius takes.
 *
 * Class A is that of the votes, be it certified or not. Images of a run that stopped early have an estimate from fewer
 * samples, and a lower bound than n samples would give.
 *
 * @param header undefined for other tools' logs
 * @returns undefined for rows without votes and bounds, as other tools write them, and for no rows
 */
export function paDistribution(rows: readonly LogRow[], header: LogHeader | undefined): PaDistribution | undefined {
  if (header === undefined || rows.length === 0) return undefined;
  const estimates: number[] = [];
  const bounds: number[] = [];
  for (const row of rows) {
    if (!hasVotes(row, header) || row.pALower === undefined) return undefined;
    const votes = votesOf(row, header);
    if (selectedClass(votes, header) !== row.label) continue;
    estimates.push(votes.counts[row.label] / votesIn(votes.counts));
    bounds.push(row.pALower);
  }
  return { estimated: sharesOf(estimates, rows.length), proved: sharesOf(bounds, rows.length) };
}

/** How many images a distribution has at p or above. @param p in [0, 1] */
export function countFrom(steps: readonly ShareStep[], p: number): number {
  return steps.find((step) => p <= step.p)?.count ?? 0;
}

function sharesOf(values: readonly number[], points: number): ShareStep[] {
  const ascending = values.toSorted((a, b) => a - b);
  return ascending
    .map((p, i) => ({ p, count: ascending.length - i, share: (ascending.length - i) / points }))
    .filter(({ p }, i) => i === 0 || ascending[i - 1] !== p);
}
