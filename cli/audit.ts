import { Command } from "commander";
import {
  auditData,
  auditForeignLog,
  auditHeader,
  auditModel,
  auditRows,
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
import { chooseRows, drawAgain } from "./audit-redraw.js";
import { auditJson, auditText, type OwnAudit } from "./audit-report.js";
import { runtimeOf } from "./faster-runtime.js";
import { dataSpecFor } from "./model-defaults.js";
import { type ClassifierOptions, withClassifierOptions } from "./model-options.js";
import { findModel } from "./model-source.js";
import { openData } from "./open-data.js";
import { openModel } from "./open-model.js";
import { integer, number } from "./options.js";
import { counted, note, print, warn } from "./print.js";

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

const HELP = `
Logs of smoothcert: the log alone shows whether its header and rows match their
checksums, whether each class, bound and radius follows from the votes, and
whether exactly the images of its skip and max are there. --data also compares
the data's hash and labels. --model also compares the model's hash, and draws
the votes of some rows again: they must be exactly the same. The report names
these rows; all others rely on the votes in the log. If anything is wrong, the
exit code is 1.

Logs of other tools record no settings, but their radii lie on a lattice that
reveals them: the report says which n and alpha fit, which radii are impossible
or printed above the certified value, and what the curve is at a common alpha.

Examples:
  smoothcert audit runs/maxup/certify.tsv --model runs/maxup
  smoothcert audit runs/maxup/certify.tsv --model runs/maxup --redraw all
  smoothcert audit cifar10_resnet110_sigma0.25.tsv --sigma 0.25 --n 100000 --alpha 0.001`;

/** `smoothcert audit LOG`: derives a log's certificates again, ours exactly, other people's from their radii. */
export function auditCommand(): Command {
  const command = new Command("audit")
    .description("check a certification log: derive every radius again, and draw votes again")
    .argument("<log>", "a log of smoothcert with its header beside it, or of another tool")
    .optionsGroup("Logs of smoothcert:")
    .option("--model <m>", "the certified model, to draw the votes of some images again")
    .option("--data <spec>", "the certified data; by default, with --model, those that it was trained on")
    .option("--redraw <k>", "how many images to draw again, chosen at random; or all", redrawn, 10);
  withStatedOptions(command);
  withClassifierOptions(command);
  return command
    .optionsGroup("Output:")
    .option("--json", "print everything as one JSON object")
    .addHelpText("after", HELP)
    .action(audit);
}

function withStatedOptions(command: Command): Command {
  return command
    .optionsGroup("Logs of other tools:")
    .option("--sigma <s>", "noise level, as stated", number("--sigma"))
    .option("--n <n>", "samples per image, as stated", integer("--n", 1))
    .option("--alpha <a>", "failure probability, as stated", number("--alpha"))
    .option("--common-alpha <a>", "alpha of the curve that is derived again", number("--common-alpha"), 0.001);
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
  const sources = await openSources(header, options);
  const { dataset, classifier } = sources;
  const dataFindings = dataset === undefined ? [] : auditData(dataset, log.rows, header);
  const modelFindings = classifier === undefined ? [] : auditModel(classifier, header);
  const { found, ...drawn } = await redraw(log.rows, header, sources, options, modelFindings.length === 0);
  return {
    file,
    header,
    rows: log.rows.length,
    findings: [...auditHeader(stored), ...telling, ...dataFindings, ...modelFindings, ...found],
    dataChecked: dataset !== undefined,
    modelChecked: classifier !== undefined,
    ...drawn,
  };
}

/** What a log was made from, as far as it was named. */
interface AuditSources {
  readonly dataset?: Dataset;
  readonly classifier?: BaseClassifier;
}

async function redraw(
  rows: readonly LogRow[],
  header: LogHeader,
  { dataset, classifier }: AuditSources,
  options: AuditOptions,
  sameModel: boolean,
): Promise<Pick<OwnAudit, "redrawn" | "notRedrawn"> & { found: readonly Finding[] }> {
  const notRedrawn = reasonNotToDraw(header, options, dataset, sameModel);
  if (classifier === undefined || dataset === undefined || notRedrawn !== undefined) {
    return { found: [], redrawn: [], notRedrawn };
  }
  const inData = rows.filter(({ idx }) => idx < dataset.length);
  const chosen = chooseRows(inData, options.redraw);
  const found = await drawAgain(chosen, header, classifier, dataset);
  return { found, redrawn: chosen.map(({ idx }) => idx), notRedrawn };
}

function reasonNotToDraw(
  header: LogHeader,
  { model, redraw }: AuditOptions,
  dataset: Dataset | undefined,
  sameModel: boolean,
): string | undefined {
  if (model === undefined) return "no --model";
  if (!sameModel) return "the model is not that of the log";
  if (dataset?.hash() !== header.data.hash) return "the data are not those of the log";
  if (redraw === 0) return "--redraw 0";
  if (smoothingOfHeader(header) === undefined) return "this version does not know the log's noise";
  return settingsProblem(header) === undefined ? undefined : "the log has settings that can't have been run";
}

async function openSources(header: LogHeader, options: AuditOptions): Promise<AuditSources> {
  const { model, data } = options;
  const split = header.data.split === "train" ? "train" : "test";
  const { labels } = header.data;
  if (model === undefined) {
    return data === undefined ? {} : { dataset: await underLoggedLabels(await openData(data, split), header, options) };
  }
  const source = await findModel(model, options.engine, options.runtime ?? runtimeOf(header));
  const loaded = await openData(data ?? dataSpecFor(model, source.metadata), split);
  const { classifier, dataset } = await openModel(source, loaded, options, labels);
  const [logged, now] = [header.model.runtime, classifier.runtime];
  if (now !== logged) note(`the log's votes were drawn with ${logged}; they are drawn again with ${now}`);
  return { dataset, classifier };
}

/** The data set under the labels of the log, without a model. */
async function underLoggedLabels(dataset: Dataset, { data }: LogHeader, { labels }: AuditOptions): Promise<Dataset> {
  const map = labels === undefined ? data.labels : await readLabelMap(labels, dataset.classes);
  return map === undefined ? dataset : relabel(dataset, map, data.classes.length);
}
