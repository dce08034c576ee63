import { type AttackSummary, summarizeAttack } from "../attack/attack-summary.js";
import type { LogRow } from "../log/row.js";
import { ABSTAIN } from "../theorem/decision.js";
import type { ReportedAttack, ReportedRows } from "./subject.js";

/** The largest chance that a summary takes. */
const CERTAIN = 0.999;

/**
 * The figures of an attack, on the images of the log that it has come to: all of them, or those up to the last one
 * attacked where certificates are left. Both accuracies are of these images.
 *
 * @param radii in [0, infinity) @returns undefined where it has come to none
 */
export function attackSummaryOf(
  { rows, header }: ReportedRows,
  attack: ReportedAttack,
  radii: readonly number[],
): AttackSummary | undefined {
  const reached = reachedBy(rows, attack);
  if (reached.length === 0) return undefined;
  const chance = Math.min((header?.alpha ?? 0) + attack.header.alpha, CERTAIN);
  return summarizeAttack(reached, attack.rows, chance, radii);
}

/** An attack takes the rows in their order: those behind the last one attacked are left, unless no certificate is. */
function reachedBy(rows: readonly LogRow[], attack: ReportedAttack): readonly LogRow[] {
  const attacked = new Set(attack.rows.map(({ idx }) => idx));
  const isDone = rows.every(({ idx, predict }) => predict === ABSTAIN || attacked.has(idx));
  return isDone ? rows : rows.slice(0, 1 + rows.findLastIndex(({ idx }) => attacked.has(idx)));
}
