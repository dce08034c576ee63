import { certifiedRadius } from "../../src/core.js";
/** The largest radius that settings can certify, and the rows of a log above it. */
import { clopperPearsonLower } from "../bounds/clopper-pearson.js";
import type { LogRow } from "../log/row.js";
import { alphaReaching } from "./candidates.js";
import type { LatticeSettings } from "./lattice.js";
import type { Reading } from "./reading.js";

/** A row named in a finding. */
export interface NamedRow {
  readonly idx: number;
  /** As printed. */
  readonly radius: number;
}

/** How a log stands to the ceiling of its settings: sigma Phi^-1(alpha^(1/n)), the radius of a unanimous vote. */
export interface CeilingTest {
  readonly settings: LatticeSettings;
  readonly ceiling: number;
  /** Rows whose radius is above the ceiling even if all of its rounding was upward: no count gives them. */
  readonly above: readonly NamedRow[];
  /** The smallest alpha at which n unanimous votes give the log's largest radius, all of its rounding upward. */
  readonly alphaNeeded: number;
}

/** @param rows with at least one radius above 0 */
export function testCeiling(rows: readonly LogRow[], reading: Reading, settings: LatticeSettings): CeilingTest {
  const { sigma, n, alpha } = settings;
  const ceiling = certifiedRadius(sigma, clopperPearsonLower(n, n, alpha));
  const largest = rows.reduce((most, row) => Math.max(most, reading.interval(row).lower), 0);
  return {
    settings,
    ceiling,
    above: rows.filter((row) => reading.interval(row).lower > ceiling).map(({ idx, radius }) => ({ idx, radius })),
    alphaNeeded: alphaReaching(largest, sigma, n),
  };
}
