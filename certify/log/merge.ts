import { FileError, show } from "../../src/core.js";
import { headerDifferences, type LogHeader } from "./header.js";
import { formatRow, type LogRow } from "./row.js";
import { checkOf, headerIdentity } from "./seal.js";

/** A log in memory, under its name. */
export interface NamedLog {
  readonly name: string;
  readonly header: LogHeader;
  readonly rows: readonly LogRow[];
}

/**
 * One log of the rows of several that the same settings made: their union, in the order of `idx`, sealed under the
 * header of the one begun first, whose `max` is the largest of all. An image that several logs have must be the same in
 * each, but for its time; it is taken from the first.
 *
 * @param logs at least one
 * @throws FileError naming the log that differs in a setting, or in an image from one before it
 */
export function mergeLogs(logs: readonly NamedLog[]): Omit<NamedLog, "name"> {
  const first = logs.reduce((earliest, log) => (log.header.created < earliest.header.created ? log : earliest));
  for (const log of logs) requireSameSettings(first, log);
  const header = { ...first.header, max: Math.max(...logs.map((log) => log.header.max)) };
  const identity = headerIdentity(header);
  const rows = [...unionOf(logs).values()].map(({ row }) => ({ ...row, check: checkOf(row, identity) }));
  return { header, rows: rows.sort((a, b) => a.idx - b.idx) };
}

function requireSameSettings(first: NamedLog, { name, header }: NamedLog): void {
  const list = headerDifferences(first.header, header).map(
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
