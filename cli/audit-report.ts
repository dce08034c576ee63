/** What `smoothcert audit` prints of a log of ours. */

import type { Finding, LogHeader, OwnAudit } from "../certify/index.js";
import { counted } from "../src/text/counted.js";

/** How many findings the report for a person names. */
const NAMED = 20;

/** The report for a person. */
export function auditText(audit: OwnAudit): string {
  const { file, header, rows, findings, dataChecked, modelChecked } = audit;
  const named = findings.slice(0, NAMED).map((finding) => `  ${findingText(finding)}`);
  if (findings.length > NAMED) named.push(`  and ${findings.length - NAMED} more (see --json)`);
  return [
    file,
    `  ${settingsText(header)}`,
    `  ${counted(rows, "row")}: checksums and images checked, every certificate derived again from its votes`,
    ...redrawnLines(audit),
    `  data: ${dataChecked ? "hash and labels compared" : "not given (--data)"}`,
    `  model: ${modelChecked ? "hash compared" : "not given (--model)"}`,
    findings.length === 0 ? "nothing is wrong" : `${counted(findings.length, "finding")}:`,
    ...named,
  ].join("\n");
}

function settingsText({ model, data, sigma, n0, n, stop, alpha, bound, interval }: LogHeader): string {
  const samples = stop === undefined ? `n = ${n}` : `n = ${n} at most (stop ${stop.kind})`;
  const bounds = `alpha = ${alpha}, ${bound} ${interval}`;
  return `${model.name} on ${data.name} ${data.split}, sigma ${sigma}, n0 = ${n0}, ${samples}, ${bounds}`;
}

function redrawnLines({ header: { n0, n, stop }, rows, redrawn, notRedrawn }: OwnAudit): string[] {
  const rely = "on the votes in the log, which were not compared with the model";
  if (redrawn.length === 0) {
    const why = notRedrawn === undefined ? "" : ` (${notRedrawn})`;
    return [`  votes not drawn again${why}: all ${counted(rows, "row")} rely ${rely}`];
  }
  const left = rows - redrawn.length;
  const others = left === 0 ? "" : `; the other ${left} rely ${rely}`;
  const votes = stop === undefined ? `${n0 + n} votes` : "all votes";
  const shown = redrawn.slice(0, 20).join(" ");
  const more = redrawn.length > 20 ? ` and ${redrawn.length - 20} more` : "";
  return [
    `  ${redrawn.length} of them drawn again from model and data${others}`,
    `    ${votes} drawn again for each of ${counted(redrawn.length, "image")}: ${shown}${more}`,
  ];
}

function findingText({ in: place, idx, field, message }: Finding): string {
  const where = idx === undefined ? place : `${place} of idx ${idx}`;
  return field === undefined ? `${where}: ${message}` : `${where}, ${field}: ${message}`;
}

/** The report for a program. */
export function auditJson({ header, ...audit }: OwnAudit): object {
  const derivedOnly = audit.rows - audit.redrawn.length;
  return { kind: "own", ok: audit.findings.length === 0, ...audit, derivedOnly, header };
}
