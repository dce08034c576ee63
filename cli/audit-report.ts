/** What `smoothcert audit` prints of a log of ours. */
import type { Finding, LogHeader } from "../certify/index.js";
import { counted } from "./print.js";

/** The audit of a log of ours. */
export interface OwnAudit {
  readonly file: string;
  readonly header: LogHeader;
  /** How many rows it has. */
  readonly rows: number;
  readonly findings: readonly Finding[];
  readonly dataChecked: boolean;
  readonly modelChecked: boolean;
  /** The images whose votes were drawn again. */
  readonly redrawn: readonly number[];
}

/** How many findings the report for a person names. */
const NAMED = 20;

/** The report for a person. */
export function auditText({ file, header, rows, findings, dataChecked, modelChecked, redrawn }: OwnAudit): string {
  const { sigma, n0, n, stop, alpha, bound, interval } = header;
  const samples = stop === undefined ? `n = ${n}` : `n = ${n} at most (stop ${stop.kind})`;
  const named = findings.slice(0, NAMED).map((finding) => `  ${findingText(finding)}`);
  if (findings.length > NAMED) named.push(`  and ${findings.length - NAMED} more (see --json)`);
  return [
    file,
    `  ${header.model.name} on ${header.data.name} ${header.data.split}, sigma ${sigma}, n0 = ${n0}, ${samples}, alpha = ${alpha}, ${bound} ${interval}`,
    `  ${counted(rows, "row")}: checksums, images, and every certificate derived again from its votes`,
    `  data: ${dataChecked ? "hash and labels compared" : "not given (--data)"}`,
    `  model: ${modelChecked ? "hash compared" : "not given (--model)"}${redrawnText(redrawn, stop === undefined ? `${n0 + n} votes` : "all votes")}`,
    findings.length === 0 ? "nothing is wrong" : `${counted(findings.length, "finding")}:`,
    ...named,
  ].join("\n");
}

function redrawnText(redrawn: readonly number[], votes: string): string {
  if (redrawn.length === 0) return "";
  const shown = redrawn.slice(0, 20).join(" ");
  const rest = redrawn.length > 20 ? ` and ${redrawn.length - 20} more` : "";
  return `; ${votes} drawn again for each of ${counted(redrawn.length, "image")}: ${shown}${rest}`;
}

function findingText({ in: place, idx, field, message }: Finding): string {
  const where = idx === undefined ? place : `${place} of idx ${idx}`;
  return field === undefined ? `${where}: ${message}` : `${where}, ${field}: ${message}`;
}

/** The report for a program. */
export function auditJson({ header, ...audit }: OwnAudit): object {
  return { kind: "own", ok: audit.findings.length === 0, ...audit, header };
}
