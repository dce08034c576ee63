import type { LogHeader } from "../log/header.js";
import type { Finding } from "./finding.js";

/** The audit of a log of ours. */
export interface OwnAudit {
  readonly file: string;
  readonly header: LogHeader;
  /** How many rows it has. */
  readonly rows: number;
  readonly findings: readonly Finding[];
  readonly dataChecked: boolean;
  readonly modelChecked: boolean;
  /**
   * The images whose votes were drawn again; all other rows were derived from the votes that they hold, and from
   * nothing else.
   */
  readonly redrawn: readonly number[];
  /** Why none were, where that was not a choice of rows. */
  readonly notRedrawn: string | undefined;
}
