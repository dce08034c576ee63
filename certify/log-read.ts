/**
 * Certification logs, ours and other people's: text to rows. A log is tab-separated with a header line that names the
 * columns, in any order; columns that are not ours are passed over.
 */
import { ArgumentError, FileError } from "../src/errors.js";
import { type LogRow, REQUIRED_COLUMNS, rowOf } from "./log-row.js";

/** What a log holds. */
export interface CertificationLog {
  /** The columns as the header line names them. */
  readonly columns: readonly string[];
  /** The rows in the order written, all indices distinct. */
  readonly rows: readonly LogRow[];
  /** What a reader of figures made from this log should know, a sentence each. */
  readonly warnings: readonly string[];
  /** The length of the text up to the end of its last complete row: all of it, but for a row cut off by a killed run. */
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
 * A last line without its newline that lacks fields was cut off when the run was killed: it is left out, with a warning.
 * Where the column `correct` is a running sum (the logs of Carlini et al. 2022, "(Certified!!) adversarial robustness
 * for free!"), it is replaced by predict == label, with a warning.
 *
 * @param file the file's name for messages
 * @throws FileError naming file, line, column and value, where a row is malformed, contradicts itself, or repeats an
 * index; where the text holds no row; where its columns are not those of a certification log
 */
export function parseLog(text: string, file: string, { allowEmpty = false }: ParseLogOptions = {}): CertificationLog {
  const lines = linesOf(text);
  if (allowEmpty && !(lines[0]?.ended ?? false)) return { columns: [], rows: [], warnings: [], completeLength: 0 };
  if (lines.length === 0) throw new FileError(file, "expected a certification log, found an empty file");
  const columns = columnsOf(lines[0], file);
  const last = lines.at(-1) as Line;
  const torn = lines.length > 1 && isTorn(last, columns, file);
  const complete = torn ? lines.slice(0, -1) : lines;
  const records = complete.slice(1).map((line) => recordOf(line, columns, file));
  const running = isRunningSum(records);
  const rows = records.map((record) => parseRecord(running ? withOwnCorrect(record) : record, file));
  if (rows.length === 0 && !allowEmpty) throw new FileError(file, "expected rows below the header line, found none");
  refuseRepeats(rows, records, file);
  return {
    columns,
    rows,
    warnings: warningsOf(file, running, torn, last),
    completeLength: torn ? last.start : text.length,
  };
}

/** One line of the text that is not blank. */
interface Line {
  readonly number: number;
  /** Where it begins in the text. */
  readonly start: number;
  readonly text: string;
  /** Whether a newline ends it. */
  readonly ended: boolean;
}

/** A line's cells by column. */
interface LogRecord {
  readonly line: number;
  readonly cells: ReadonlyMap<string, string>;
}

function linesOf(text: string): Line[] {
  let start = 0;
  const pieces = text.split("\n");
  const lines = pieces.map((piece, i) => {
    const line = { number: i + 1, start, text: piece.replace(/\r$/, ""), ended: i < pieces.length - 1 };
    start += piece.length + 1;
    return line;
  });
  return lines.filter((line) => line.text.trim() !== "");
}

function columnsOf(header: Line, file: string): string[] {
  const columns = header.text
    .replace(/^\uFEFF/, "")
    .split("\t")
    .map((name) => name.trim());
  const missing = REQUIRED_COLUMNS.filter((name) => !columns.includes(name));
  const repeated = columns.find((name, i) => name !== "" && columns.indexOf(name) !== i);
  const where = `line ${header.number}`;
  const found = JSON.stringify(header.text.slice(0, 80));
  if (missing.length === 1 && missing[0] === "radius") {
    const next = "Certified accuracy needs the log of a certification";
    throw new FileError(file, `${where}: this is a prediction log, without the column radius: ${found}. ${next}`);
  }
  if (missing.length > 0) {
    const wanted = `a header line with the columns ${REQUIRED_COLUMNS.join(", ")} between tabs`;
    throw new FileError(file, `${where}: expected ${wanted}, found no ${missing.join(", ")} in ${found}`);
  }
  if (repeated !== undefined) throw new FileError(file, `${where}: expected each column once, found ${repeated} twice`);
  return columns;
}

/**
 * Whether a run was killed while it wrote this line. Only a line without its newline can be torn: one that lacks a
 * field, or whose last one is malformed; of our own logs any such line, since its checksum may lack digits.
 */
function isTorn(line: Line, columns: readonly string[], file: string): boolean {
  if (line.ended) return false;
  if (columns.includes("check") || line.text.split("\t").length < columns.length) return true;
  const last = columns[columns.length - 1];
  const { cells } = recordOf(line, columns, file);
  if (cells.get(last) === "") return true;
  try {
    rowOf(cells, `line ${line.number}`);
    return false;
  } catch (error) {
    return error instanceof ArgumentError && error.argument === last;
  }
}

function recordOf(line: Line, columns: readonly string[], file: string): LogRecord {
  const values = line.text.split("\t");
  if (values.length !== columns.length) {
    const found = `${values.length}: ${JSON.stringify(line.text.slice(0, 80))}`;
    throw new FileError(file, `line ${line.number}: expected ${columns.length} fields between tabs, found ${found}`);
  }
  return { line: line.number, cells: new Map(columns.map((column, i) => [column, values[i].trim()])) };
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

function warningsOf(file: string, running: boolean, torn: boolean, last: Line): string[] {
  const warnings: string[] = [];
  if (running) {
    warnings.push(
      `${file}: the column correct is a running sum; whether a point is correct is taken from predict == label`,
    );
  }
  if (torn)
    warnings.push(`${file}: line ${last.number} was cut off before its end, as by a killed run; it is left out`);
  return warnings;
}
