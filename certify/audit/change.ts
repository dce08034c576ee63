import type { LogHeader } from "../log/header.js";
import type { LogRow } from "../log/row.js";
import { headerIdentity } from "../log/seal.js";
import { auditRow } from "./audit-rows.js";
import type { Finding } from "./finding.js";

/**
 * The first cell that shows that a log of ours was changed after it was written: what doesn't follow from its votes
 * under the header, or a checksum that isn't that of its row. Undefined where there is none.
 */
export function changedCell(rows: readonly LogRow[], header: LogHeader): Finding | undefined {
  const identity = headerIdentity(header);
  for (const row of rows) {
    const [finding] = auditRow(row, header, identity);
    if (finding !== undefined) return finding;
  }
  return undefined;
}
