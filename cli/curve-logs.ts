/** The logs that `curve` and `compare` are called with. */
import { basename } from "node:path";
import {
  type AlignedLogs,
  ForeignHeaderError,
  type LogHeader,
  type LogRow,
  noiseText,
  plannedCount,
  readLog,
  readStoredHeader,
  requireRowsOf,
  requireUnchanged,
  type StoredHeader,
} from "../certify/index.js";
import { FileError, requireThat } from "../src/index.js";
import { counted } from "../src/text/counted.js";
import { warn } from "./print.js";

/** A log as it was read. */
export interface OpenedLog {
  readonly file: string;
  readonly rows: readonly LogRow[];
  readonly header: LogHeader | undefined;
}

/**
 * Reads a log with its header, and refuses one of ours that was changed after it was written. A file that is no header
 * of ours costs the log its settings, not its curve: another tool's file may have that name.
 */
async function openLog(file: string): Promise<OpenedLog> {
  const { stored, ...log } = await readAsItIs(file);
  if (stored !== undefined) requireUnchanged(file, stored, log.rows);
  return log;
}

/** Like {@link openLog}, for what audits the log and says what it finds: that it was changed, too. */
export async function openAuditedLog(file: string): Promise<OpenedLog> {
  const { stored, ...log } = await readAsItIs(file);
  if (stored !== undefined) requireRowsOf(stored.header, log.rows, file);
  return log;
}

async function readAsItIs(file: string): Promise<OpenedLog & { readonly stored: StoredHeader | undefined }> {
  const { rows, warnings } = await readLog(file);
  for (const warning of warnings) warn(warning);
  const stored = await readStoredHeader(file).catch((error: unknown) => {
    if (!(error instanceof ForeignHeaderError)) throw error;
    warn(`${error.message}; it is ignored`);
    return undefined;
  });
  return { file, rows, header: stored?.header, stored };
}

/** The same of logs whose run may still go on, or was interrupted: a warning says how far they have come. */
export async function openLogSoFar(file: string): Promise<OpenedLog> {
  const log = await openLog(file);
  const progress = unfinished(log);
  if (progress !== undefined) warn(`${file}: ${progress}`);
  return log;
}

/** @throws FileError for a log that its run has not finished */
export async function openWholeLog(file: string): Promise<OpenedLog> {
  const log = await openLog(file);
  const progress = unfinished(log);
  if (progress !== undefined) throw new FileError(file, `${progress}. Run the command that wrote it again: it goes on`);
  return log;
}

/** How far a run has come that is not at its end; undefined of other logs, and where no header tells. */
function unfinished({ header, rows }: OpenedLog): string | undefined {
  if (header === undefined) return undefined;
  const planned = plannedCount(header.data.length, header, header.shard);
  if (rows.length >= planned) return undefined;
  return `holds ${rows.length} of ${planned} images: its run is not finished, and these may not be like the others`;
}

/** The names of logs: those of the option where it is given. @param command,option in messages */
export function labelsOf(
  logs: readonly OpenedLog[],
  text: string | undefined,
  command: string,
  option = "--labels",
): string[] {
  if (text === undefined) return defaultLabels(logs);
  const labels = text.split(",").map((label) => label.trim());
  const rule = `${logs.length} names separated by commas`;
  requireThat(labels.length === logs.length && labels.every((label) => label !== ""), command, option, rule, text);
  return labels;
}

/** The model's name and sigma, or the file's name where no header tells them; the whole path where these coincide. */
function defaultLabels(logs: readonly OpenedLog[]): string[] {
  const names = logs.map(({ file, header }) =>
    // Other tools' logs may have no extension, and a sigma at the end: sigma_0.25.
    header ? `${header.model.name}, ${noiseText(header)}` : basename(file).replace(/\.(tsv|txt)$/, ""),
  );
  return names.map((name, i) => (names.indexOf(name) === names.lastIndexOf(name) ? name : logs[i].file));
}

/** How logs are to be made comparable. */
export interface Alignment {
  readonly align?: true | undefined;
  readonly alpha?: number | undefined;
}

/** Refuses an alpha that nothing is derived at. @param command in messages */
export function requireAlignment({ align, alpha }: Alignment, command: string): void {
  requireThat(align || alpha === undefined, command, "--alpha", "left out without --align", alpha);
  const fits = alpha === undefined || (alpha > 0 && alpha <= 0.5);
  requireThat(fits, command, "--alpha", "in (0, 1/2]", alpha);
}

/** What was done to aligned logs, for a person. */
export function alignmentText(aligned: AlignedLogs | undefined): string[] {
  if (aligned === undefined) return [];
  const images =
    aligned.logs.length === 1
      ? counted(aligned.images, "image")
      : `${counted(aligned.images, "image")} common to all logs`;
  return [`derived again at alpha = ${aligned.alpha}: ${images}`];
}

/** The same for a program. */
export function alignmentJson(aligned: AlignedLogs | undefined): object {
  return aligned === undefined ? {} : { aligned: { alpha: aligned.alpha, images: aligned.images } };
}
