import { type Decision, decide, looksText } from "../decision.js";
import type { LogHeader } from "../log-header.js";
import type { CertificationLog } from "../log-read.js";
import { formatRow, LOG_COLUMNS, type LogRow } from "../log-row.js";
import { checkOf, headerIdentity } from "../log-seal.js";
import { noiseLawOf, votesOf } from "../log-votes.js";
import { looksOf } from "../stop/looks.js";
import { endsAt } from "../stop/stopping.js";
import { expectedIndices } from "./audit-header.js";
import type { Finding } from "./finding.js";

/**
 * What is wrong with the rows of a log of ours, by the header and the votes alone: each certificate is derived again from its votes, each
 * checksum computed again, and the images are compared with those that the header names.
 *
 * @param text the log's text, from which `log` was parsed
 */
export function auditRows(text: string, log: CertificationLog, header: LogHeader): Finding[] {
  const columns = log.columns.join(" ");
  if (columns !== LOG_COLUMNS.join(" ")) {
    return [{ in: "rows", message: `columns ${columns}, where our logs have ${LOG_COLUMNS.join(" ")}` }];
  }
  const identity = headerIdentity(header);
  return [
    ...auditText(text, log),
    ...auditIndices(log.rows, header),
    ...log.rows.flatMap((row) => auditRow(row, header, identity)),
  ];
}

/** Rows that say the same in other words than ours: `0.50` for `0.5`. */
function auditText(text: string, { rows, warnings }: CertificationLog): Finding[] {
  const lines = text.split("\n").slice(1);
  const message = "written otherwise than smoothcert writes it: a cell was changed after it was written";
  const odd = rows
    .filter((row, i) => lines[i] !== formatRow(row))
    .map(({ idx }): Finding => ({ in: "row", idx, message }));
  return [...warnings.map((warning): Finding => ({ in: "rows", message: warning })), ...odd];
}

function auditIndices(rows: readonly LogRow[], header: LogHeader): Finding[] {
  const expected = expectedIndices(header);
  const order = rows.map(({ idx }) => idx);
  const [wanted, there] = [new Set(expected), new Set(order)];
  const missing = expected.filter((idx) => !there.has(idx));
  const surplus = order.filter((idx) => !wanted.has(idx));
  const findings: Finding[] = [];
  if (missing.length > 0) {
    const message = `${missing.length} of ${expected.length} images of skip ${header.skip} and max ${header.max} are missing: ${someOf(missing)}`;
    findings.push({ in: "rows", field: "idx", message });
  }
  if (surplus.length > 0) {
    const message = `images that skip ${header.skip} and max ${header.max} leave out: ${someOf(surplus)}`;
    findings.push({ in: "rows", field: "idx", message });
  }
  const fallen = order.findIndex((idx, i) => i > 0 && idx <= order[i - 1]);
  if (fallen > 0) findings.push({ in: "row", field: "idx", idx: order[fallen], message: "not in the order of idx" });
  return findings;
}

function auditRow(row: LogRow, header: LogHeader, identity: string): Finding[] {
  const found = (field: string, message: string): Finding => ({ in: "row", idx: row.idx, field, message });
  const wrong = auditVotes(row, header);
  const findings = (wrong.length > 0 ? wrong : auditCertificate(row, header)).map(([field, text]) =>
    found(field, text),
  );
  if (row.check !== checkOf(row, identity)) {
    findings.push(
      found("check", "the checksum isn't that of the row under this header: a cell was changed after it was written"),
    );
  }
  return findings;
}

/** A column, and what is wrong with it. */
type WrongCell = readonly [column: string, message: string];

/** Votes that no run of these settings leaves. */
function auditVotes({ n, counts0, counts }: LogRow, header: LogHeader): WrongCell[] {
  const wrong: WrongCell[] = [];
  if (n === undefined || !looksOf(header).includes(n)) {
    wrong.push(["n", `${n ?? "nothing"}, where the header says ${looksText(header)}`]);
  }
  const ofHeader = "the header says";
  for (const [column, votes, total, source] of [
    ["counts0", counts0 ?? [], header.n0, ofHeader],
    ["counts", counts ?? [], n ?? header.n, n === header.n ? ofHeader : "column n says"],
  ] as const) {
    const sum = votes.reduce((all, [, count]) => all + count, 0);
    if (sum !== total) wrong.push([column, `votes that add up to ${sum}, where ${source} ${total}`]);
    const stranger = votes.find(([label]) => label >= header.data.classes.length);
    if (stranger !== undefined) wrong.push([column, `votes for class ${stranger[0]} of ${header.data.classes.length}`]);
  }
  return wrong;
}

/** Cells that don't follow from the votes. */
function auditCertificate(row: LogRow, header: LogHeader): WrongCell[] {
  const votes = votesOf(row, header);
  const wrong: WrongCell[] = [];
  for (const [field, derived] of Object.entries(decide(votes, header, noiseLawOf(header)))) {
    const logged = row[field as keyof Decision];
    if (logged !== derived) wrong.push([field, `${logged ?? "nothing"}, where the votes give ${derived ?? "nothing"}`]);
  }
  if (!endsAt(votes, header, noiseLawOf(header))) {
    wrong.push(["n", `${row.n}, where the rule (${header.stop?.kind}) goes on with these votes`]);
  }
  return wrong;
}

/** The first of a list of indices, and how many more there are. */
function someOf(indices: readonly number[]): string {
  const shown = indices.slice(0, 5).join(", ");
  return indices.length > 5 ? `${shown} and ${indices.length - 5} more` : shown;
}
