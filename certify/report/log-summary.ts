/** What is reported of a log, be its runs of a fixed number of samples or stopped by a rule. */

import type { LogHeader } from "../log/header.js";
import type { LogRow } from "../log/row.js";
import { theoremOfHeader, votesOf } from "../log/votes.js";
import { outcomesAt } from "../stop/outcome.js";
import { ABSTAIN, selectedClass } from "../theorem/decision.js";
import { abstentions, certifiedCount, isCertifiedRight } from "./curve.js";
import { accuracyAt, type CertifiedAccuracy, type CurveSummary, radiusGrid, summarizeCurve } from "./curve-summary.js";

/** Certified accuracy at one radius, of a log that `--stop radii:LIST` ended early. */
export interface StoppedAccuracy extends CertifiedAccuracy {
  /** Whether the radius is one of the list. At any other, the count shows how far the samples happened to go. */
  readonly listed: boolean;
  /** Images whose class A is the label, and of which the votes don't tell whether the radius can be certified. */
  readonly undecided: number;
  /** What certified accuracy would be if all of these were certified. */
  readonly atMost: CertifiedAccuracy;
}

/**
 * The figures of a log that `--stop radii:LIST` ended early. It speaks at the radii of the list, and so has neither a
 * curve nor an average certified radius.
 */
export interface StoppedSummary extends Pick<CurveSummary, "points" | "abstentions"> {
  /** At radius 0. */
  readonly clean: StoppedAccuracy;
  /** At the radii asked for. */
  readonly radii: readonly StoppedAccuracy[];
  /** At the radii of the list. */
  readonly outcomes: readonly StoppedAccuracy[];
}

/** The figures of one log. */
export type LogSummary = CurveSummary | StoppedSummary;

/** Whether a log speaks at a radius: at those of its list where one ended its runs early, at any elsewhere. */
export function speaksAt(header: LogHeader | undefined, radius: number): boolean {
  return header?.stop?.kind !== "radii" || header.stop.radii.includes(radius);
}

/** Whether a log speaks only at the radii of a list. */
export function isStopped(summary: LogSummary): summary is StoppedSummary {
  return "outcomes" in summary;
}

/**
 * The figures of a log: `summarizeCurve`, but for a log whose images ended once it was known which radii of a list are
 * certified.
 *
 * @param header undefined for other tools' logs
 * @param radii L2 radii in [0, infinity)
 * @param confidence of each interval by itself, in (0, 1); see `binomialInterval` for what it covers
 * @throws ArgumentError for no rows, arguments out of range, or votes that no run under the header ends with
 */
export function summarizeLog(
  rows: readonly LogRow[],
  header: LogHeader | undefined,
  radii: readonly number[],
  confidence: number,
): LogSummary {
  if (header?.stop?.kind !== "radii") return summarizeCurve(rows, radii, confidence);
  const list = header.stop.radii;
  const wanted = [...new Set([0, ...list, ...radii])];
  const undecided = undecidedAt(rows, header, wanted);
  const at = (radius: number): StoppedAccuracy => {
    const count = certifiedCount(rows, radius);
    const open = undecided[wanted.indexOf(radius)];
    return {
      ...accuracyAt(radius, count, rows.length, confidence),
      listed: speaksAt(header, radius),
      undecided: open,
      atMost: accuracyAt(radius, count + open, rows.length, confidence),
    };
  };
  return {
    points: rows.length,
    abstentions: abstentions(rows),
    clean: at(0),
    radii: radii.map(at),
    outcomes: list.map(at),
  };
}

/** How many images of the right class are, at each radius, neither certified nor known not to be certifiable. */
function undecidedAt(rows: readonly LogRow[], header: LogHeader, radii: readonly number[]): number[] {
  const open = rows.map((row) => openAt(row, header, radii));
  const isCertified = ({ correct, radius }: LogRow, wanted: number): boolean => correct && radius >= wanted;
  return radii.map((radius, i) => rows.filter((row, k) => open[k][i] && !isCertified(row, radius)).length);
}

/**
 * Which images are undecided at a radius: of the right class, neither certified nor known not to be certifiable, since
 * their run stopped before that was known. None are in logs that no list of radii ended early.
 *
 * @param header undefined for other tools' logs @param radius in [0, infinity)
 */
export function undecidedRows(rows: readonly LogRow[], header: LogHeader | undefined, radius: number): boolean[] {
  if (header?.stop?.kind !== "radii") return rows.map(() => false);
  return rows.map((row) => !isCertifiedRight(row, radius) && openAt(row, header, [radius])[0]);
}

/** At which radii nothing speaks against a certificate for the right class. Without votes, nothing does anywhere. */
function openAt(row: LogRow, header: LogHeader, radii: readonly number[]): boolean[] {
  const everywhere = (open: boolean): boolean[] => radii.map(() => open);
  if (!hasVotes(row, header)) return everywhere(row.correct || row.predict === ABSTAIN);
  const votes = votesOf(row, header);
  if (selectedClass(votes, header) !== row.label) return everywhere(false);
  const theorem = theoremOfHeader(header);
  if (theorem === undefined) return everywhere(true);
  return outcomesAt(radii, votes, header, theorem).map((outcome) => outcome !== "refuted");
}

/** Whether a row holds the votes that its certificate was derived from; those of other tools don't. */
export function hasVotes({ counts0, counts }: LogRow, { n0 }: Pick<LogHeader, "n0">): boolean {
  return counts !== undefined && (n0 === 0 || counts0 !== undefined);
}

/** The radii of a table of logs: those of their lists where any was stopped by one, else the grid of `radiusGrid`. */
export function tableRadii(logs: readonly { rows: readonly LogRow[]; header?: LogHeader | undefined }[]): number[] {
  const lists = logs.flatMap(({ header }) => (header?.stop?.kind === "radii" ? header.stop.radii : []));
  if (lists.length === 0) return radiusGrid(logs.flatMap(({ rows }) => rows));
  return [...new Set(lists)].sort((a, b) => a - b);
}
