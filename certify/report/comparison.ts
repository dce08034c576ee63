/** Why the curves of several logs can't be compared as they stand. */
import { normName } from "../../src/core.js";
import { type LogHeader, normOf } from "../log/header.js";
import type { LogRow } from "../log/row.js";

/** A log as it is compared. */
export interface ComparedLog {
  /** Its name in messages. */
  readonly file: string;
  readonly rows: readonly Pick<LogRow, "idx" | "label">[];
  readonly header?: LogHeader | undefined;
}

/**
 * A sentence for each reason why a difference between the logs' curves is not the classifiers' alone: another norm,
 * other settings of the certification, other test points, other data. What logs without a header were made with stays
 * unknown and is not judged.
 */
export function comparisonWarnings(logs: readonly ComparedLog[]): string[] {
  return [
    ...settingWarning(logs, "norm", (header) => normName(normOf(header))),
    ...certificationWarnings(logs, "these curves are not comparable as they stand"),
    ...settingWarning(logs, "data", (header) => `${header.data.name} ${header.data.split}`),
    ...logs.slice(1).flatMap((log) => pointWarning(logs[0], log)),
  ];
}

/**
 * A sentence for each reason why the difference of two logs' certified accuracies on the same images is not the
 * classifiers' alone: another sigma, other settings of the certification, or settings that nothing records.
 */
export function pairingWarnings(logs: readonly ComparedLog[]): string[] {
  const consequence = "the difference is not the classifiers' alone";
  const unknown = logs.filter(({ header }) => header === undefined);
  return [
    ...(unknown.length === 0 ? [] : [unknownText(unknown)]),
    ...settingWarning(logs, "sigma", (header) => header.sigma, consequence),
    ...certificationWarnings(logs, consequence),
  ];
}

function unknownText(unknown: readonly ComparedLog[]): string {
  const files = unknown.map(({ file }) => file).join(", ");
  return `${files}: no header records sigma, n and alpha, which should be the same for all`;
}

/** Of settings by which the same votes, or as good ones, certify more or less. */
function certificationWarnings(logs: readonly ComparedLog[], consequence: string): string[] {
  return [
    ...settingWarning(logs, "alpha", (header) => header.alpha, consequence),
    ...settingWarning(logs, "n", (header) => header.n, consequence),
    ...settingWarning(logs, "n0", (header) => header.n0, consequence),
    ...settingWarning(logs, "bound", (header) => header.bound, consequence),
    ...settingWarning(logs, "interval", (header) => header.interval, consequence),
    ...precisionWarning(logs, consequence),
  ];
}

/**
 * Of logs that stopped at some precision and others: radii of the first may be short by as much. What logs that stopped
 * at radii of a list leave undecided is told with the figures.
 */
function precisionWarning(logs: readonly ComparedLog[], consequence: string): string[] {
  const stopOf = ({ stop }: LogHeader): string =>
    stop?.kind === "precision" ? `precision:${stop.precision}` : (stop?.kind ?? "none");
  const cut = logs.some(({ header }) => header?.stop?.kind === "precision");
  return cut ? settingWarning(logs, "stop", stopOf, consequence) : [];
}

function settingWarning(
  logs: readonly ComparedLog[],
  name: string,
  of: (header: LogHeader) => number | string,
  consequence = "these curves are not comparable as they stand",
): string[] {
  const users = new Map<number | string, string>();
  for (const { file, header } of logs) {
    if (header !== undefined && !users.has(of(header))) users.set(of(header), file);
  }
  if (users.size < 2) return [];
  const list = [...users].map(([value, file]) => `${value} in ${file}`).join(", ");
  return [`${name} differs (${list}): ${consequence}`];
}

function pointWarning(first: ComparedLog, other: ComparedLog): string[] {
  const known = new Set(first.rows.map(({ idx }) => idx));
  const common = other.rows.filter(({ idx }) => known.has(idx));
  const relabelled = relabelledImage(first, other);
  if (relabelled !== undefined) {
    const { idx, labels } = relabelled;
    const found = `idx ${idx} has label ${labels[0]} in ${first.file}, ${labels[1]} in ${other.file}`;
    return [`the logs are over different test sets: ${found}`];
  }
  if (common.length === known.size && common.length === other.rows.length) return [];
  const sizes = `${first.file} has ${known.size}, ${other.file} ${other.rows.length}`;
  return [`the logs are over different test points: ${sizes}, with ${common.length} in common`];
}

/** An image that has one label in one log and another in another. */
export interface Relabelled {
  readonly idx: number;
  readonly labels: readonly [number, number];
}

/** The first image of both logs whose labels differ. */
export function relabelledImage(first: ComparedLog, other: ComparedLog): Relabelled | undefined {
  const labels = new Map(first.rows.map(({ idx, label }) => [idx, label]));
  for (const { idx, label } of other.rows) {
    const known = labels.get(idx);
    if (known !== undefined && known !== label) return { idx, labels: [known, label] };
  }
  return undefined;
}
