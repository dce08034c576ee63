/** What `smoothcert report` reads, beside the logs. */
import { existsSync } from "node:fs";
import {
  Attacker,
  auditForeignLog,
  type ForeignAudit,
  headerPath,
  type OwnAudit,
  type ReportedAttack,
  type ReportedFile,
  readAttack,
  readLogText,
  readStoredHeader,
  requireAttackOf,
  type Subject,
} from "../certify/index.js";
import { digestOf } from "../src/files/digest.js";
import { type Dataset, requireThat } from "../src/index.js";
import { besideLog } from "./attack.js";
import { openAttackSources } from "./attack-sources.js";
import { auditOwn, type OwnAuditOptions, openSources } from "./audit-own.js";
import type { OpenedLog } from "./curve-logs.js";
import { interruptible } from "./interrupt.js";
import { openData } from "./open-data.js";
import { note } from "./print.js";

/** What names the sources of a report. */
export interface ReportSourceOptions extends OwnAuditOptions {
  readonly attack?: string;
}

/** The attack that is named, or that lies beside the log. @throws FileError if it is not one on this log */
export async function attackOf(log: OpenedLog, { attack }: ReportSourceOptions): Promise<ReportedAttack | undefined> {
  const { file, header, rows } = log;
  if (header === undefined) {
    const rule = "left out: the log has no header beside it, and an attack is on a log of smoothcert";
    requireThat(attack === undefined, "report", "--attack", rule, attack);
    return undefined;
  }
  const path = attack ?? besideLog(file);
  if (attack === undefined && !existsSync(path)) return undefined;
  const results = await readAttack(path);
  requireAttackOf({ file, header, rows }, results.rows, path);
  return { file: path, ...results };
}

/** The audit of the log, and the data where they were named. */
export async function auditOf(
  { file, header, rows }: OpenedLog,
  options: ReportSourceOptions,
): Promise<{ readonly audit?: OwnAudit; readonly foreignAudit?: ForeignAudit; readonly dataset?: Dataset }> {
  if (header === undefined) {
    const rule = "left out: the log has no header beside it that says which model it is about";
    requireThat(options.model === undefined, "report", "--model", rule, options.model);
    const foreignAudit = auditForeignLog(rows);
    return options.data === undefined
      ? { foreignAudit }
      : { foreignAudit, dataset: await openData(options.data, "test") };
  }
  const stored = await readStoredHeader(file);
  if (stored === undefined) return {};
  const sources = await openSources(header, options);
  const audit = await auditOwn(file, stored, sources, options);
  return { audit, ...(sources.dataset && { dataset: sources.dataset }) };
}

/** The data, if they can be those of the log: by their hash where a header has it, by all labels elsewhere. */
export function shownData({ header, rows }: OpenedLog, dataset: Dataset | undefined): Dataset | undefined {
  if (dataset === undefined) return undefined;
  if (header !== undefined) return dataset.hash() === header.data.hash ? dataset : undefined;
  const fits = rows.every(({ idx, label }) => idx < dataset.length && dataset.example(idx).label === label);
  return fits ? dataset : undefined;
}

/**
 * The nearest perturbation that an attack found, found again: its results hold only the norm, and the same settings
 * make the same search. Undefined where no model was given, or where another engine finds another one.
 */
export async function nearestOf(
  { file, header, rows }: OpenedLog,
  attack: ReportedAttack | undefined,
  options: ReportSourceOptions,
): Promise<Subject["nearest"]> {
  const found = attack?.rows.toSorted((a, b) => a.attackRadius - b.attackRadius)[0];
  const row = rows.find(({ idx }) => idx === found?.idx);
  if (options.model === undefined || header === undefined || attack === undefined) return undefined;
  if (found === undefined || row === undefined || found.attackRadius === Infinity) return undefined;
  const { gradient, copies } = attack.header;
  const sources = await openAttackSources(file, header, { ...options, gradient, copies });
  const attacker = new Attacker(sources.sampler, sources.gradient, attack.header);
  const { pixels } = sources.dataset.example(row.idx);
  const target = { x: pixels, example: row.idx, predict: row.predict, radius: row.radius };
  note(`Attacking image ${row.idx} again, to show the nearest perturbation`);
  const { smallest } = await interruptible(
    (signal) => attacker.attack(target, { signal }),
    () => "stopped before the report was written. Rerun the command to start over",
  );
  if (smallest?.norm === found.attackRadius) return { idx: row.idx, point: smallest.point };
  note(`  found another one than ${attack.file} has, so that none is shown`);
  return undefined;
}

/** The files that a report was made from, the log first. */
export async function filesOf(
  { file, header }: OpenedLog,
  attack: ReportedAttack | undefined,
): Promise<readonly ReportedFile[]> {
  const names = [
    file,
    ...(header === undefined ? [] : [headerPath(file)]),
    ...(attack === undefined ? [] : [attack.file, headerPath(attack.file)]),
  ];
  return Promise.all(names.map(readFileOf));
}

async function readFileOf(name: string): Promise<ReportedFile> {
  const sha256 = Buffer.from(await digestOf(name)).toString("hex");
  return { name, text: await readLogText(name), sha256 };
}
