import { Command } from "commander";
import {
  type AlignedLogs,
  alignLogs,
  ceilingOf,
  certifiedCount,
  comparisonWarnings,
  isStopped,
  type LogHeader,
  type LogRow,
  levelText,
  radiusLabel,
  type Statement,
  statementOf,
  summarizeLog,
  tableRadii,
  unitsOf,
} from "../certify/index.js";
import { requireThat, requireWritable, writeWhole } from "../src/index.js";
import type { AccuracySeries } from "../src/plot/index.js";
import { curveCsv } from "./curve-csv.js";
import { alignmentJson, alignmentText, labelsOf, openLogSoFar, requireAlignment } from "./curve-logs.js";
import { type PaLog, paFigure, paJson, paText, withPa } from "./curve-pa.js";
import { type ReportedLog, reportJson, reportText } from "./curve-report.js";
import { helpWidth } from "./help.js";
import { logsAt } from "./log-at.js";
import { number, numberList, outputName, requireRadii } from "./options.js";
import { print, warn } from "./print.js";

export interface CurveOptions {
  readonly radii?: number[];
  readonly out: string;
  readonly labels?: string;
  readonly confidence: number;
  readonly rho?: number;
  readonly align?: true;
  readonly alpha?: number;
  readonly title?: string;
  readonly pa?: true;
  readonly csv?: string;
  readonly json?: true;
}

/** What a drawing in a terminal needs and takes: columns, and logs. */
const NARROWEST = 40;
const MOST_DRAWN = 9;

const HELP = `
Certified accuracy at radius r is the fraction of test points that are
classified correctly with a certified radius of at least r; abstentions count as
wrong. Percentages and radii are rounded down, never up. (Logs of other tools
hold radii rounded to nearest, so that about half of them are above the
certified value; that can't be undone here.)
The bands show, at each radius by itself, the uncertainty from the choice of the
test points, but not that of training, and not alpha.
In a terminal the curve is also drawn in characters, below the table.
A log of 'certify --stop radii:LIST' speaks only of the radii in LIST: it is drawn
as points, with what accuracy would be at most if its undecided images were
certified, and has no average certified radius. At other --radii more of its
images may be certified than it shows, which '>=' says.
Curves at different n, n0 or alpha, by different bounds or intervals, or over
different images, don't compare. --align derives the radii again from the votes
at one alpha, on the images that all logs have; all else stays as it is.
--rho subtracts the certificates that may have failed, as each does with
probability at most alpha (docs/soundness.md).

The average certified radius (ACR) grows with n and alpha, and a few easy images
can decide it: Sun et al. (ICML 2025, arXiv 2410.06895) show how it misleads, and
report the distribution of pA. --pa shows it: the share of images that are right
with a probability of at least p under noise, as the votes estimate it and as
the lower confidence bound proves it. It takes votes, which only our logs hold.

Examples:
  smoothcert curve runs/maxup/certify.tsv
  smoothcert curve runs/*/certify.tsv foreign.tsv --radii 0,0.25,0.5 --out curve.svg
  smoothcert curve runs/*/certify.tsv --align --alpha 0.001
  smoothcert curve runs/*/certify.tsv --radii 0,0.5,1 --csv curve.csv
  smoothcert curve runs/*/certify.tsv --pa --out pa.svg`;

/** `smoothcert curve LOG...`: certified accuracy against radius, as a table and as a figure. */
export function curveCommand(): Command {
  return new Command("curve")
    .description("show certified accuracy against radius, as a table and a figure, from one or more logs")
    .argument(
      "<logs...>",
      "logs or run folders, of smoothcert or other tools (columns: idx label predict radius correct)",
      logsAt,
    )
    .optionsGroup("Table and figure:")
    .option("--radii <list>", "radii of the table, e.g. 0,0.25,64/255; by default a grid", numberList("--radii"))
    .option("--labels <list>", "a name for each log, separated by commas; by default the model's, or the file's")
    .option("--title <text>", "title of the figure")
    .option("--pa", "show the distribution of pA, the right class's probability under noise, instead of radii")
    .optionsGroup("Statistics:")
    .option("--confidence <c>", "confidence level of the bands, in (0, 1)", number("--confidence"), 0.95)
    .option("--align", "derive all logs again at one alpha, on the images that all of them have (logs of smoothcert)")
    .option("--alpha <a>", "that alpha; by default the smallest of the logs", number("--alpha"))
    .option("--rho <p>", "also show what all certificates prove together with probability 1 - p", number("--rho"))
    .optionsGroup("Output:")
    .option("--out <file>", "the figure", outputName("--out"), "curve.svg")
    .option("--csv <file>", "the table, unrounded: one row per log and radius", outputName("--csv"))
    .option("--json", "print everything as one JSON object")
    .addHelpText("after", HELP)
    .action(drawCurves);
}

