/** What `smoothcert curve --pa` shows: how probable the right class is under noise, over the images. */
import { countFrom, type PaDistribution, paDistribution, percentBelow } from "../certify/index.js";
import { FileError } from "../src/index.js";
import type { OpenedLog } from "./curve-logs.js";
import { logJson, logText, type ReportedLog } from "./curve-report.js";
import { table, warn } from "./print.js";

/** A log with its distribution of pA. */
export interface PaLog extends ReportedLog {
  readonly pa: PaDistribution;
}

const PROBABILITIES = [0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99, 0.999, 1];

/**
 * The logs that have a distribution of pA, with it; the others are named.
 *
 * @param logs in the order of `reported` @throws FileError if none has one
 */
export function withPa(logs: readonly OpenedLog[], reported: readonly ReportedLog[]): PaLog[] {
  const reason = "--pa needs the votes for each image, which only logs of smoothcert with their headers hold";
  const kept = logs.flatMap(({ file, rows, header }, i) => {
    const pa = paDistribution(rows, header);
    if (pa === undefined && logs.length > 1) warn(`${file}: left out, since ${reason}`);
    return pa === undefined ? [] : [{ ...reported[i], pa }];
  });
  if (kept.length === 0) throw new FileError(logs[0].file, reason);
  return kept;
}

/** The report for a person. */
export function paText(logs: readonly PaLog[]): string {
  const stops = logs.some(({ header }) => header?.stop !== undefined);
  return [
    ...logs.map(logText),
    "images right with a probability of at least p under noise, by the share of votes (%), rounded down",
    table([["p", ...PROBABILITIES.map(String)], ...logs.flatMap(paRows)]),
    ...(stops
      ? ["images of runs that stopped early have votes of fewer samples: near p = 1 both rows are coarse for them"]
      : []),
  ].join("\n\n");
}

function paRows({ label, pa, summary }: PaLog): string[][] {
  const cells = (steps: PaDistribution["proved"]): string[] =>
    PROBABILITIES.map((p) => percentBelow({ count: countFrom(steps, p) }, summary.points));
  return [
    [label, ...cells(pa.estimated)],
    ["  proved, each with probability 1 - alpha", ...cells(pa.proved)],
  ];
}

/** The report for a program. */
export function paJson(logs: readonly PaLog[], out: string): object {
  return { figure: out, logs: logs.map(({ pa, ...log }) => ({ ...logJson(log), pa })) };
}

/** The figure, as the text of an SVG file. */
export async function paFigure(logs: readonly PaLog[], title: string | undefined): Promise<string> {
  const { shareFigure } = await import("../src/plot/index.js");
  return shareFigure(
    logs.map(({ label, pa }) => ({ label, ...pa })),
    { title },
  );
}
