/**
 * Certification logs, ours and other people's: text to rows. A log has its cells between tabs or commas, and a header
 * line that names the columns, in any order; columns that are not ours are passed over. Other people's cells may be
 * written otherwise than ours.
 */
import { ArgumentError, FileError } from "../../src/core.js";
import {
  ignoredColumns,
  isOwn,
  type LogRecord,
  ownColumns,
  plainCells,
  provesUnnamedRadius,
  type Readable,
  withRadii,
} from "./layout.js";
import { cellsOf, type Line, linesOf, type Separator, separatorName, separatorOf } from "./lines.js";
import { type LogRow, REQUIRED_COLUMNS, rowOf } from "./row.js";

/** What a log holds. */
export interface CertificationLog {
  /** The columns as the header line names them. */
  readonly columns: readonly string[];
  /** The rows in the order written, all indices distinct. */
  readonly rows: readonly LogRow[];
  /** What a reader of figures made from this log should know, a sentence each: also which columns were not read. */
  readonly warnings: readonly string[];
  /**
   * The length of the text up to the end of its last complete row: all of it, but for a row cut off by a killed run.
   */
  readonly completeLength: number;
}

/** How to read a log. */
export interface ParseLogOptions {
  /**
   * Whether a log without a row (or cut off within its header line) is read as one of no rows rather than refused.
   * @defaultValue false
   */
  readonly allowEmpty?: boolean;
}

/**
 * The rows of a certification log's text.
 *
 * A last line without its newline that lacks fields was cut off when the run was killed: it is left out, with a
 * warning. Where the column `correct` is a running sum (the logs of Carlini et al. 2022, "(Certified!!) adversarial
 * robustness for free!"), it is replaced by predict == label, with a warning. docs/log-format.md lists the layouts that
 * are read.
 *
 * @param file the file's name for messages
 * @throws FileError naming file, line, column and value, where a row is malformed, contradicts itself, or repeats an
 * index; where the text holds no row; where its columns are not those of a certification log
 */
export function parseLog(text: string, file: string, { allowEmpty = false }: ParseLogOptions = {}): CertificationLog {
  const lines = linesOf(text);
  if (allowEmpty && !(lines[0]?.ended ?? false)) return { columns: [], rows: [], warnings: [], completeLength: 0 };
  if (lines.length === 0) throw new FileError(file, "expected a certification log, found an empty file");
  const table = tableOf(lines[0], file);
  const last = lines.at(-1) as Line;
  const torn = lines.length > 1 && isTorn(last, table, file);
  const complete = torn ? lines.slice(0, -1) : lines;
  const read = readable(
    complete.slice(1).map((line) => recordOf(line, table, file)),
    table,
    file,
  );
  const rows = read.records.map((record) => parseRecord(record, file));
  if (rows.length === 0 && !allowEmpty) throw new FileError(file, "expected rows below the header line, found none");
  refuseRepeats(rows, read.records, file);
  const tornWarning = `line ${last.number} was cut off before its end, as by a killed run; it is left out`;
  return {
    columns: table.columns,
    rows,
    warnings: [...read.warnings, ...(torn ? [tornWarning] : [])].map((warning) => `${file}: ${warning}`),
    completeLength: torn ? last.start : text.length,
  };
}

/** The layout of a log. */
interface Table {
  /** The columns as the header line names them, */
  readonly columns: readonly string[];
  /** and under our names. */
  readonly names: readonly string[];
  readonly separator: Separator;
}

/** The records with cells that {@link rowOf} reads. */
function readable(records: readonly LogRecord[], { columns, names }: Table, file: string): Readable {
  const plain = isOwn(columns) ? records : records.map(plainCells);
  if (provesUnnamedRadius(columns, plain)) throw unnamedRadius(columns, file);
  const running = isRunningSum(plain);
  const correct = running ? plain.map(withOwnCorrect) : plain;
  const { records: whole, warnings } = isOwn(columns) ? { records: correct, warnings: [] } : withRadii(correct);
  const sum = "the column correct is a running sum; whether a point is correct is taken from predict == label";
  return { records: whole, warnings: [...(running ? [sum] : []), ...warnings, ...ignoredColumns(names)] };
}

