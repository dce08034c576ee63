/** Two logs compared image by image. */

import { FileError, normName } from "../../src/core.js";
import { type LogHeader, normOf } from "../log/header.js";
import type { LogRow } from "../log/row.js";
import { type Interval, isCertifiedRight } from "./curve.js";
import { isStopped, type LogSummary, summarizeLog } from "./log-summary.js";
import { mcnemarPValue, pairedInterval } from "./paired.js";
import { sharedImages } from "./shared-images.js";

/** A log that is compared. */
export interface PairedLog {
  /** Its name in messages. */
  readonly file: string;
  readonly rows: readonly LogRow[];
  /** Undefined for other tools' logs. */
  readonly header?: LogHeader | undefined;
}

/** The certified accuracies of two logs at one radius, with the interval of their difference. */
export interface PairedAccuracy extends Interval {
  readonly radius: number;
  /** Images that both certify right at the radius; that one of them does alone; that neither does. */
  readonly both: number;
  readonly onlyFirst: number;
  readonly onlySecond: number;
  readonly neither: number;
  /** Certified accuracy of the first less that of the second, in [-1, 1]. */
  readonly difference: number;
  /** McNemar's exact two-sided p-value, see `mcnemarPValue`. */
  readonly pValue: number;
  /** Images of the right class that count as not certified since their run stopped before that was known. */
  readonly undecidedFirst: number;
  readonly undecidedSecond: number;
}

/** What two logs say of each other. */
export interface PairedComparison {
  /** How many images both have: all that is compared. */
  readonly images: number;
  readonly radii: readonly PairedAccuracy[];
}

/**
 * Certified accuracy of two logs on the images that both have, radius by radius. Intervals and p-values are about the
 * choice of these images, if they are independent draws from one source: not about another training run, nor about the
 * failure probability alpha of each certificate. Each is for its radius by itself.
 *
 * @param radii in [0, infinity) @param confidence of each interval, in (0, 1); see `pairedInterval`
 * @throws FileError where the logs are about other data, labels or norms, or have no image in common
 * @throws ArgumentError for arguments out of range
 */
export function pairLogs(
  [first, second]: readonly [PairedLog, PairedLog],
  radii: readonly number[],
  confidence: number,
): PairedComparison {
  requireSameNorm(first, second);
  const shared = sharedImages([first, second]);
  const rows = [first, second].map((log) => sharedRows(log, shared));
  const open = [first, second].map(({ header }, i) => undecidedOf(summarizeLog(rows[i], header, radii, confidence)));
  return {
    images: shared.size,
    radii: radii.map((radius, i) => ({
      ...pairedAt(rows[0], rows[1], radius, confidence),
      undecidedFirst: open[0][i] ?? 0,
      undecidedSecond: open[1][i] ?? 0,
    })),
  };
}

function pairedAt(
  first: readonly LogRow[],
  second: readonly LogRow[],
  radius: number,
  confidence: number,
): Omit<PairedAccuracy, "undecidedFirst" | "undecidedSecond"> {
  const counts = { both: 0, onlyFirst: 0, onlySecond: 0, neither: 0 };
  for (const [i, row] of first.entries()) {
    const [a, b] = [row, second[i]].map((one) => isCertifiedRight(one, radius));
    if (a) counts[b ? "both" : "onlyFirst"] += 1;
    else counts[b ? "onlySecond" : "neither"] += 1;
  }
  const { onlyFirst, onlySecond } = counts;
  return {
    radius,
    ...counts,
    difference: (onlyFirst - onlySecond) / first.length,
    ...pairedInterval(onlyFirst, onlySecond, first.length, confidence),
    pValue: mcnemarPValue(onlyFirst, onlySecond),
  };
}

/** A log's rows of the shared images, in the order of their indices. */
export function sharedRows({ rows }: PairedLog, shared: ReadonlySet<number>): LogRow[] {
  return rows.filter(({ idx }) => shared.has(idx)).toSorted((a, b) => a.idx - b.idx);
}

function undecidedOf(summary: LogSummary): number[] {
  return isStopped(summary) ? summary.radii.map(({ undecided }) => undecided) : [];
}

/** @throws FileError naming the second where its radii are of another norm than the first's */
export function requireSameNorm(first: PairedLog, second: PairedLog): void {
  const [ours, theirs] = [first, second].map(({ header }) => normName(normOf(header)));
  if (ours === theirs) return;
  throw new FileError(second.file, `has ${theirs} radii, and ${first.file} ${ours} radii: these don't compare`);
}
