import type { StoredHeader } from "../log/header.js";
import type { CertificationLog } from "../log/read.js";
import { auditHeader } from "./audit-header.js";
import { auditRows } from "./audit-rows.js";
import type { Finding } from "./finding.js";

/**
 * What is wrong with a log of ours by itself, without its model and data: with its header, and with its rows under it.
 *
 * @param text the log's text, from which `log` was parsed
 */
export function auditLog(text: string, log: CertificationLog, stored: StoredHeader): Finding[] {
  const rowFindings = auditRows(text, log, stored.header);
  // A changed header breaks the checksum of every row: that says nothing of the rows.
  const telling = stored.intact ? rowFindings : rowFindings.filter(({ field }) => field !== "check");
  return [...auditHeader(stored), ...telling];
}
