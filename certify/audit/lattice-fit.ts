/** Whether the radii of a log lie on the lattice of given settings, and whether that says anything. */
import { logChanceOfHits } from "./chance.js";
import type { Lattice, LatticeSettings } from "./lattice.js";
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
 * points lie at least twice as far apart as neighbouring printed radii: elsewhere a hit says little.
 */
export interface LatticeFit {
  readonly settings: LatticeSettings;
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
   * probability that a printed radius near it would. Distinct radii, since rows with equal radii hit together; and where
   * the settings were chosen after the largest radius, without that one.
   */
  readonly logChance: number;
}

/** A fit with what follows from it. */
export interface JudgedFit extends LatticeFit {
  readonly verdict: Verdict;
}

/** Where more than this part of the printed radii are lattice points, a hit says little. */
const WORTHWHILE_COVERAGE = 0.5;
/** Least part of the rows that must hit; the others may have been tampered with. */
const FEWEST_HITS = 0.9;
/** Largest chance of a hit by accident among all candidates together, as log10. */
const LOG_SIGNIFICANCE = -3;

/** Holds the radii of a log against the lattice of `settings`. @param largestCounts false to leave out the first value's evidence */
export function fitLattice(
  values: readonly PrintedRadius[],
  settings: LatticeSettings,
  lattice: Lattice,
  largestCounts: boolean,
): LatticeFit {
  const tested = values.flatMap((value, i) => {
    const chance = coverage(value.interval, settings.sigma, lattice);
    if (chance > WORTHWHILE_COVERAGE) return [];
    return [
      { rows: value.rows, chance, hit: isHit(value.interval, settings.sigma, lattice), counts: i > 0 || largestCounts },
    ];
  });
  const hit = tested.filter((value) => value.hit);
  const evidence = tested.filter((value) => value.counts);
  return {
    settings,
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
 * The fits with their verdicts, the most telling first. A candidate fits if nine rows in ten lie on its lattice, if that
 * would happen by chance with probability at most 0.001 for any of all the candidates, and if no candidate of which this
 * holds explains more radii.
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

/** Which part of the printed radii just below this one are lattice points': the width of a print over the lattice's gap. */
function coverage({ lower, upper }: RadiusInterval, sigma: number, lattice: Lattice): number {
  if (lattice.length === 0) return 0;
  const k = Math.min(lattice.countAbove((lower + upper) / 2 / sigma), lattice.length - 1);
  return Math.min(1, (upper - lower) / sigma / (lattice.point(k) - lattice.point(k + 1)));
}

function isHit({ lower, upper }: RadiusInterval, sigma: number, lattice: Lattice): boolean {
  const k = lattice.countAbove(upper / sigma);
  return k < lattice.length && lattice.point(k) >= lower / sigma;
}

const total = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0);
