/**
 * The audit of other people's certification logs, which record no settings: what the radii themselves give away.
 */
import { requireInteger, requireThat } from "../../src/core.js";
import { MAX_SAMPLES } from "../bounds/clopper-pearson.js";
import type { LogRow } from "../log/row.js";
import { abstentions } from "../report/curve.js";
import { radiusGrid } from "../report/curve-summary.js";
import { candidateSettings, type StatedSettings } from "./candidates.js";
import { type CeilingTest, type NamedRow, testCeiling } from "./ceiling.js";
import { Lattice, type LatticeSettings } from "./lattice.js";
import { fitLattice, type JudgedFit, judgeFits, type PrintedRadius } from "./lattice-fit.js";
import { auditRounding, type RoundingAudit, traceRows } from "./origins.js";
import { inferPrinting, type Printing, requirePrinting } from "./printing.js";
import { type Reading, readingOf } from "./reading.js";
import { type Recertified, recertify } from "./recertify.js";

/** What is known of a foreign log, and what to derive from it. */
export interface ForeignAuditOptions {
  /** Noise level, greater than 0. Without it the usual ones are tried; left out where each row has its own. */
  readonly sigma?: number | undefined;
  /**
   * Samples of the estimation as the log's authors state them, an integer in [1, 2^30]: tried beside the usual ones.
   */
  readonly n?: number | undefined;
  /** Failure probability as the log's authors state it, in (0, 1/2]: tried beside the usual ones. */
  readonly alpha?: number | undefined;
  /** The alpha at which the curve is derived again, in (0, 1/2]. @defaultValue 0.001 */
  readonly commonAlpha?: number | undefined;
  /** L2 radii of the curves' tables. @defaultValue `radiusGrid(rows)` */
  readonly radii?: readonly number[] | undefined;
  /** Of the curves' intervals over the choice of test points, in (0, 1). @defaultValue 0.95 */
  readonly confidence?: number | undefined;
  /** How the radii were printed. @defaultValue `inferPrinting` of the radii */
  readonly printing?: Printing | undefined;
}

/** The settings that the later parts of an audit go by. */
export interface AuditedSettings extends LatticeSettings {
  /**
   * - `fitted`: the radii show them;
   * - `eliminated`: at the sigma and n stated, of the usual alphas and the one stated all others don't fit;
   * - `stated`: taken from the options, the radii neither showing nor refuting them.
   */
  readonly origin: "fitted" | "eliminated" | "stated";
}

/** All that an audit finds. */
export interface ForeignAudit {
  /** Rows in the log. */
  readonly points: number;
  readonly abstentions: number;
  /** Rows that are not abstentions. */
  readonly certified: number;
  readonly printing: Printing;
  /** Whether each row has a noise level of its own. Settings and ceilings are then in its units, with a sigma of 1. */
  readonly sigmaPerRow: boolean;
  /** The first of these with the largest radius, where one is above 0. */
  readonly largest: NamedRow | undefined;
  readonly stated: StatedSettings;
  /** Every candidate held against the radii, the most telling first; none if no radius is above 0. */
  readonly fits: readonly JudgedFit[];
  /** Undefined where no candidate fits, and the options don't name settings that could. */
  readonly settings: AuditedSettings | undefined;
  /** Ceilings of these settings, of those stated in full, and at the common alpha, where they differ. */
  readonly ceilings: readonly CeilingTest[];
  /** Undefined without settings, as is {@link recertified}. */
  readonly rounding: RoundingAudit | undefined;
  readonly recertified: Recertified | undefined;
}

/** Distinct radii, from the largest down, that candidates are held against. */
const MOST_VALUES = 200;

/**
 * Audits a log by its radii: which settings they can come from, which are above the ceiling, which were printed above
 * the certified value, and the curve at a common alpha.
 *
 * It rests on the log's being one of Cohen, Rosenfeld and Kolter's CERTIFY (2019) with a one-sided Clopper-Pearson
 * bound, one n and alpha for all rows, one sigma for all or one for each in the column of that name, and radii rounded
 * to nearest.
 *
 * @throws ArgumentError for no rows or options out of range
 */
export function auditForeignLog(rows: readonly LogRow[], options: ForeignAuditOptions = {}): ForeignAudit {
  requireOptions(rows, options);
  const { n, alpha, commonAlpha = 0.001, radii = radiusGrid(rows), confidence = 0.95 } = options;
  const certified = rows.filter(({ predict }) => predict !== -1);
  const printing = options.printing ?? inferPrinting(certified.map(({ radius }) => radius));
  const reading = readingOf(certified, printing);
  const { sigmaPerRow } = reading;
  const rule = "left out: the log has a sigma for each row";
  requireThat(!sigmaPerRow || options.sigma === undefined, "auditForeignLog", "sigma", rule, options.sigma);
  const stated = { sigma: sigmaPerRow ? 1 : options.sigma, n, alpha };
  const latticeOf = keptLattices();
  const values = printedRadii(certified, reading);
  const fits = fitsOf(values.slice(0, MOST_VALUES), stated, latticeOf);
  const settings = settingsOf(fits, stated);
  const traced = settings && traceRows(certified, reading, settings.sigma, latticeOf(settings.n, settings.alpha));
  const common = settings && { sigma: settings.sigma, n: settings.n, alpha: commonAlpha };
  return {
    points: rows.length,
    abstentions: abstentions(rows),
    certified: certified.length,
    printing,
    sigmaPerRow,
    largest: largestRow(certified),
    stated,
    fits,
    settings,
    ceilings: values.length > 0 ? ceilingsOf([settings, fullyStated(stated), common], certified, reading) : [],
    rounding: traced && auditRounding(traced),
    recertified: common && traced && recertify(rows, traced, common, { radii, confidence }),
  };
}

