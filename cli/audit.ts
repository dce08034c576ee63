import { randomInt } from "node:crypto";
import { Command } from "commander";
import {
  auditData,
  auditForeignLog,
  auditHeader,
  auditModel,
  auditRows,
  auditVotes,
  type BaseClassifier,
  type Finding,
  type LogHeader,
  type LogRow,
  parseLog,
  readLog,
  readLogText,
  readStoredHeader,
  type StoredHeader,
  settingsProblem,
  smoothingOfHeader,
} from "../certify/index.js";
import { type Dataset, readLabelMap, relabel, requireThat } from "../src/index.js";
import { foreignReportJson, foreignReportText } from "./audit-foreign.js";
import { auditJson, auditText, type OwnAudit } from "./audit-report.js";
import { interruptible } from "./interrupt.js";
import { dataSpecFor } from "./model-defaults.js";
import { type ClassifierOptions, withClassifierOptions } from "./model-options.js";
import { findModel } from "./model-source.js";
import { openData } from "./open-data.js";
import { openModel } from "./open-model.js";
import { integer, number } from "./options.js";
import { counted, note, print, warn } from "./print.js";
import { startProgress } from "./progress.js";

interface AuditOptions extends ClassifierOptions {
  readonly model?: string;
  readonly data?: string;
  readonly redraw: number;
  readonly sigma?: number;
  readonly n?: number;
  readonly alpha?: number;
  readonly commonAlpha?: number;
  readonly json?: true;
}

/** `smoothcert audit LOG`: derives a log's certificates again, ours exactly, other people's from their radii. */
export function auditCommand(): Command {
  const command = new Command("audit")
    .description("check a certification log: derive every radius again, draw votes again, find what was changed")
    .argument("<log>", "a log of ours with its header beside it, or another tool's")
    .option("--model <m>", "our logs: the model, whose votes on some images are drawn again")
    .option("--data <spec>", "our logs: the data set; by default, with --model, the one it was trained on")
    .option("--redraw <k>", "images to draw again, chosen at random; 'all' for every one", redrawn, 10)
    .option("--sigma <s>", "other people's logs: their noise level", number("--sigma"))
    .option("--n <n>", "other people's logs: samples as they state them", integer("--n", 1))
    .option("--alpha <a>", "other people's logs: failure probability as they state it", number("--alpha"))
    .option(
      "--common-alpha <a>",
      "other people's logs: alpha of the curve derived again",
      number("--common-alpha"),
      0.001,
    )
    .option("--json", "print everything as one JSON object")
    .addHelpText(
      "after",
      `
Of a log of ours, the audit checks by the log alone: the header and each row against their checksums, every class, bound and radius
against the votes, the images against skip and max. With --data also the data's hash and labels; with --model also the model's hash,
and the votes of some rows, drawn again: they must be the same to the last one. The report says which rows these are; all others rest on the votes that
the log holds. Exit code 1 if anything is wrong.

Other people's logs record no settings. Their radii lie on a lattice that gives them away: the audit says which (n, alpha) fit,
which rows are above the ceiling or printed above the certified value, and what the curve is at a common alpha.

Examples:
  smoothcert audit runs/maxup/certify.tsv --model runs/maxup
  smoothcert audit runs/maxup/certify.tsv --model runs/maxup --redraw all
  smoothcert audit cifar10_resnet110_noise0.25_sigma0.25.tsv --sigma 0.25 --n 100000 --alpha 0.001`,
    )
    .action(audit);
  return withClassifierOptions(command);
}

function redrawn(text: string): number {
  return text === "all" ? Infinity : integer("--redraw", 0)(text);
}

async function audit(file: string, options: AuditOptions): Promise<void> {
  const stored = await readStoredHeader(file);
  if (stored === undefined) return auditForeign(file, options);
  for (const name of ["sigma", "n", "alpha"] as const) {
    const rule = "left out, since the log's header records it";
    requireThat(options[name] === undefined, "audit", `--${name}`, rule, options[name]);
  }
  const own = await auditOwn(file, stored, options);
  print(options.json ? JSON.stringify(auditJson(own)) : auditText(own));
  if (own.findings.length > 0)
    throw new Error(`${file}: the audit found ${counted(own.findings.length, "thing")} wrong`);
}

async function auditForeign(file: string, options: AuditOptions): Promise<void> {
  const rule = "left out: the log has no header beside it that says which model it is about";
  requireThat(options.model === undefined, "audit", "--model", rule, options.model);
  const { rows, warnings } = await readLog(file);
  for (const warning of warnings) warn(warning);
  const report = auditForeignLog(rows, options);
  print(options.json ? JSON.stringify(foreignReportJson(file, report)) : foreignReportText(file, report));
}

