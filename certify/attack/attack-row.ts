import { requireThat } from "../../src/core.js";
import {
  formatCounts,
  parseCounts,
  parseFlag,
  parseInteger,
  parseReal,
  parseTime,
  type SparseCounts,
} from "../log/cell.js";

/** What an attack found on one certified image: one row of its results. */
export interface AttackRow {
  readonly idx: number;
  readonly label: number;
  /** The class certified; never an abstention. */
  readonly predict: number;
  /** The certified L2 radius for pixels in [0, 1]. */
  readonly radius: number;
  /** L2 norm of the worst perturbation found inside the radius, rounded up. */
  readonly insideNorm: number;
  /** The class returned there, -1 for an abstention. */
  readonly insidePredict: number;
  /** Votes there. */
  readonly insideCounts: SparseCounts;
  /** Whether it is another class than the one certified. */
  readonly broken: boolean;
  /** L2 norm of the smallest perturbation found that changes the class, rounded up; Infinity where none was found. */
  readonly attackRadius: number;
  /** The class returned there; -1 where none was found. */
  readonly attackPredict: number;
  /** Seconds spent on the image. */
  readonly time: number;
}

/** The columns in their order. */
export const ATTACK_COLUMNS = [
  "idx",
  "label",
  "predict",
  "radius",
  "insideNorm",
  "insidePredict",
  "insideCounts",
  "broken",
  "attackRadius",
  "attackPredict",
  "time",
] as const satisfies readonly (keyof AttackRow)[];

/** The row as a line, without the line's end. Every number parses back to itself. */
export function formatAttackRow(row: AttackRow): string {
  const cells = { ...row, broken: row.broken ? 1 : 0, insideCounts: formatCounts(row.insideCounts) };
  return ATTACK_COLUMNS.map((column) => cells[column]).join("\t");
}

/**
 * The inverse of {@link formatAttackRow}.
 *
 * @param where starts the message of an error, for instance `line 7`
 * @throws ArgumentError naming the column and the value found
 */
export function parseAttackRow(line: string, where: string): AttackRow {
  const values = line.split("\t");
  requireThat(values.length === ATTACK_COLUMNS.length, where, "row", `${ATTACK_COLUMNS.length} fields`, line);
  const cell = (column: keyof AttackRow): string => values[ATTACK_COLUMNS.indexOf(column)];
  const integer = (column: keyof AttackRow, min: number): number => parseInteger(cell(column), min, where, column);
  const real = (column: keyof AttackRow): number => parseReal(cell(column), Number.MAX_VALUE, where, column);
  return {
    idx: integer("idx", 0),
    label: integer("label", 0),
    predict: integer("predict", 0),
    radius: real("radius"),
    insideNorm: real("insideNorm"),
    insidePredict: integer("insidePredict", -1),
    insideCounts: parseCounts(cell("insideCounts"), where, "insideCounts"),
    broken: parseFlag(cell("broken"), where, "broken"),
    attackRadius: cell("attackRadius") === "Infinity" ? Infinity : real("attackRadius"),
    attackPredict: integer("attackPredict", -1),
    time: parseTime(cell("time"), where),
  };
}
