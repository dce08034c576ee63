import { boundDraw } from "../bounds/random-draw.js";
import { type Decision, decide } from "../decision.js";
import { denseCounts } from "../log-cell.js";
import type { LogHeader } from "../log-header.js";
import type { CertificationLog } from "../log-read.js";
import { formatRow, LOG_COLUMNS, type LogRow } from "../log-row.js";
import { checkOf, headerIdentity } from "../log-seal.js";
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
  const findings = auditVotes(row, header).map(([field, message]) => found(field, message));
  if (findings.length === 0) {
    for (const [field, derived] of Object.entries(derive(row, header))) {
      const logged = row[field as keyof Decision];
      if (logged !== derived)
        findings.push(found(field, `${logged ?? "nothing"}, where the votes give ${derived ?? "nothing"}`));
    }
  }
  if (row.check !== checkOf(row, identity)) {
    findings.push(
      found("check", "the checksum isn't that of the row under this header: a cell was changed after it was written"),
    );
  }
  return findings;
}

/** Votes that no run of these settings leaves, by column. */
function auditVotes({ n, counts0, counts }: LogRow, header: LogHeader): [column: string, message: string][] {
  const wrong: [string, string][] = [];
  if (n !== header.n) wrong.push(["n", `${n ?? "nothing"}, where the header says ${header.n}`]);
  for (const [column, votes, total] of [
    ["counts0", counts0 ?? [], header.n0],
    ["counts", counts ?? [], header.n],
  ] as const) {
    const sum = votes.reduce((all, [, count]) => all + count, 0);
    if (sum !== total) wrong.push([column, `votes that add up to ${sum}, where the header says ${total}`]);
    const stranger = votes.find(([label]) => label >= header.data.classes.length);
    if (stranger !== undefined) wrong.push([column, `votes for class ${stranger[0]} of ${header.data.classes.length}`]);
  }
  return wrong;
}

function derive({ idx, counts0, counts }: LogRow, header: LogHeader): Decision {
  const classes = header.data.classes.length;
  const votes = {
    counts0: denseCounts(counts0 ?? [], classes),
    counts: denseCounts(counts ?? [], classes),
    v: boundDraw(header.seed, idx),
  };
  return decide(votes, header, { sigma: header.sigma, distance: header.noiseDistance ?? 0 });
}

/** The first of a list of indices, and how many more there are. */
function someOf(indices: readonly number[]): string {
  const shown = indices.slice(0, 5).join(", ");
  return indices.length > 5 ? `${shown} and ${indices.length - 5} more` : shown;
}