function unnamedRadius(columns: readonly string[], file: string): FileError {
  const column = columns.indexOf("radius proved") + 1;
  const fill = `awk -F'\\t' -v OFS='\\t' -v r=RADIUS 'NR>1 && $${column}==1 {$${column}=r} 1' ${file} > filled.tsv`;
  return new FileError(
    file,
    "the column radius proved holds 1 where the radius asked for was proved, without saying which that was. " +
      `Write it there (the run's --radius_to_certify): ${fill}`,
  );
}

function tableOf(header: Line, file: string): Table {
  const separator = separatorOf(header.text);
  const columns = cellsOf(header.text.replace(/^\uFEFF/, ""), separator);
  const names = ownColumns(columns);
  const missing = REQUIRED_COLUMNS.filter((name) => !names.includes(name));
  const repeated = names.find((name, i) => name !== "" && names.indexOf(name) !== i);
  const where = `line ${header.number}`;
  const found = JSON.stringify(header.text.slice(0, 80));
  if (missing.length === 1 && missing[0] === "radius") {
    const next = "Certified accuracy needs the log of a certification";
    throw new FileError(file, `${where}: this is a prediction log, without the column radius: ${found}. ${next}`);
  }
  if (missing.length > 0) {
    const wanted = `a header line with the columns ${REQUIRED_COLUMNS.join(", ")} between ${separatorName(separator)}`;
    throw new FileError(file, `${where}: expected ${wanted}, found no ${missing.join(", ")} in ${found}`);
  }
  if (repeated !== undefined) throw new FileError(file, `${where}: expected each column once, found ${repeated} twice`);
  return { columns, names, separator };
}

/**
 * Whether a run was killed while it wrote this line. Only a line without its newline can be torn: one that lacks a
 * field, or whose last one is malformed; of our own logs any such line, since its checksum may lack digits.
 */
function isTorn(line: Line, table: Table, file: string): boolean {
  if (line.ended) return false;
  const { names, separator } = table;
  if (names.includes("check") || cellsOf(line.text, separator).length < names.length) return true;
  const last = names[names.length - 1];
  const { cells } = plainCells(recordOf(line, table, file));
  if (cells.get(last) === "") return true;
  try {
    rowOf(cells, `line ${line.number}`);
    return false;
  } catch (error) {
    return error instanceof ArgumentError && error.argument === last;
  }
}

function recordOf(line: Line, { names, separator }: Table, file: string): LogRecord {
  const values = cellsOf(line.text, separator);
  if (values.length !== names.length) {
    const expected = `${names.length} fields between ${separatorName(separator)}`;
    const found = `${values.length}: ${JSON.stringify(line.text.slice(0, 80))}`;
    throw new FileError(file, `line ${line.number}: expected ${expected}, found ${found}`);
  }
  return { line: line.number, cells: new Map(names.map((name, i) => [name, values[i]])) };
}

function parseRecord({ line, cells }: LogRecord, file: string): LogRow {
  try {
    return rowOf(cells, `line ${line}`);
  } catch (error) {
    if (error instanceof ArgumentError) throw new FileError(file, error.message, { cause: error });
    throw error;
  }
}

/** Whether `correct` counts the right predictions so far, and not whether each is right. */
function isRunningSum(records: readonly LogRecord[]): boolean {
  let sum = 0;
  let differs = false;
  for (const { cells } of records) {
    const right = isRight(cells) ? 1 : 0;
    sum += right;
    if (cells.get("correct") !== String(sum)) return false;
    if (sum !== right) differs = true;
  }
  return differs;
}

const isRight = (cells: ReadonlyMap<string, string>): boolean => cells.get("predict") === cells.get("label");

function withOwnCorrect({ line, cells }: LogRecord): LogRecord {
  return { line, cells: new Map([...cells, ["correct", isRight(cells) ? "1" : "0"]]) };
}

function refuseRepeats(rows: readonly LogRow[], records: readonly LogRecord[], file: string): void {
  const seen = new Map<number, number>();
  rows.forEach(({ idx }, i) => {
    const { line } = records[i];
    const first = seen.get(idx);
    if (first !== undefined) {
      throw new FileError(file, `line ${line}: expected each idx once, found ${idx} again, which line ${first} holds`);
    }
    seen.set(idx, line);
  });
}
