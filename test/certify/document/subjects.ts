import { createHash } from "node:crypto";
import {
  type AttackRow,
  auditForeignLog,
  auditLog,
  certify,
  formatRow,
  headerIdentity,
  LOG_COLUMNS,
  type LogHeader,
  type LogRow,
  MemoryLogStore,
  type OwnAudit,
  parseLog,
  type ReportedAttack,
  type ReportedFile,
  type Subject,
  tableRadii,
} from "smoothcert/certify";
import { ATTACK_HEADER } from "../attack/some-attack-header.js";
import { smallRun } from "../run/small-run.js";

/** What reports are made of in tests. */

export interface WrittenLog {
  readonly header: LogHeader;
  readonly rows: readonly LogRow[];
}

/** The log of a small run, with seals: of the usual settings one for all tests. */
export function smallLog(settings?: Parameters<typeof smallRun>[0]): Promise<WrittenLog> {
  if (settings !== undefined) return certifiedLog(settings);
  usual ??= certifiedLog({});
  return usual;
}

let usual: Promise<WrittenLog> | undefined;

async function certifiedLog(settings: Parameters<typeof smallRun>[0]): Promise<WrittenLog> {
  const store = new MemoryLogStore();
  await certify(smallRun(settings), store);
  return { header: store.header as LogHeader, rows: store.rows };
}

export function textOf(rows: readonly LogRow[]): string {
  return `${[LOG_COLUMNS.join("\t"), ...rows.map(formatRow)].join("\n")}\n`;
}

/** The audit of a log by itself. */
export function auditOf({ header, rows }: WrittenLog, intact = true): OwnAudit {
  const text = textOf(rows);
  const findings = auditLog(text, parseLog(text, "log.tsv"), { header, intact });
  const given = { dataChecked: false, modelChecked: false, redrawn: [], notRedrawn: "no --model" };
  return { file: "log.tsv", header, rows: rows.length, findings, ...given };
}

/** A subject of a log of ours. */
export function subjectOf(log: WrittenLog, more: Partial<Subject> = {}): Subject {
  return { ...bareSubject(log.rows), log: { file: "log.tsv", label: "small", ...log }, audit: auditOf(log), ...more };
}

/** A subject of a log that another tool wrote. */
export function foreignSubject(rows: readonly LogRow[]): Subject {
  return { ...bareSubject(rows), foreignAudit: auditForeignLog(rows) };
}

function bareSubject(rows: readonly LogRow[]): Subject {
  const radii = tableRadii([{ rows }]);
  return {
    log: { file: "log.tsv", label: "foreign", rows },
    beside: [],
    radii,
    headline: radii.slice(0, 3),
    rho: 0.001,
    confidence: 0.95,
    files: [fileOf("log.tsv", textOf(rows))],
  };
}

export function fileOf(name: string, text: string): ReportedFile {
  return { name, text, sha256: createHash("sha256").update(text).digest("hex") };
}

/** An attack on every certificate of a log, which found another class at twice the radius. */
export function someAttack({ header, rows }: WrittenLog, broken = 0): ReportedAttack {
  const attacked = rows
    .filter(({ predict }) => predict !== -1)
    .map(({ idx, label, predict, radius, counts = [] }, i): AttackRow => {
      const other = (predict + 1) % header.data.classes.length;
      const isBroken = i < broken;
      return {
        idx,
        label,
        predict,
        radius,
        insideNorm: 0.9 * radius,
        insidePredict: isBroken ? other : predict,
        insideCounts: counts,
        broken: isBroken,
        attackRadius: i % 5 === 4 ? Infinity : 2 * radius + 0.01,
        attackPredict: i % 5 === 4 ? -1 : other,
        time: 0.1,
      };
    });
  return { file: "attack.tsv", header: { ...ATTACK_HEADER, log: headerIdentity(header) }, rows: attacked };
}
