import { appendFileSync, closeSync, existsSync, fsyncSync, openSync, truncateSync } from "node:fs";
import { mkdir, rename, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { firstIssue, readJson } from "../src/files/json.js";
import { MAX_LOG_BYTES } from "../src/files/limits.js";
import { readText } from "../src/files/read.js";
import { FileError, show } from "../src/index.js";
import { headerDifferences, type LogHeader, logHeaderSchema } from "./log-header.js";
import { type CertificationLog, parseLog } from "./log-read.js";
import { formatRow, LOG_COLUMNS, type LogRow } from "./log-row.js";
import { checkOf, headerCheck, headerIdentity } from "./log-seal.js";

/**
 * Certification logs on disk: the rows in LOG.tsv, what they hold for in LOG.json beside it. A row is one write, so a
 * killed run leaves whole rows and at most one torn line, which the next run cuts off.
 */

/** Where the header of a log lies: `certify.tsv` -> `certify.json`. */
export function headerPath(logPath: string): string {
  return `${logPath.replace(/\.(tsv|txt)$/, "")}.json`;
}

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

/** A header as it lies on disk. */
export interface StoredHeader {
  readonly header: LogHeader;
  /** Whether its checksum is that of its content: whether it is as it was written. */
  readonly intact: boolean;
}

/**
 * Reads the header beside a log; undefined where there is none, as with other tools' logs.
 *
 * @throws FileError if it is no header
 */
export async function readHeader(logPath: string): Promise<LogHeader | undefined> {
  return (await readStoredHeader(logPath))?.header;
}

/** Like {@link readHeader}, with the verdict of its checksum. */
export async function readStoredHeader(logPath: string): Promise<StoredHeader | undefined> {
  const path = headerPath(logPath);
  if (!existsSync(path)) return undefined;
  const value = await readJson(path, "a log header");
  const parsed = logHeaderSchema.safeParse(value);
  if (!parsed.success) {
    throw new FileError(path, `expected a smoothcert log header; ${firstIssue(parsed.error)}`);
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
 * Begins a log, or goes on with one that the same settings made.
 *
 * @throws FileError if the file there was made with other settings (naming each), or is no log of ours; it is left as it is
 */
export async function openLog(path: string, header: LogHeader): Promise<OpenLog> {
  const logged = await readHeader(path);
  const rows = existsSync(path) ? await keptRows(path, logged, header) : [];
  const kept = rows.length > 0 ? logged : undefined;
  if (kept === undefined) await beginLog(path, header);
  else if (header.max > kept.max) await writeHeader(path, { ...kept, max: header.max });
  const identity = headerIdentity(kept ?? header);
  const file = openSync(path, "a");
  return {
    rows,
    append: (row) => appendFileSync(file, `${formatRow({ ...row, check: checkOf(row, identity) })}\n`),
    close() {
      fsyncSync(file);
      closeSync(file);
    },
  };
}

async function beginLog(path: string, header: LogHeader): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeHeader(path, header);
  await writeAtomically(path, `${LOG_COLUMNS.join("\t")}\n`);
}

async function writeHeader(path: string, header: LogHeader): Promise<void> {
  const sealed = { ...header, check: headerCheck(header) };
  await writeAtomically(headerPath(path), `${JSON.stringify(sealed, undefined, 2)}\n`);
}

async function writeAtomically(path: string, text: string): Promise<void> {
  const temporary = `${path}.${process.pid}.tmp`;
  await writeFile(temporary, text);
  await rename(temporary, path);
}

/** The complete rows of a log of ours, after cutting off a torn last line. */
async function keptRows(path: string, logged: LogHeader | undefined, asked: LogHeader): Promise<readonly LogRow[]> {
  const text = await readLogText(path);
  if (text === "") return [];
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
  const whole = text.slice(0, text.lastIndexOf("\n") + 1);
  const { rows, columns } = parseLog(whole, path, { allowEmpty: true });
  if (rows.length > 0 && columns.join() !== LOG_COLUMNS.join()) {
    throw new FileError(path, `expected the columns ${LOG_COLUMNS.join(" ")}, found ${columns.join(" ")}`);
  }
  if (whole.length < text.length) truncateSync(path, Buffer.byteLength(whole));
  return rows;
}