/** Prints and draws the curves of logs. */
export async function drawCurves(files: readonly string[], options: CurveOptions): Promise<void> {
  requireOptions(options);
  const opened = await Promise.all(files.map(openLogSoFar));
  const aligned = options.align ? alignLogs(opened, options.alpha) : undefined;
  const logs = aligned?.logs ?? opened;
  const labels = labelsOf(logs, options.labels, "curve");
  for (const warning of comparisonWarnings(logs)) warn(warning);
  const radii = options.radii ?? tableRadii(logs);
  const reported = logs.map(({ file, rows, header }, i) => ({
    file,
    label: labels[i],
    header,
    summary: summarizeLog(rows, header, radii, options.confidence),
    statements: statementsOf(file, rows, header, radii, options.rho),
  }));
  if (options.pa) return showPa(withPa(logs, reported), options, aligned);
  await writeWhole(options.out, await figureOf(reported, options));
  if (options.csv !== undefined) await writeWhole(options.csv, curveCsv(reported));
  const drawn = options.json ? [] : await drawnInTerminal(reported);
  show(options, aligned, {
    json: () => reportJson(reported, options),
    text: () => [reportText(reported, options.rho), ...drawn].join("\n\n"),
  });
}

async function showPa(logs: readonly PaLog[], options: CurveOptions, aligned: AlignedLogs | undefined): Promise<void> {
  await writeWhole(options.out, await paFigure(logs, options.title));
  show(options, aligned, { json: () => paJson(logs, options.out), text: () => paText(logs) });
}

/** Prints a report, in one form or the other, with what was done to the logs. */
function show(
  { json, out }: CurveOptions,
  aligned: AlignedLogs | undefined,
  report: { readonly json: () => object; readonly text: () => string },
): void {
  if (json) print(JSON.stringify({ ...alignmentJson(aligned), ...report.json() }));
  else print([...alignmentText(aligned), report.text(), `figure: ${out}`].join("\n\n"));
}

function requireOptions({ radii, confidence, out, rho, pa, align, alpha, csv }: CurveOptions): void {
  requireAlignment({ align, alpha }, "curve");
  requireThat(!pa || radii === undefined, "curve", "--radii", "left out with --pa", radii);
  requireThat(!pa || rho === undefined, "curve", "--rho", "left out with --pa", rho);
  requireThat(!pa || csv === undefined, "curve", "--csv", "left out with --pa", csv);
  requireRadii("curve", radii);
  requireThat(rho === undefined || (rho > 0 && rho <= 0.5), "curve", "--rho", "in (0, 1/2]", rho);
  requireThat(confidence > 0 && confidence < 1, "curve", "--confidence", "in (0, 1)", confidence);
  requireThat(out.endsWith(".svg"), "curve", "--out", "a file name that ends in .svg", out);
  requireThat(csv === undefined || csv.endsWith(".csv"), "curve", "--csv", "a file name that ends in .csv", csv);
  requireWritable(out);
  if (csv !== undefined) requireWritable(csv);
}

/** What the log proves at the radii; undefined without --rho, or without a header that tells alpha. */
function statementsOf(
  file: string,
  rows: readonly LogRow[],
  header: LogHeader | undefined,
  radii: readonly number[],
  rho: number | undefined,
): readonly Statement[] | undefined {
  if (rho === undefined) return undefined;
  if (header === undefined) {
    warn(`${file}: no header records alpha, so --rho can't say what its certificates prove together`);
    return undefined;
  }
  return radii.map((radius) => statementOf(certifiedCount(rows, radius), rows.length, header.alpha, rho));
}

async function figureOf(logs: readonly ReportedLog[], { title, confidence }: CurveOptions): Promise<string> {
  const { curveFigure } = await import("../src/plot/index.js");
  const headers = logs.map(({ header }) => header);
  return curveFigure(logs.map(seriesOf), {
    title,
    radiusLabel: radiusLabel(headers),
    units: unitsOf(headers),
    bandLabel: `${levelText(confidence)}% confidence (choice of test points)`,
  });
}

/** The figure in characters, where standard output is a terminal that is wide enough for it. */
async function drawnInTerminal(logs: readonly ReportedLog[]): Promise<string[]> {
  const { isTTY, columns } = process.stdout;
  if (!isTTY || columns < NARROWEST || logs.length > MOST_DRAWN) return [];
  const { terminalCurve } = await import("../src/plot/index.js");
  const title = `certified accuracy (%) against ${radiusLabel(logs.map(({ header }) => header))}, rounded down`;
  return [`${title}\n${terminalCurve(logs.map(seriesOf), helpWidth(process.stdout))}`];
}

/** A curve; for a log that speaks only of some radii, points. */
function seriesOf({ label, header, summary }: ReportedLog): AccuracySeries {
  if (!isStopped(summary)) return { label, steps: summary.curve, band: summary.curve, ceiling: ceilingOf(header) };
  const points = summary.outcomes.map(({ radius, accuracy, lower, atMost }) => ({
    radius,
    accuracy,
    atMost: atMost.accuracy,
    band: { lower, upper: atMost.upper },
  }));
  return { label, points };
}
