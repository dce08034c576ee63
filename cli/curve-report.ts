/** What `smoothcert curve` prints of its logs. */
import {
  ceilingOf,
  complementText,
  isStopped,
  type LogHeader,
  type LogSummary,
  percentAbove,
  percentAtLeast,
  percentBelow,
  radiusLabel,
  radiusText,
  type Statement,
  settingsText,
} from "../certify/index.js";
import { floorTo, nextDown, visibleLine } from "../src/index.js";
import { counted } from "../src/text/counted.js";
import { table } from "./print.js";

/** A log with its figures. */
export interface ReportedLog {
  readonly file: string;
  readonly label: string;
  readonly header: LogHeader | undefined;
  readonly summary: LogSummary;
  /** What the certificates say together at the radii of the summary. */
  readonly statements?: readonly Statement[] | undefined;
}

/** The report for a person: each log's figures, then certified accuracy at the radii asked for, all in one table. */
export function reportText(logs: readonly ReportedLog[], rho?: number): string {
  const radii = logs[0].summary.radii.map(({ radius }) => radiusText(radius));
  const accuracies = table([[radiusLabel(logs.map(({ header }) => header)), ...radii], ...logs.flatMap(accuracyRows)]);
  const parts = [...logs.map(logText), `certified accuracy (%), ${roundingText(logs)}`, accuracies];
  return [...parts, ...unlistedText(logs), ...logs.flatMap((log) => statementText(log, rho))].join("\n\n");
}

/** A log's certified accuracies, and if it was stopped what they would be at most. */
function accuracyRows({ label, summary }: ReportedLog): string[][] {
  const { points } = summary;
  if (!isStopped(summary)) return [[label, ...summary.radii.map((value) => percentBelow(value, points))]];
  return [
    [label, ...summary.radii.map((value) => percentAtLeast(value, points))],
    ["  at most, with its undecided images", ...summary.radii.map(({ atMost }) => percentAbove(atMost, points))],
  ];
}

function roundingText(logs: readonly ReportedLog[]): string {
  return logs.some(({ summary }) => isStopped(summary)) ? "rounded down ('at most': up)" : "rounded down";
}

function unlistedText(logs: readonly ReportedLog[]): string[] {
  const unlisted = logs.some(({ summary }) => isStopped(summary) && summary.radii.some(({ listed }) => !listed));
  return unlisted
    ? [">= at radii that are not in a log's --stop: it shows only how far its samples happened to go"]
    : [];
}

/** What a log's certificates prove together; nothing where that was not asked. */
function statementText({ label, header, summary, statements }: ReportedLog, rho?: number): string[] {
  if (statements === undefined) return [];
  const percent = (count: number): string => percentBelow({ count }, summary.points);
  return [
    `${visibleLine(label)}: truly robust with probability ${complementText(rho as number)} (%), rounded down`,
    table([
      [radiusLabel([header]), ...summary.radii.map(({ radius }) => radiusText(radius))],
      ["of these points, at each radius", ...statements.map(({ atLeast }) => percent(atLeast))],
      ["of these points, at all radii at once", ...statements.map(({ atLeastTogether }) => percent(atLeastTogether))],
      [
        "of the population, at each radius",
        ...statements.map(({ population }) => floorTo(Math.max(0, nextDown(100 * population)), 1)),
      ],
    ]),
  ];
}

/** The report for a program: everything that the figure shows, unrounded. */
export function reportJson(
  logs: readonly ReportedLog[],
  { confidence, rho, out }: { readonly confidence: number; readonly rho?: number; readonly out: string },
): object {
  return { confidence, ...(rho !== undefined && { rho }), figure: out, logs: logs.map(logJson) };
}

/** One log's part of {@link reportJson}. */
export function logJson({ file, label, header, statements, summary: { clean, ...summary } }: ReportedLog): object {
  return {
    file,
    label,
    ...settingsJson(header),
    cleanAccuracy: clean.accuracy,
    ...summary,
    ...(statements && { statements }),
  };
}

/** What a log was made with, for a program; nothing where no header tells. */
export function settingsJson(header: LogHeader | undefined): object {
  if (header === undefined) return {};
  const { sigma, n, alpha, stop } = header;
  return { sigma, n, alpha, ...(stop === undefined ? { largestRadius: ceilingOf(header) } : { stop }) };
}

/** What a log holds, in some lines. */
export function logText({ file, label, header, summary }: ReportedLog): string {
  const { points, abstentions } = summary;
  return [
    visibleLine(label === file ? file : `${label}: ${file}`),
    `  ${settingsText(header)}`,
    `  ${counted(points, "point")}, ${counted(abstentions, "abstention")}`,
    `  ${summaryText(summary)}`,
    ...precisionText(header),
  ].join("\n");
}

function summaryText(summary: LogSummary): string {
  const clean = `${percentBelow(summary.clean, summary.points)}%`;
  if (!isStopped(summary)) {
    const acr = `average certified radius (ACR) ${floorTo(summary.acr, 4)}`;
    return `clean accuracy ${clean}, ${acr}, which grows with n and alpha`;
  }
  const least = summary.clean.listed ? "" : "at least ";
  const reason = "since the log speaks only of the radii of its --stop";
  return `clean accuracy ${least}${clean}; no average certified radius (ACR), ${reason}`;
}

function precisionText(header: LogHeader | undefined): string[] {
  if (header?.stop?.kind !== "precision") return [];
  const { precision } = header.stop;
  return [`  radii, and with them ACR and curve, may be ${precision} short of what n samples would give, seldom more`];
}
