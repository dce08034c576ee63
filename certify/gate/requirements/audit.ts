import { z } from "zod";
import type { GatedLog } from "../gated-log.js";
import type { Judgement } from "../verdict.js";

/** That an audit of the log by itself finds nothing wrong: every certificate follows from its votes. */
export const auditSchema = z.strictObject({ kind: z.literal("audit") });

/** GO where nothing was found, NO-GO where anything was; another tool's log can't be derived again. */
export function judgeAudit({ findings }: GatedLog): Judgement {
  const required = "every certificate follows from its votes";
  if (findings === undefined) {
    return { verdict: "INCONCLUSIVE", required, found: "no header beside the log, so that nothing can be derived" };
  }
  if (findings.length === 0) return { verdict: "GO", required, found: "nothing is wrong" };
  const [{ idx, field, message }] = findings;
  const where = [...(idx === undefined ? [] : [`image ${idx}`]), ...(field === undefined ? [] : [field])].join(", ");
  return { verdict: "NO-GO", required, found: `${findings.length} found wrong, first: ${where}: ${message}` };
}
