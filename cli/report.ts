import { Command } from "commander";
import { type Report, reportData, reportHtml, reportOf, type Subject, tableRadii } from "../certify/index.js";
import { requireThat, requireWritable, writeWhole } from "../src/index.js";
import { counted } from "../src/text/counted.js";
import { redrawn } from "./audit-own.js";
import { labelsOf, openAuditedLog, openLogSoFar } from "./curve-logs.js";
import { logsAt } from "./log-at.js";
import { withClassifierOptions } from "./model-options.js";
import { number, numberList, outputName, requireRadii } from "./options.js";
import { note, print, table } from "./print.js";
import { attackOf, auditOf, filesOf, nearestOf, type ReportSourceOptions, shownData } from "./report-subject.js";

/** What a report is asked for. */
interface ReportOptions extends ReportSourceOptions {
  readonly radii?: number[];
  readonly headline?: number[];
  readonly names?: string;
  readonly rho: number;
  readonly confidence: number;
  readonly out: string;
  readonly json?: true;
}

const HELP = `
The report is one HTML file that asks the network for nothing and can be read
without scripts: what the log certifies and what not, checks of the log (every
certificate is derived again from its votes), curves and tables, every image,
and the files themselves. It is made from the log, its header and the results of
'smoothcert attack' alone, and the same files make the same report.
  --data    shows images, and checks that they are those of the log.
  --model   also draws the votes of --redraw images again, and the nearest
            perturbation that the attack found.
Further logs stand beside the first in figures and tables, and are compared with
it on the images that both have. A log of 'certify --stop radii:LIST' speaks only
at the radii of its list: its accuracies are lower bounds (>=) at others, and no
difference is told there. If a check fails, the report says so and the
exit code is 1.

Examples:
  smoothcert report runs/maxup --out maxup.html
  smoothcert report runs/maxup/certify.tsv runs/gaussian/certify.tsv --data mnist
  smoothcert report runs/maxup --model runs/maxup --redraw 20
  smoothcert report cifar10_resnet110_sigma0.25.tsv --json`;

/** `smoothcert report LOG...`: all that a log says, as a page. */
export function reportCommand(): Command {
  const command = new Command("report")
    .description("make a page of a log: verdict, checks, curves, tables, images; one file, readable offline")
    .argument(
      "<logs...>",
      "a log or a run folder, of smoothcert or another tool; further ones are compared with it",
      logsAt,
    )
    .optionsGroup("Checks and images:")
    .option("--model <m>", "the certified model, to draw the votes of some images again")
    .option("--data <spec>", "the certified data; by default, with --model, those that it was trained on")
    .option("--redraw <k>", "how many images to draw again, chosen at random; or all", redrawn, 10)
    .option("--attack <file>", "results of 'smoothcert attack'; by default those beside the log, if there are any");
  withClassifierOptions(command);
  return command
    .optionsGroup("Tables and statistics:")
    .option("--radii <list>", "radii of tables, e.g. 0,0.25,64/255; by default a grid", numberList("--radii"))
    .option("--headline <list>", "radii of the verdict; by default three of the table's", numberList("--headline"))
    .option("--names <list>", "a name for each log, separated by commas; by default the model's, or the file's")
    .option("--rho <p>", "failure probability of what is said of all certificates together", number("--rho"), 0.001)
    .option("--confidence <c>", "confidence level of intervals, in (0, 1)", number("--confidence"), 0.95)
    .optionsGroup("Output:")
    .option("--out <file>", "the page", outputName("--out"), "report.html")
    .option("--json", "print all that the report says as one JSON object")
    .addHelpText("after", HELP)
    .action(report);
}

async function report(paths: readonly string[], options: ReportOptions): Promise<void> {
  requireOptions(options);
  const made = reportOf(await subjectOf(paths, options));
  const page = await reportHtml(made);
  await writeWhole(options.out, page);
  if (options.json) print(JSON.stringify({ report: options.out, ...reportData(made) }));
  else print(`${checksText(made)}\nreport: ${options.out} (${Math.ceil(Buffer.byteLength(page) / 1000)} kB)`);
  const failed = made.checks.filter(({ outcome }) => outcome === "failed");
  if (failed.length > 0) throw new Error(`${paths[0]}: ${counted(failed.length, "check")} failed, see ${options.out}`);
}

/** The checks in a few words each, for a person. */
function checksText({ title, checks }: Report): string {
  return [title, table(checks.map((check) => [`  ${check.title}`, check.outcome]))].join("\n");
}

async function subjectOf(files: readonly string[], options: ReportOptions): Promise<Subject> {
  const opened = await Promise.all(files.map((file, i) => (i === 0 ? openAuditedLog(file) : openLogSoFar(file))));
  const labels = labelsOf(opened, options.names, "report", "--names");
  const [log, ...beside] = opened.map((one, i) => ({ ...one, label: labels[i] }));
  const radii = options.radii ?? tableRadii([log, ...beside]);
  const attack = await attackOf(log, options);
  const audited = await auditOf(log, options);
  const dataset = shownData(log, audited.dataset);
  if (audited.dataset !== undefined && dataset === undefined) {
    note("the data are not those of the log, so that no images are shown");
  }
  return {
    log,
    beside,
    attack,
    audit: audited.audit,
    foreignAudit: audited.foreignAudit,
    dataset,
    nearest: dataset && (await nearestOf(log, attack, options)),
    radii,
    headline: options.headline ?? someOf(options.radii ?? tableRadii([log])),
    rho: options.rho,
    confidence: options.confidence,
    files: await filesOf(log, attack),
  };
}

/** Three of the radii, or fewer where there are: 0, and two at thirds of the way. */
function someOf(radii: readonly number[]): number[] {
  const at = [0, Math.floor(radii.length / 3), Math.floor((2 * radii.length) / 3)];
  return [...new Set(at)].map((i) => radii[i]);
}

function requireOptions({ radii, headline, rho, confidence, out }: ReportOptions): void {
  requireRadii("report", radii);
  requireRadii("report", headline, "--headline");
  requireThat(rho > 0 && rho <= 0.5, "report", "--rho", "in (0, 1/2]", rho);
  requireThat(confidence > 0 && confidence < 1, "report", "--confidence", "in (0, 1)", confidence);
  requireThat(/\.html?$/.test(out), "report", "--out", "a file name that ends in .html", out);
  requireWritable(out);
}
