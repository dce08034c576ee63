/** The audit of a log of ours, with the model and the data that it was made from where they are named. */
import {
  auditData,
  auditLog,
  auditModel,
  type BaseClassifier,
  type Finding,
  type LogHeader,
  type LogRow,
  type OwnAudit,
  parseLog,
  readLogText,
  type StoredHeader,
  settingsProblem,
  smoothingOfHeader,
} from "../certify/index.js";
import { type Dataset, readLabelMap, relabel } from "../src/index.js";
import { chooseRows, drawAgain } from "./audit-redraw.js";
import { runtimeOf, withLoggedProvider } from "./computation.js";
import { dataSpecFor } from "./model-defaults.js";
import type { ClassifierOptions } from "./model-options.js";
import { findModel } from "./model-source.js";
import { openData } from "./open-data.js";
import { openModel } from "./open-model.js";
import { integer } from "./options.js";
import { note } from "./print.js";

/** What names the model and the data of a log that is audited. */
export interface OwnAuditOptions extends ClassifierOptions {
  readonly model?: string;
  readonly data?: string;
  /** How many images' votes are drawn again; Infinity for all. */
  readonly redraw: number;
}

/** A commander option parser for `--redraw`: an integer of at least 0, or `all`. */
export function redrawn(text: string): number {
  return text === "all" ? Infinity : integer("--redraw", 0)(text);
}

/** Audits a log of ours: by itself, and against data and model where they were opened. */
export async function auditOwn(
  file: string,
  stored: StoredHeader,
  sources: AuditSources,
  options: OwnAuditOptions,
): Promise<OwnAudit> {
  const { header } = stored;
  const text = await readLogText(file);
  const log = parseLog(text, file);
  const { dataset, classifier } = sources;
  const dataFindings = dataset === undefined ? [] : auditData(dataset, log.rows, header);
  const modelFindings = classifier === undefined ? [] : auditModel(classifier, header);
  const { found, ...drawn } = await redraw(log.rows, header, sources, options, modelFindings.length === 0);
  return {
    file,
    header,
    rows: log.rows.length,
    findings: [...auditLog(text, log, stored), ...dataFindings, ...modelFindings, ...found],
    dataChecked: dataset !== undefined,
    modelChecked: classifier !== undefined,
    ...drawn,
  };
}

/** What a log was made from, as far as it was named. */
export interface AuditSources {
  readonly dataset?: Dataset;
  readonly classifier?: BaseClassifier;
}

async function redraw(
  rows: readonly LogRow[],
  header: LogHeader,
  { dataset, classifier }: AuditSources,
  options: OwnAuditOptions,
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
  { model, redraw }: OwnAuditOptions,
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

/** Opens the data and the model that the options name. */
export async function openSources(header: LogHeader, options: OwnAuditOptions): Promise<AuditSources> {
  const { model, data } = options;
  const split = header.data.split === "train" ? "train" : "test";
  const { labels } = header.data;
  if (model === undefined) {
    return data === undefined ? {} : { dataset: await underLoggedLabels(await openData(data, split), header, options) };
  }
  const source = await findModel(model, options.engine, options.runtime ?? runtimeOf(header));
  const loaded = await openData(data ?? dataSpecFor(model, source.metadata), split);
  const { classifier, dataset } = await withLoggedProvider(header, options, (flags) =>
    openModel(source, loaded, flags, labels),
  );
  const [logged, now] = [header.model.runtime, classifier.runtime];
  if (now !== logged) note(`the log's votes were drawn with ${logged}; they are drawn again with ${now}`);
  return { dataset, classifier };
}

/** The data set under the labels of the log, without a model. */
async function underLoggedLabels(dataset: Dataset, { data }: LogHeader, { labels }: OwnAuditOptions): Promise<Dataset> {
  const map = labels === undefined ? data.labels : await readLabelMap(labels, dataset.classes);
  return map === undefined ? dataset : relabel(dataset, map, data.classes.length);
}
