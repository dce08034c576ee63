/** The counts that a printed radius can come from, and whether it was printed above the certified value. */
import type { LogRow } from "../log-row.js";
import type { NamedRow } from "./ceiling.js";
import type { Lattice } from "./lattice.js";
import { type Printing, printedInterval, RADIUS_TOLERANCE } from "./printing.js";

/** Everything that prints as a radius, under given settings. */
export interface Origins {
  /** The fewest and the most votes. */
  readonly fewest: number;
  readonly most: number;
  /** The certified radii of these. */
  readonly smallest: number;
  readonly largest: number;
}

/** The origins of a radius; undefined where no lattice point prints to it. */
export function originsOf(radius: number, printing: Printing, sigma: number, lattice: Lattice): Origins | undefined {
  const { lower, upper } = printedInterval(radius, printing);
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
}

/** The rows, none an abstention, with what each can come from. */
export function traceRows(rows: readonly LogRow[], printing: Printing, sigma: number, lattice: Lattice): TracedRow[] {
  const known = new Map<number, Origins | undefined>();
  return rows.map((row) => {
    if (!known.has(row.radius)) known.set(row.radius, originsOf(row.radius, printing, sigma, lattice));
    return { row, origins: known.get(row.radius) };
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
  for (const { row, origins } of traced) {
    const named = { idx: row.idx, radius: row.radius };
    const certainly = row.radius * (1 - RADIUS_TOLERANCE);
    if (origins === undefined) offLattice.push(named);
    else if (certainly > origins.largest) above.push({ ...named, largest: origins.largest });
    else if (certainly > origins.smallest) mayBeAbove.push(named);
  }
  const notAbove = traced.length - above.length - mayBeAbove.length - offLattice.length;
  return { above, mayBeAbove, notAbove, offLattice };
}
