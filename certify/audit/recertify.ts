import { certifiedRadius } from "../../src/core.js";
/** A foreign log's certificates derived again at another alpha, from the counts that its radii give away. */
import { clopperPearsonLower } from "../bounds/clopper-pearson.js";
import type { LogRow } from "../log/row.js";
import { type CurveSummary, summarizeCurve } from "../report/curve-summary.js";
import type { NamedRow } from "./ceiling.js";
import type { LatticeSettings } from "./lattice.js";
import type { TracedRow } from "./origins.js";

/** How the curves are summarised. */
export interface CurveOptions {
  /** L2 radii of the table. */
  readonly radii: readonly number[];
  /** Of the intervals over the choice of test points, in (0, 1). */
  readonly confidence: number;
}

/** A log at the common alpha. */
export interface Recertified {
  /** The common alpha, with the log's sigma and n. */
  readonly settings: LatticeSettings;
  /**
   * The log's rows, each radius from the fewest votes that print to the row's and rounded down; so none is above what
   * the true count certifies. A row whose bound falls to 1/2, or that no count prints to, abstains.
   */
  readonly rows: readonly LogRow[];
  /** Rows that certify a radius in the log, and abstain at the common alpha by the fewest votes that print so. */
  readonly becameAbstentions: readonly NamedRow[];
  /** Rows that no count prints to: not certified, and outside of what is claimed. */
  readonly notDerivable: readonly NamedRow[];
  /** The log as it was printed. */
  readonly printed: CurveSummary;
  readonly corrected: CurveSummary;
}

/**
 * Derives a log's radii again.
 *
 * @param traced those of `rows` that are not abstentions, see `traceRows`
 * @param settings sigma and n of the log, and the common alpha
 */
export function recertify(
  rows: readonly LogRow[],
  traced: readonly TracedRow[],
  settings: LatticeSettings,
  { radii, confidence }: CurveOptions,
): Recertified {
  const tracedRow = new Map(traced.map((one) => [one.row, one]));
  const corrected = rows.map((row) => correctedRow(row, tracedRow.get(row), settings));
  const abstains = new Set(corrected.filter(({ predict }) => predict === -1).map(({ idx }) => idx));
  return {
    settings,
    rows: corrected,
    becameAbstentions: traced.filter(({ row, origins }) => origins && abstains.has(row.idx)).map(nameOf),
    notDerivable: traced.filter(({ origins }) => origins === undefined).map(nameOf),
    printed: summarizeCurve(rows, radii, confidence),
    corrected: summarizeCurve(corrected, radii, confidence),
  };
}

const nameOf = ({ row: { idx, radius } }: TracedRow): NamedRow => ({ idx, radius });

function correctedRow(row: LogRow, traced: TracedRow | undefined, { sigma, n, alpha }: LatticeSettings): LogRow {
  const { idx, label, predict, correct } = row;
  if (traced?.origins === undefined) return { idx, label, predict: -1, radius: 0, correct: false };
  const { fewest } = traced.origins;
  const pALower = clopperPearsonLower(fewest, n, alpha);
  const counted = { idx, label, nA: fewest, n, pALower };
  return pALower > 0.5
    ? { ...counted, predict, correct, radius: certifiedRadius(sigma * traced.sigma.lower, pALower) }
    : { ...counted, predict: -1, correct: false, radius: 0 };
}
