import { isStopped } from "../certify/index.js";
import type { ReportedLog } from "./curve-report.js";

const COLUMNS = "label,file,radius,points,certified,certifiedAccuracy,lower,upper,undecided,atMost";

/**
 * The table of `smoothcert curve` as CSV (RFC 4180), unrounded: one row per log and radius. `certified` of `points`
 * images, with the interval of the confidence asked for; of a log that was stopped, how many of its images are
 * undecided and what certified accuracy would be with them.
 */
export function curveCsv(logs: readonly ReportedLog[]): string {
  return `${[COLUMNS, ...logs.flatMap(rowsOf)].join("\n")}\n`;
}

function rowsOf({ label, file, summary }: ReportedLog): string[] {
  const beyond = isStopped(summary)
    ? summary.radii.map(({ undecided, atMost }) => [undecided, atMost.accuracy])
    : summary.radii.map(({ accuracy }) => [0, accuracy]);
  return summary.radii.map(({ radius, count, accuracy, lower, upper }, i) =>
    [cell(label), cell(file), radius, summary.points, count, accuracy, lower, upper, ...beyond[i]].join(","),
  );
}

function cell(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
