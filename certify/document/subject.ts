import type { Dataset, Pixels } from "../../src/core.js";
import type { AttackRow } from "../attack/attack-row.js";
import type { ForeignAudit } from "../audit/foreign-log.js";
import type { OwnAudit } from "../audit/own-audit.js";
import type { AttackHeader } from "../files/attack-file.js";
import type { LogHeader } from "../log/header.js";
import type { LogRow } from "../log/row.js";

/** What a report is made of. */
export interface Subject {
  readonly log: ReportedRows;
  /** The audit of the log, where it is one of ours. */
  readonly audit?: OwnAudit | undefined;
  /** The audit of the log, where it is another tool's. */
  readonly foreignAudit?: ForeignAudit | undefined;
  /** The attack on the log's certificates, where there was one. */
  readonly attack?: ReportedAttack | undefined;
  /** The certified data, where they were given: images can then be shown. */
  readonly dataset?: Dataset | undefined;
  /** Where the nearest perturbation that changes a class was found again, the perturbed image. */
  readonly nearest?: { readonly idx: number; readonly point: Pixels } | undefined;
  /** Other logs, which the first is compared with. */
  readonly beside: readonly ReportedRows[];
  /** The radii of tables, and the few that are read first. */
  readonly radii: readonly number[];
  readonly headline: readonly number[];
  /** Failure probability of what is said of all certificates together, in (0, 1/2]. */
  readonly rho: number;
  /** Of intervals over the choice of images, in (0, 1). */
  readonly confidence: number;
  /** The files that were read. */
  readonly files: readonly ReportedFile[];
}

/** A log as it is reported. */
export interface ReportedRows {
  readonly file: string;
  readonly label: string;
  readonly rows: readonly LogRow[];
  /** Undefined for other tools' logs. */
  readonly header?: LogHeader | undefined;
}

/** An attack on the log. */
export interface ReportedAttack {
  readonly file: string;
  readonly header: AttackHeader;
  readonly rows: readonly AttackRow[];
}

/** A file that a report was made from. */
export interface ReportedFile {
  readonly name: string;
  readonly text: string;
  /** SHA-256 of its bytes, in hex. */
  readonly sha256: string;
}