async function auditOwn(file: string, stored: StoredHeader, options: AuditOptions): Promise<OwnAudit> {
  const { header } = stored;
  const text = await readLogText(file);
  const log = parseLog(text, file);
  const rowFindings = auditRows(text, log, header);
  // A changed header breaks the checksum of every row: that says nothing of the rows.
  const telling = stored.intact ? rowFindings : rowFindings.filter(({ field }) => field !== "check");
  const findings = [...auditHeader(stored), ...telling];
  const { dataset, classifier } = await openSources(header, options);
  const dataFindings = dataset === undefined ? [] : auditData(dataset, log.rows, header);
  const modelFindings = classifier === undefined ? [] : auditModel(classifier, header);
  findings.push(...dataFindings, ...modelFindings);
  const own = {
    file,
    header,
    rows: log.rows.length,
    dataChecked: dataset !== undefined,
    modelChecked: classifier !== undefined,
  };
  const notRedrawn = reasonNotToDraw(header, options, dataset, modelFindings.length === 0);
  if (classifier === undefined || dataset === undefined || notRedrawn !== undefined) {
    return { ...own, findings, redrawn: [], notRedrawn };
  }
  const inData = log.rows.filter(({ idx }) => idx < dataset.length);
  const chosen = choose(inData, options.redraw);
  findings.push(...(await drawAgain(chosen, header, classifier, dataset)));
  return { ...own, findings, redrawn: chosen.map(({ idx }) => idx), notRedrawn };
}

function reasonNotToDraw(
  header: LogHeader,
  { model, redraw }: AuditOptions,
  dataset: Dataset | undefined,
  sameModel: boolean,
): string | undefined {
  if (model === undefined) return "no --model";
  if (!sameModel) return "another model than that of the log";
  if (dataset?.hash() !== header.data.hash) return "other data than those of the log";
  if (redraw === 0) return "--redraw 0";
  if (smoothingOfHeader(header) === undefined) return "the log's noise is none of this version";
  return settingsProblem(header) === undefined ? undefined : "settings that can't have been run";
}

async function openSources(
  header: LogHeader,
  options: AuditOptions,
): Promise<{ dataset?: Dataset; classifier?: BaseClassifier }> {
  const { model, data } = options;
  const split = header.data.split === "train" ? "train" : "test";
  const { labels, classes } = header.data;
  if (model === undefined) {
    if (data === undefined) return {};
    const dataset = await openData(data, split);
    const map = options.labels === undefined ? labels : await readLabelMap(options.labels, dataset.classes);
    return { dataset: map === undefined ? dataset : relabel(dataset, map, classes.length) };
  }
  const source = await findModel(model, options.engine, options.runtime);
  const loaded = await openData(data ?? dataSpecFor(model, source.metadata), split);
  const { classifier, dataset } = await openModel(source, loaded, options, labels);
  if (classifier.runtime !== header.model.runtime) {
    note(`the votes were counted with ${header.model.runtime}, and are drawn again with ${classifier.runtime}`);
  }
  return { dataset, classifier };
}

/** `count` of the rows, chosen so that nobody can foresee which, in their order. */
function choose(rows: readonly LogRow[], count: number): LogRow[] {
  const left = [...rows.keys()];
  const chosen = new Set<number>();
  while (chosen.size < Math.min(count, rows.length)) chosen.add(left.splice(randomInt(left.length), 1)[0]);
  return rows.filter((_, i) => chosen.has(i));
}

async function drawAgain(
  rows: readonly LogRow[],
  header: LogHeader,
  classifier: BaseClassifier,
  dataset: Dataset,
): Promise<Finding[]> {
  const sizes = rows.map(({ n = header.n }) => header.n0 + n);
  const progress = startProgress(
    "audit",
    sizes.reduce((sum, size) => sum + size, 0),
    "samples",
  );
  let samples = 0;
  const onSamples = (count: number): void => {
    samples += count;
    progress.update(samples, "drawn again");
  };
  const stopped = (): string => {
    let [done, left] = [0, samples];
    while (done < sizes.length && left >= sizes[done]) left -= sizes[done++];
    return `stopped with the votes of ${done} of ${counted(rows.length, "image")} drawn again. An audit begins anew`;
  };
  const draw = (signal: AbortSignal): Promise<Finding[]> =>
    auditVotes(rows, header, classifier, dataset, { signal, onSamples });
  try {
    return await interruptible(draw, stopped);
  } finally {
    progress.stop();
  }
}
