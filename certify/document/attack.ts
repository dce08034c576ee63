import { type AttackSummary, summarizeAttack } from "../attack/attack-summary.js";
import { ABSTAIN } from "../theorem/decision.js";
import type { ReportedAttack, ReportedRows } from "./subject.js";

/** The largest chance that a summary takes. */
const CERTAIN = 0.999;

/**
 * The figures of an attack, on the images of the log that it has come to: those that abstain, and those attacked.
 *
 * @param radii in [0, infinity)
 */
export function attackSummaryOf(
  { rows, header }: ReportedRows,
  attack: ReportedAttack,
  radii: readonly number[],
): AttackSummary {
  const attacked = new Set(attack.rows.map(({ idx }) => idx));
  const reached = rows.filter(({ idx, predict }) => predict === ABSTAIN || attacked.has(idx));
  const chance = Math.min((header?.alpha ?? 0) + attack.header.alpha, CERTAIN);
  return summarizeAttack(reached, attack.rows, chance, radii);
}
