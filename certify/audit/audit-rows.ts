import { type WrongCell, wrongCells } from "../log/consistency.js";
import { exampleCount, isInRange } from "../log/example-range.js";
import type { LogHeader } from "../log/header.js";
import type { CertificationLog } from "../log/read.js";
import { formatRow, LOG_COLUMNS, type LogRow } from "../log/row.js";
import { checkOf, headerIdentity } from "../log/seal.js";
import { theoremOfHeader, votesOf } from "../log/votes.js";
import { endsAt } from "../stop/stopping.js";
import { type Decision, decide } from "../theorem/decision.js";
import type { Finding } from "./finding.js";

/**
 * What is wrong with the rows of a log of ours, by the header and the votes alone: each certificate is derived again
 * from its votes, each checksum computed again, and the images are compared with those that the header names.
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
  const order = rows.map(({ idx }) => idx);
  const surplus = order.filter((idx) => !isInRange(idx, header.data.length, header));
  const expected = exampleCount(header.data.length, header);
  const missing = expected - (order.length - surplus.length);
  const selection = `skip ${header.skip} and max ${header.max}`;
  const findings: Finding[] = [];
  if (missing > 0) {
    const first = firstMissing(new Set(order), header.skip, Math.min(missing, NAMED_INDICES));
    const message = `${missing} of ${expected} images of ${selection} are missing: ${someOf(first, missing)}`;
    findings.push({ in: "rows", field: "idx", message });
  }
  if (surplus.length > 0) {
    const message = `images that ${selection} leave out: ${someOf(surplus, surplus.length)}`;
    findings.push({ in: "rows", field: "idx", message });
  }
  const fallen = order.findIndex((idx, i) => i > 0 && idx <= order[i - 1]);
  if (fallen > 0) findings.push({ in: "row", field: "idx", idx: order[fallen], message: "not in the order of idx" });
  return findings;
}

/** How many indices a finding names. */
const NAMED_INDICES = 5;

/** The first `count` of the indices 0, skip, 2 skip, ... that aren't there. */
function firstMissing(there: ReadonlySet<number>, skip: number, count: number): number[] {
  const missing: number[] = [];
  for (let idx = 0; missing.length < count; idx += skip) if (!there.has(idx)) missing.push(idx);
  return missing;
}

/** What is wrong with one row. @param identity see {@link headerIdentity} */
export function auditRow(row: LogRow, header: LogHeader, identity: string): Finding[] {
  const found = (field: string, message: string): Finding => ({ in: "row", idx: row.idx, field, message });
  const wrong = wrongCells(row, header);
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

/** Cells that don't follow from the votes. */
function auditCertificate(row: LogRow, header: LogHeader): WrongCell[] {
  const theorem = theoremOfHeader(header);
  if (theorem === undefined) return []; // The audit of the header says so.
  const votes = votesOf(row, header);
  const wrong: WrongCell[] = [];
  const decided = Object.entries(decide(votes, header, theorem)) as [keyof Decision, number | undefined][];
  for (const [field, derived] of decided) {
    const logged = row[field];
    if (logged !== derived) wrong.push([field, `${logged ?? "nothing"}, where the votes give ${derived ?? "nothing"}`]);
  }
  if (!endsAt(votes, header, theorem)) {
    wrong.push(["n", `${row.n}, where the rule (${header.stop?.kind}) goes on with these votes`]);
  }
  return wrong;
}

/** The first of `count` indices, and how many more there are. */
function someOf(indices: readonly number[], count: number): string {
  const shown = indices.slice(0, NAMED_INDICES).join(", ");
  return count > NAMED_INDICES ? `${shown} and ${count - NAMED_INDICES} more` : shown;
}