function requireOptions(rows: readonly LogRow[], options: ForeignAuditOptions): void {
  const where = "auditForeignLog";
  const { sigma, n, alpha, commonAlpha, printing } = options;
  requireThat(rows.length > 0, where, "rows", "at least one row", rows);
  if (sigma !== undefined) requireThat(sigma > 0 && sigma < Infinity, where, "sigma", "finite and above 0", sigma);
  if (n !== undefined) requireInteger(n, where, "n", 1, MAX_SAMPLES);
  for (const [name, level] of Object.entries({ alpha, commonAlpha })) {
    if (level !== undefined) requireThat(level > 0 && level <= 0.5, where, name, "in (0, 1/2]", level);
  }
  if (printing !== undefined) requirePrinting(printing, where);
}

type LatticeOf = (n: number, alpha: number) => Lattice;

/** Lattices in units of sigma, shared by all sigmas. */
function keptLattices(): LatticeOf {
  const lattices = new Map<string, Lattice>();
  return (n, alpha) => {
    const key = `${n} ${alpha}`;
    const lattice = lattices.get(key) ?? new Lattice(n, alpha);
    lattices.set(key, lattice);
    return lattice;
  };
}

/** The distinct radii above 0 (in units of the row's noise level, where it has its own), the largest first. */
function printedRadii(rows: readonly LogRow[], reading: Reading): PrintedRadius[] {
  const distinct = new Map<string, PrintedRadius>();
  for (const row of rows.filter(({ radius }) => radius > 0)) {
    const key = `${row.radius} ${row.sigma}`;
    const interval = distinct.get(key)?.interval ?? reading.interval(row);
    distinct.set(key, { radius: row.radius, interval, rows: (distinct.get(key)?.rows ?? 0) + 1 });
  }
  return [...distinct.values()].sort((a, b) => b.interval.upper - a.interval.upper);
}

function fitsOf(values: readonly PrintedRadius[], stated: StatedSettings, latticeOf: LatticeOf): JudgedFit[] {
  if (values.length === 0) return [];
  const candidates = candidateSettings(values[0].interval, stated, latticeOf);
  return judgeFits(
    candidates.map((candidate) =>
      fitLattice(values, candidate, latticeOf(candidate.settings.n, candidate.settings.alpha)),
    ),
  );
}

function settingsOf(fits: readonly JudgedFit[], stated: StatedSettings): AuditedSettings | undefined {
  const isStated = ({ settings: { n, alpha } }: JudgedFit): boolean => n === stated.n && alpha === stated.alpha;
  const fitting = fits.filter(({ verdict }) => verdict === "fits");
  if (fitting.length > 0) return { ...(fitting.find(isStated) ?? fitting[0]).settings, origin: "fitted" };
  if (stated.sigma === undefined || stated.n === undefined) return undefined;
  const open = fits.filter(({ verdict, settings }) => verdict === "cannot be told" && settings.n === stated.n);
  const left = open.filter(({ fromLargest }) => !fromLargest);
  if (left.length === 1) return { ...left[0].settings, origin: "eliminated" };
  const asStated = open.find(isStated);
  return asStated && { ...asStated.settings, origin: "stated" };
}

function fullyStated({ sigma, n, alpha }: StatedSettings): LatticeSettings | undefined {
  return sigma === undefined || n === undefined || alpha === undefined ? undefined : { sigma, n, alpha };
}

function largestRow(rows: readonly LogRow[]): NamedRow | undefined {
  const most = rows.reduce((largest, { idx, radius }) => (radius > largest.radius ? { idx, radius } : largest), {
    idx: -1,
    radius: 0,
  });
  return most.radius > 0 ? most : undefined;
}

function ceilingsOf(
  settings: readonly (LatticeSettings | undefined)[],
  rows: readonly LogRow[],
  reading: Reading,
): CeilingTest[] {
  const distinct = new Map<string, LatticeSettings>();
  for (const one of settings) {
    if (one !== undefined) {
      const { sigma, n, alpha } = one;
      distinct.set(`${sigma} ${n} ${alpha}`, { sigma, n, alpha });
    }
  }
  return [...distinct.values()].map((one) => testCeiling(rows, reading, one));
}
