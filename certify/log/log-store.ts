import { FileError, show } from "../../src/core.js";
import { unionOfFingerprints } from "../sampling/fingerprint.js";
import { headerDifferences, type LogHeader } from "./header.js";
import type { LogRow } from "./row.js";

/**
 * The contract of a place that a certification's rows go to: a file, memory, a queue. What is stored is a header and
 * rows that are sealed under it; a run goes on where an earlier one of the same settings stopped.
 */
export interface LogStore {
  /** Names it in messages: the path of a file. */
  readonly name: string;
  /**
   * Begins a log of this header, or opens the one that is there for more rows; one without a row counts as none. The
   * stored header stays as it was, but for `max` and `computedBy`, which grow.
   *
   * @throws FileError if the log there was made with other settings (naming each), or is no log of ours; if somebody
   *   else
   *   writes to it; if it can't be written to. It is left as it is
   */
  open(header: LogHeader): Promise<OpenLog>;
}

/** A log that rows are appended to. */
export interface OpenLog {
  /** The rows that were there already, from an earlier run. */
  readonly rows: readonly LogRow[];
  /** Appends a row with its checksum; when this returns, no end of this process loses it. */
  append(row: LogRow): void;
  /** Ends the appending; nobody else can open the log before. */
  close(): void;
}

/**
 * The header under which rows of the one asked for may follow those of the one stored: the stored one itself, unless it
 * grows.
 *
 * @param name of the log, for messages @throws FileError if they differ in a setting, naming each
 */
export function continuedHeader(stored: LogHeader, asked: LogHeader, name: string): LogHeader {
  const different = headerDifferences(stored, asked);
  if (different.length > 0) {
    const list = different.map(({ field, logged, asked }) => `${field} ${show(logged)}, now ${show(asked)}`);
    const isOther = different.some(({ field }) => field === "model.hash");
    const why = isOther ? " (the model's hash changes when it is trained on, and with how it is fed)" : "";
    throw new FileError(
      name,
      `was made with other settings: ${list.join("; ")}. Choose another --out, or the same settings${why}`,
    );
  }
  const max = Math.max(stored.max, asked.max);
  const computedBy = unionOfFingerprints(stored.computedBy, asked.computedBy);
  if (max === stored.max && computedBy.length === (stored.computedBy ?? []).length) return stored;
  return { ...stored, max, ...(computedBy.length > 0 && { computedBy }) };
}
