/** Whether the radii of a log lie on the lattice of given settings, and whether that says anything. */
import type { Candidate } from "./candidates.js";
import { logChanceOfHits } from "./chance.js";
import type { Lattice } from "./lattice.js";
import type { RadiusInterval } from "./printing.js";

/** What a log's radii say of settings. */
export type Verdict = "fits" | "does not fit" | "cannot be told";

/** A radius that occurs in a log. */
export interface PrintedRadius {
  readonly radius: number;
  /** What it can stand for. */
  readonly interval: RadiusInterval;
  /** In how many rows it occurs. */
  readonly rows: number;
}

/**
 * How a log's radii lie on a lattice. Only radii around which the lattice is coarse are counted, where neighbouring
 * points lie further apart than neighbouring printed radii, and those that miss: elsewhere every radius hits.
 */
export interface LatticeFit extends Candidate {
  /** Rows whose radius is counted. */
  readonly rows: number;
  /** How many of these have a radius that a lattice point prints to. */
  readonly hits: number;
  /** How many would by chance, if radii had nothing to do with the lattice: the sum of {@link coverage}. */
  readonly hitsByChance: number;
  /** The distinct radii among these rows. */
  readonly values: number;
  readonly valueHits: number;
  /**
   * log10 of the chance (an upper bound) that so many distinct radii hit if each did so independently with the
   * probability that a printed radius near it would. Distinct radii, since rows with equal radii hit together; and
   * where the settings were chosen after the largest radius, without that one.
   */
  readonly logChance: number;
}

/** A fit with what follows from it. */
export interface JudgedFit extends LatticeFit {
  readonly verdict: Verdict;
}

/** Least part of the rows that must hit; the others may have been tampered with. */
const FEWEST_HITS = 0.9;
/** log10 of the largest chance, over all candidates together, that one of them fits by accident. */
const LOG_SIGNIFICANCE = -3;

/** Holds a log's radii against the lattice of a candidate. @param values the largest first */
export function fitLattice(
  values: readonly PrintedRadius[],
  { settings, fromLargest }: Candidate,
  lattice: Lattice,
): LatticeFit {
  const tested = values.flatMap((value, i) => {
    const chance = coverage(value.interval, settings.sigma, lattice);
    const hit = isHit(value.interval, settings.sigma, lattice);
    if (chance === 1 && hit) return [];
    return [{ rows: value.rows, chance, hit, counts: i > 0 || !fromLargest }];
  });
  const hit = tested.filter((value) => value.hit);
  const evidence = tested.filter((value) => value.counts);
  return {
    settings,
    fromLargest,
    rows: total(tested.map(({ rows }) => rows)),
    hits: total(hit.map(({ rows }) => rows)),
    hitsByChance: total(tested.map(({ rows, chance }) => rows * chance)),
    values: tested.length,
    valueHits: hit.length,
    logChance: logChanceOfHits(
      evidence.map(({ chance }) => chance),
      evidence.filter((value) => value.hit).length,
    ),
  };
}

/**
 * The fits with their verdicts, the most telling first. A candidate fits if nine rows in ten lie on its lattice, if the
 * chance of that, times the number of candidates, is at most 0.001, and if no other of which this holds misses fewer
 * radii. It does not fit if a radius misses its lattice otherwise.
 */
export function judgeFits(fits: readonly LatticeFit[]): JudgedFit[] {
  const significance = LOG_SIGNIFICANCE - Math.log10(fits.length);
  const convincing = fits.filter((fit) => fit.hits >= FEWEST_HITS * fit.rows && fit.logChance <= significance);
  const fewestMisses = Math.min(...convincing.map(misses));
  return fits
    .map((fit) => ({ ...fit, verdict: verdictOf(fit, convincing.includes(fit) && misses(fit) === fewestMisses) }))
    .sort((a, b) => ORDER.indexOf(a.verdict) - ORDER.indexOf(b.verdict) || a.logChance - b.logChance);
}

const ORDER: readonly Verdict[] = ["fits", "cannot be told", "does not fit"];

const misses = ({ values, valueHits }: LatticeFit): number => values - valueHits;

function verdictOf(fit: LatticeFit, convinces: boolean): Verdict {
  if (convinces) return "fits";
  return misses(fit) > 0 ? "does not fit" : "cannot be told";
}

/** Which part of the printed radii around this one are lattice points': the width of a print over the lattice's gap. */
function coverage({ lower, upper }: RadiusInterval, sigma: number, lattice: Lattice): number {
  if (lower / sigma > lattice.point(0)) return 0;
  const k = Math.min(lattice.countAbove((lower + upper) / 2 / sigma), lattice.length - 1);
  const gap = k === 0 ? lattice.point(0) - lattice.point(1) : (lattice.point(k - 1) - lattice.point(k + 1)) / 2;
  return Math.min(1, (upper - lower) / sigma / gap);
}

function isHit({ lower, upper }: RadiusInterval, sigma: number, lattice: Lattice): boolean {
  return lattice.point(lattice.countAbove(upper / sigma)) >= lower / sigma;
}

const total = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0);
