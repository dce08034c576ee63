import { FileError, show } from "../../src/core.js";
import { functionsOf, unionOfFingerprints } from "../sampling/fingerprint.js";
import { headerDifferences, type LogHeader } from "./header.js";
import { formatRow, type LogRow } from "./row.js";
import { checkOf, headerIdentity } from "./seal.js";

/** A log in memory, under its name. */
export interface NamedLog {
  readonly name: string;
  readonly header: LogHeader;
  readonly rows: readonly LogRow[];
}

/** The union of some logs. */
export interface MergedLog extends Omit<NamedLog, "name"> {
  /** Rows that were there already, in another log, and agreed: as many audits. */
  readonly duplicates: number;
}

/**
 * One log of the rows of several that the same settings made: their union, in the order of `idx`, sealed under the
 * header of the one begun first, whose `max` is the largest of all. It is a log of all examples, whichever shards the
 * logs are. An image that several logs have must be the same in each, but for its time; it is taken from the first.
 * Where the machines that the headers list compute different functions, the header lists all of them.
 *
 * @param logs at least one
 * @throws FileError naming the log that differs in a setting, or in an image from one before it
 */
export function mergeLogs(logs: readonly NamedLog[]): MergedLog {
  const first = logs.reduce((earliest, log) => (log.header.created < earliest.header.created ? log : earliest));
  for (const log of logs) requireSameSettings(first, log);
  const header = wholeHeader(
    first.header,
    logs.map((log) => log.header),
  );
  const identity = headerIdentity(header);
  const rows = [...unionOf(logs).values()].map(({ row }) => ({ ...row, check: checkOf(row, identity) }));
  const duplicates = logs.reduce((sum, log) => sum + log.rows.length, 0) - rows.length;
  return { header, rows: rows.sort((a, b) => a.idx - b.idx), duplicates };
}

/** The first header as that of a log of everything that all of them speak of. */
function wholeHeader(first: LogHeader, headers: readonly LogHeader[]): LogHeader {
  const { shard: _, computedBy: __, ...content } = first;
  const computedBy = unionOfFingerprints(...headers.map((header) => header.computedBy));
  const max = Math.max(...headers.map((header) => header.max));
  return { ...content, max, ...(functionsOf(computedBy) > 1 && { computedBy }) };
}

function requireSameSettings(first: NamedLog, { name, header }: NamedLog): void {
  const { shard: _, ...there } = first.header;
  const { shard: __, ...here } = header;
  const list = headerDifferences(there, here).map(
    ({ field, logged, asked }) => `${field} ${show(asked)}, there ${show(logged)}`,
  );
  if (list.length > 0) throw new FileError(name, `was made with other settings than ${first.name}: ${list.join("; ")}`);
}

function unionOf(logs: readonly NamedLog[]): Map<number, { readonly row: LogRow; readonly from: string }> {
  const union = new Map<number, { readonly row: LogRow; readonly from: string }>();
  for (const { name, rows } of logs) {
    for (const row of rows) {
      const before = union.get(row.idx);
      if (before === undefined) union.set(row.idx, { row, from: name });
      else if (contentOf(before.row) !== contentOf(row)) {
        throw new FileError(name, `image ${row.idx} has another row than in ${before.from}: one of them is wrong`);
      }
    }
  }
  return union;
}

/** What two logs must agree in. */
function contentOf(row: LogRow): string {
  return formatRow({ ...row, time: 0, check: "" });
}
