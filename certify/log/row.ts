/**
 * One row of a certification log, and its text. The first six columns are those of Cohen et al.'s `certify.py`; the
 * others are what it takes to derive the radius again in full precision.
 */
import { requireThat } from "../../src/core.js";
import {
  formatCounts,
  parseCounts,
  parseFlag,
  parseInteger,
  parseReal,
  parseSigma,
  parseTime,
  type SparseCounts,
} from "./cell.js";

/** The certificate of one test point. */
export interface LogRow {
  /** The point's index in its data set. */
  readonly idx: number;
  /** The true class, an integer of at least 0. */
  readonly label: number;
  /** The class returned, or -1 where the smoothed classifier abstained. */
  readonly predict: number;
  /** The certified L2 radius for pixels in [0, 1]: at least 0, and 0 for an abstention. */
  readonly radius: number;
  /** Whether `predict` equals `label`; never so for an abstention. */
  readonly correct: boolean;
  /** Seconds spent on this point. Some foreign logs don't say. */
  readonly time?: number;
  /** The noise level of this point alone, above 0, in foreign logs that have one for each; never in ours. */
  readonly sigma?: number;
  /** Votes for `predict` among the `n` of the estimation. */
  readonly nA?: number;
  /** Noisy copies drawn for the estimation. */
  readonly n?: number;
  /** The lower confidence bound on the probability of class A, in [0, 1]. */
  readonly pALower?: number;
  /** The upper confidence bound on the probability of every other class, in [0, 1]; absent for the one-sided bound. */
  readonly pBUpper?: number;
  /** Votes of the selection; not empty. */
  readonly counts0?: SparseCounts;
  /** Votes of the estimation; not empty. */
  readonly counts?: SparseCounts;
  /** Checksum of the row and the header it was written under, see `sealOf`. */
  readonly check?: string;
}

/** The columns of our own logs, in their order. */
export const LOG_COLUMNS = [
  "idx",
  "label",
  "predict",
  "radius",
  "correct",
  "time",
  "nA",
  "n",
  "pALower",
  "pBUpper",
  "counts0",
  "counts",
  "check",
] as const satisfies readonly (keyof LogRow)[];

/** The columns without which a row says nothing about certified accuracy. */
export const REQUIRED_COLUMNS = ["idx", "label", "predict", "radius", "correct"] as const;

/** The row as a line of {@link LOG_COLUMNS}, without the line's end. Every number parses back to itself. */
export function formatRow(row: LogRow): string {
  return [
    row.idx,
    row.label,
    row.predict,
    row.radius,
    row.correct ? 1 : 0,
    row.time ?? "",
    row.nA ?? "",
    row.n ?? "",
    row.pALower ?? "",
    row.pBUpper ?? "",
    formatCounts(row.counts0),
    formatCounts(row.counts),
    row.check ?? "",
  ].join("\t");
}

/**
 * The row that a line holds: the inverse of {@link formatRow}, and the reader of other people's rows. Columns that are
 * not ours are passed over; only {@link REQUIRED_COLUMNS} must be there.
 *
 * @param where starts the message of an error, for instance `line 7`
 * @throws ArgumentError naming the column and the value found
 */
export function parseRow(line: string, columns: readonly string[] = LOG_COLUMNS, where = "parseRow"): LogRow {
  const values = line.split("\t");
  requireThat(values.length === columns.length, where, "row", `${columns.length} fields between tabs`, line);
  return rowOf(new Map(columns.map((column, i) => [column, values[i]])), where);
}

const ABSTENTION = -1;

/**
 * The row whose cells are given by column; an empty cell of an optional column counts as absent.
 *
 * @throws ArgumentError naming the column and the value found
 */
export function rowOf(cells: ReadonlyMap<string, string>, where: string): LogRow {
  const cell = (column: keyof LogRow): string => cells.get(column) ?? "";
  const integer = (column: keyof LogRow, min: number): number => parseInteger(cell(column), min, where, column);
  const real = (column: keyof LogRow, max: number): number => parseReal(cell(column), max, where, column);
  const row: { -readonly [K in keyof LogRow]: LogRow[K] } = {
    idx: integer("idx", 0),
    label: integer("label", 0),
    predict: integer("predict", -1),
    radius: real("radius", Number.MAX_VALUE),
    correct: parseFlag(cell("correct"), where, "correct"),
  };
  const rule = row.correct ? "0, since predict differs from label" : "1, since predict equals label";
  requireThat(row.correct === (row.predict === row.label), where, "correct", rule, cell("correct"));
  if (cell("time") !== "") row.time = parseTime(cell("time"), where);
  if (cell("sigma") !== "" && row.predict !== ABSTENTION) row.sigma = parseSigma(cell("sigma"), where);
  if (cell("nA") !== "") row.nA = integer("nA", 0);
  if (cell("n") !== "") row.n = integer("n", 1);
  if (cell("pALower") !== "") row.pALower = real("pALower", 1);
  if (cell("pBUpper") !== "") row.pBUpper = real("pBUpper", 1);
  if (cell("counts0") !== "") row.counts0 = parseCounts(cell("counts0"), where, "counts0");
  if (cell("counts") !== "") row.counts = parseCounts(cell("counts"), where, "counts");
  if (cell("check") !== "") row.check = cell("check");
  return row;
}
