import type { Finding } from "../audit/finding.js";
import type { PairedLog } from "../report/pair-logs.js";

/** A log at a gate. */
export interface GatedLog extends PairedLog {
  /** What an audit of the log by itself found; undefined where the policy asks for none, and for other tools' logs. */
  readonly findings?: readonly Finding[] | undefined;
  /** The logs that it must not fall behind, by the names that the policy has for them. */
  readonly baselines: ReadonlyMap<string, PairedLog>;
}
