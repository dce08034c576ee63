import { existsSync } from "node:fs";
import { firstIssue, readJson } from "../../src/files/json.js";
import { MAX_LOG_BYTES } from "../../src/files/limits.js";
import { readText } from "../../src/files/read.js";
import { FileError } from "../../src/index.js";
import { changedCell } from "../audit/change.js";
import { requireRowsOf } from "../log/consistency.js";
import { type LogHeader, logHeaderSchema, type StoredHeader } from "../log/header.js";
import { continuedHeader, type LogStore, type OpenLog } from "../log/log-store.js";
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

/**
 * Refuses a log that was changed after it was written: a header or a row with another checksum than that of its
 * content, and a row whose certificate doesn't follow from its votes. It needs neither model nor data.
 *
 * @param path of the log, for messages @throws FileError naming the header, or the image and the column
 */
export function requireUnchanged(path: string, { header, intact }: StoredHeader, rows: readonly LogRow[]): void {
  requireRowsOf(header, rows, path);
  const changed = "was changed after it was written, and is refused";
  const next = "Take the file as it was written: 'smoothcert audit' lists everything that is wrong with it";
  if (!intact) throw new FileError(headerPath(path), `${changed}. ${next}`);
  const finding = changedCell(rows, header);
  if (finding === undefined) return;
  throw new FileError(path, `${changed}: image ${finding.idx}, ${finding.field}: ${finding.message}. ${next}`);
}

/**
 * A log in a file, with its header beside it: until it is closed no other process can open it, and a row is handed to
 * the operating system at once.
 *
 * @param path of the log @throws FileError, from `open`, also where no regular file may be
 */
export function fileLogStore(path: string): LogStore {
  return { name: path, open: (header) => RowFile.open(path, (file) => opened(file, path, header)) };
}

/**
 * Writes a whole log in the place of what is there, header and rows as they are.
 *
 * @throws FileError if another process has it open, or where no regular file may be
 */
export async function writeLog(path: string, header: LogHeader, rows: readonly LogRow[]): Promise<void> {
  const written = await RowFile.open(path, async (file) => {
    await file.begin(withCheck(header), LOG_COLUMNS, rows.map(formatRow));
    return file;
  });
  written.close();
}

async function opened(file: RowFile, path: string, asked: LogHeader): Promise<OpenLog> {
  const stored = await readStoredHeader(path);
  const text = await file.text();
  const whole = wholeLines(text);
  const { rows, header } = text === "" ? { rows: [], header: asked } : keptRows(path, whole, stored, asked);
  if (rows.length === 0) await file.begin(withCheck(header), LOG_COLUMNS);
  else {
    if (header !== stored?.header) await file.writeHeader(withCheck(header));
    if (whole.length < text.length) file.cutTo(whole);
  }
  const identity = headerIdentity(header);
  return {
    rows,
    append: (row) => file.append(formatRow({ ...row, check: checkOf(row, identity) })),
    close: () => file.close(),
  };
}

function withCheck(header: LogHeader): object {
  return { ...header, check: headerCheck(header) };
}

/** The rows of a log of ours, and the header under which more may follow. @param whole its complete lines */
function keptRows(
  path: string,
  whole: string,
  stored: StoredHeader | undefined,
  asked: LogHeader,
): { readonly rows: readonly LogRow[]; readonly header: LogHeader } {
  if (stored === undefined) {
    throw new FileError(
      path,
      `exists, without a header ${headerPath(path)} that says what it was made with; choose another --out`,
    );
  }
  const header = continuedHeader(stored.header, asked, path);
  const { rows, columns } = parseLog(whole, path, { allowEmpty: true });
  if (rows.length === 0) return { rows, header: asked };
  if (columns.join() !== LOG_COLUMNS.join()) {
    throw new FileError(path, `expected the columns ${LOG_COLUMNS.join(" ")}, found ${columns.join(" ")}`);
  }
  requireUnchanged(path, stored, rows);
  return { rows, header };
}
