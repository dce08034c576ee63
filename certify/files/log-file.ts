import { existsSync } from "node:fs";
import { firstIssue, readJson } from "../../src/files/json.js";
import { MAX_LOG_BYTES } from "../../src/files/limits.js";
import { readText } from "../../src/files/read.js";
import { FileError, show } from "../../src/index.js";
import { requireRowsOf } from "../log/consistency.js";
import { headerDifferences, type LogHeader, logHeaderSchema } from "../log/header.js";
import { type CertificationLog, parseLog } from "../log/read.js";
import { formatRow, LOG_COLUMNS, type LogRow } from "../log/row.js";
import { checkOf, headerCheck, headerIdentity } from "../log/seal.js";
import { headerPath, RowFile, wholeLines } from "./row-file.js";

/** Certification logs on disk: the rows in LOG.tsv, what they hold for in LOG.json beside it. */

/**
 * Reads a log as it is, ours or another tool's.
 *
 * @throws FileError if it is missing or malformed, see {@link parseLog}
 */
export async function readLog(path: string): Promise<CertificationLog> {
  return parseLog(await readLogText(path), path);
}

/** The text of a log. @throws FileError if it is missing */
export function readLogText(path: string): Promise<string> {
  return readText(path, "a certification log", MAX_LOG_BYTES);
}

/** A JSON file where a log's header would lie that is none: another tool's, or damaged beyond knowing. */
export class ForeignHeaderError extends FileError {}

/** A header as it lies on disk. */
export interface StoredHeader {
  readonly header: LogHeader;
  /** Whether its checksum is that of its content: whether it is as it was written. */
  readonly intact: boolean;
}

/**
 * Reads the header beside a log; undefined where there is none, as with other tools' logs.
 *
 * @throws FileError if it is a header of ours that is malformed, or claims more than this version makes
 * @throws ForeignHeaderError if it is no header of ours
 */
export async function readHeader(logPath: string): Promise<LogHeader | undefined> {
  return (await readStoredHeader(logPath))?.header;
}

/** Like {@link readHeader}, with the verdict of its checksum. */
export async function readStoredHeader(logPath: string): Promise<StoredHeader | undefined> {
  const path = headerPath(logPath);
  if (!existsSync(path)) return undefined;
  const value = await readJson(path, "a log header").catch((error: FileError) => {
    throw error.cause instanceof SyntaxError ? new ForeignHeaderError(path, error.problem, { cause: error }) : error;
  });
  const parsed = logHeaderSchema.safeParse(value);
  if (!parsed.success) {
    const problem = `expected a smoothcert log header; ${firstIssue(parsed.error)}`;
    const isForeign = parsed.error.issues[0].path[0] === "format";
    throw isForeign ? new ForeignHeaderError(path, problem) : new FileError(path, problem);
  }
  const stored = value as Record<string, unknown>;
  return { header: parsed.data, intact: stored.check === headerCheck(stored) };
}

/** A log that rows are appended to. */
export interface OpenLog {
  /** The rows that were there already, from an earlier run of the same command. */
  readonly rows: readonly LogRow[];
  /** Appends a row with its checksum and hands it to the operating system at once. */
  append(row: LogRow): void;
  close(): void;
}

/**
 * Begins a log, or goes on with one that the same settings made. Until it is closed no other process can open it.
 *
 * @throws FileError if the file there was made with other settings (naming each), or is no log of ours; if another
 *   process has it open (naming that); if the log can't be written. It is left as it is
 */
export function openLog(path: string, header: LogHeader): Promise<OpenLog> {
  return RowFile.open(path, async (file) => {
    const logged = await readHeader(path);
    const text = await file.text();
    const whole = wholeLines(text);
    const rows = text === "" ? [] : keptRows(path, whole, logged, header);
    const kept = rows.length > 0 ? logged : undefined;
    if (kept === undefined) await file.begin(withCheck(header), LOG_COLUMNS);
    else {
      if (header.max > kept.max) await file.writeHeader(withCheck({ ...kept, max: header.max }));
      if (whole.length < text.length) file.cutTo(whole);
    }
    const identity = headerIdentity(kept ?? header);
    return {
      rows,
      append: (row) => file.append(formatRow({ ...row, check: checkOf(row, identity) })),
      close: () => file.close(),
    };
  });
}

function withCheck(header: LogHeader): object {
  return { ...header, check: headerCheck(header) };
}

/** The rows of a log of ours. @param whole its complete lines */
function keptRows(path: string, whole: string, logged: LogHeader | undefined, asked: LogHeader): readonly LogRow[] {
  if (logged === undefined) {
    throw new FileError(
      path,
      `exists, without a header ${headerPath(path)} that says what it was made with; choose another --out`,
    );
  }
  const different = headerDifferences(logged, asked);
  if (different.length > 0) {
    const list = different.map(({ field, logged, asked }) => `${field} ${show(logged)}, now ${show(asked)}`);
    throw new FileError(
      path,
      `was made with other settings: ${list.join("; ")}. Choose another --out, or the same settings`,
    );
  }
  const { rows, columns } = parseLog(whole, path, { allowEmpty: true });
  if (rows.length > 0 && columns.join() !== LOG_COLUMNS.join()) {
    throw new FileError(path, `expected the columns ${LOG_COLUMNS.join(" ")}, found ${columns.join(" ")}`);
  }
  requireRowsOf(logged, rows, path);
  return rows;
}
