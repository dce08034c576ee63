/** The counts that a printed radius can come from, and whether it was printed above the certified value. */
import type { LogRow } from "../log/row.js";
import type { NamedRow } from "./ceiling.js";
import type { Lattice } from "./lattice.js";
import { RADIUS_TOLERANCE, type RadiusInterval } from "./printing.js";
import type { Reading } from "./reading.js";

/**
 * Everything that prints as a radius, under given settings; radii in units of the row's noise level, where it has its
 * own.
 */
export interface Origins {
  /** The fewest and the most votes. */
  readonly fewest: number;
  readonly most: number;
  /** The certified radii of these. */
  readonly smallest: number;
  readonly largest: number;
}

/** The origins of a radius; undefined where no lattice point prints to it. */
export function originsOf({ lower, upper }: RadiusInterval, sigma: number, lattice: Lattice): Origins | undefined {
  const first = lattice.countAbove(upper / sigma);
  const beyond = lattice.countAbove(lower / sigma);
  if (first === beyond) return undefined;
  return {
    fewest: lattice.n - (beyond - 1),
    most: lattice.n - first,
    smallest: sigma * lattice.point(beyond - 1),
    largest: sigma * lattice.point(first),
  };
}

/** A row that certifies a radius, and what it can come from. */
export interface TracedRow {
  readonly row: LogRow;
  readonly origins: Origins | undefined;
  /** The row's noise level, see `Reading`. */
  readonly sigma: RadiusInterval;
}

/** The rows, none an abstention, with what each can come from. */
export function traceRows(rows: readonly LogRow[], reading: Reading, sigma: number, lattice: Lattice): TracedRow[] {
  const known = new Map<string, Origins | undefined>();
  return rows.map((row) => {
    const key = `${row.radius} ${row.sigma}`;
    if (!known.has(key)) known.set(key, originsOf(reading.interval(row), sigma, lattice));
    return { row, origins: known.get(key), sigma: reading.sigma(row) };
  });
}

/** A row printed above the certified value. */
export interface OverstatedRow extends NamedRow {
  /** The largest certified radius that prints so. */
  readonly largest: number;
}

/** How the printed radii of a log stand to the certified ones. */
export interface RoundingAudit {
  /** Rows printed above every radius that they can have been rounded from, by more than 1e-9 relative. */
  readonly above: readonly OverstatedRow[];
  /** Rows printed above some of these and not above others: in a fine lattice nobody can tell. */
  readonly mayBeAbove: readonly NamedRow[];
  /** How many rows are printed at or below all of these. */
  readonly notAbove: number;
  /** Rows that no count prints to. */
  readonly offLattice: readonly NamedRow[];
}

export function auditRounding(traced: readonly TracedRow[]): RoundingAudit {
  const above: OverstatedRow[] = [];
  const mayBeAbove: NamedRow[] = [];
  const offLattice: NamedRow[] = [];
  for (const { row, origins, sigma } of traced) {
    const named = { idx: row.idx, radius: row.radius };
    const certainly = row.radius * (1 - RADIUS_TOLERANCE);
    if (origins === undefined) offLattice.push(named);
    else if (certainly > origins.largest * sigma.upper)
      above.push({ ...named, largest: origins.largest * sigma.upper });
    else if (certainly > origins.smallest * sigma.lower) mayBeAbove.push(named);
  }
  const notAbove = traced.length - above.length - mayBeAbove.length - offLattice.length;
  return { above, mayBeAbove, notAbove, offLattice };
}
