import { LOG_COLUMNS } from "./row.js";

/**
 * The layouts of other people's logs, brought to ours: names of columns and forms of cells; docs/log-format.md has
 * their sources.
 */

/** A line's cells by column. */
export interface LogRecord {
  readonly line: number;
  readonly cells: ReadonlyMap<string, string>;
}

/** Columns that other tools name otherwise. */
const SYNONYMS: ReadonlyMap<string, string> = new Map([
  ["original_idx", "idx"],
  ["radius proved", "radius"],
]);

/** The columns under our names. One that is there under its own name keeps it. */
export function ownColumns(columns: readonly string[]): string[] {
  return columns.map((name) => {
    const own = SYNONYMS.get(name);
    return own === undefined || columns.includes(own) ? name : own;
  });
}

/** Whether these are the columns of a log of ours, whose cells are read as they are. */
export function isOwn(columns: readonly string[]): boolean {
  return columns.join() === LOG_COLUMNS.join();
}

/** What can be read of a foreign log's columns. */
const READ: ReadonlySet<string> = new Set([...LOG_COLUMNS, "sigma"]);

/** A sentence that names the columns that are not read; none where all are. */
export function ignoredColumns(columns: readonly string[]): string[] {
  const ignored = columns.filter((name) => !READ.has(name) && !isIndex(name));
  if (ignored.length === 0) return [];
  return [`columns that are not read: ${ignored.join(", ")}`];
}

/** The column of row numbers that pandas writes unless told not to. */
const isIndex = (name: string): boolean => name === "" || /^Unnamed: \d+$/.test(name);

const INTEGERS = ["idx", "label", "predict", "nA", "n"];
const WHOLE = /^(-?\d+)\.0*$/;
const FLAGS: ReadonlyMap<string, string> = new Map([
  ["true", "1"],
  ["false", "0"],
]);
/**
 * What henba1/randomized_smoothing predicts where the base classifier errs without noise: such a point is not
 * certified.
 */
const MISCLASSIFIED = "-2";

/** A record with its numbers as ours are written: `8.0` is 8, `True` is 1. */
export function plainCells({ line, cells }: LogRecord): LogRecord {
  const plain = new Map(cells);
  for (const column of INTEGERS) replace(plain, column, (text) => WHOLE.exec(text)?.[1] ?? text);
  replace(plain, "correct", (text) => FLAGS.get(text.toLowerCase()) ?? WHOLE.exec(text)?.[1] ?? text);
  replace(plain, "predict", (text) => (text === MISCLASSIFIED ? "-1" : text));
  return { line, cells: plain };
}

function replace(cells: Map<string, string>, column: string, change: (text: string) => string): void {
  const text = cells.get(column);
  if (text !== undefined) cells.set(column, change(text));
}

/** Records, and what their reader should know. */
export interface Readable {
  readonly records: readonly LogRecord[];
  readonly warnings: readonly string[];
}

/**
 * The records with a radius of 0 in place of none: an abstention's may be nan, empty (pandas' nan) or negative. In a
 * log that writes an abstention's so, a row that names a class without a radius abstains too.
 */
export function withRadii(records: readonly LogRecord[]): Readable {
  const none = records.filter(hasNoRadius);
  const abstaining = none.filter(abstains);
  if (abstaining.length === 0) return { records, warnings: [] };
  const named = none.length - abstaining.length;
  const counted = "they count as abstentions, like the others without one";
  const warning = `rows that name a class without a radius, ${named}: ${counted}`;
  return {
    records: records.map((record) => (hasNoRadius(record) ? asAbstention(record) : record)),
    warnings: named === 0 ? [] : [warning],
  };
}

const NO_RADIUS = /^([+-]?nan|-inf|-\d.*|-\.\d.*)?$/i;
const hasNoRadius = ({ cells }: LogRecord): boolean => NO_RADIUS.test(cells.get("radius") ?? "");
const abstains = ({ cells }: LogRecord): boolean => cells.get("predict") === "-1";

function asAbstention({ line, cells }: LogRecord): LogRecord {
  return { line, cells: new Map([...cells, ["predict", "-1"], ["radius", "0"], ["correct", "0"]]) };
}

/**
 * Whether `radius proved` is a flag: 1 where the radius asked for was proved, -1 for an abstention, as
 * `certify_ensemble_adaptive.py` prints it. The log then doesn't say which radius that was.
 */
export function provesUnnamedRadius(columns: readonly string[], records: readonly LogRecord[]): boolean {
  const certified = records.filter((record) => !abstains(record));
  const flagged = certified.length > 0 && certified.every(({ cells }) => cells.get("radius") === "1");
  return columns.includes("radius proved") && flagged;
}
