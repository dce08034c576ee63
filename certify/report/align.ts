/** Logs made comparable: derived again at one alpha, on the images that all of them have. */

import { FileError, requireThat, type SampledTheorem } from "../../src/core.js";
import type { LogHeader } from "../log/header.js";
import type { LogRow } from "../log/row.js";
import { theoremOfHeader, votesOf } from "../log/votes.js";
import { decide } from "../theorem/decision.js";
import { hasVotes } from "./log-summary.js";
import { sharedImages } from "./shared-images.js";

/** A log of ours. */
export interface OwnLog {
  /** Its name in messages. */
  readonly file: string;
  readonly rows: readonly LogRow[];
  readonly header: LogHeader;
}

/** Logs at one alpha. */
export interface AlignedLogs {
  readonly alpha: number;
  /** How many images all logs have. */
  readonly images: number;
  /** In the order given; headers have the common alpha, rows neither seals nor images that others lack. */
  readonly logs: readonly OwnLog[];
}

/**
 * Derives the certificates of logs again, from their votes and at one alpha, on the images that all logs have. Votes
 * and bounds stay those of each log, and so does n, which can't be made equal. Each certificate then fails with
 * probability `alpha` at most, if alpha was not chosen by looking at the results.
 *
 * @param alpha in (0, 1/2]; by default the smallest of the logs, so that no certificate claims less than it did
 * @throws FileError naming a log without header or votes, or of an unknown law, or of other data than the first
 * @throws ArgumentError for an alpha out of range
 */
export function alignLogs(
  logs: readonly (Omit<OwnLog, "header"> & { readonly header?: LogHeader | undefined })[],
  alpha?: number,
): AlignedLogs {
  const own = logs.map(({ file, rows, header }) => ({ file, rows, header: requireVotes(file, rows, header) }));
  const common = alpha ?? Math.min(...own.map(({ header }) => header.alpha));
  requireThat(common > 0 && common <= 0.5, "alignLogs", "alpha", "in (0, 1/2]", common);
  const shared = sharedImages(own);
  return { alpha: common, images: shared.size, logs: own.map((log) => alignedLog(log, common, shared)) };
}

function alignedLog({ file, rows, header }: OwnLog, alpha: number, shared: ReadonlySet<number>): OwnLog {
  const { familyAlpha: _, ...kept } = header;
  const aligned: LogHeader = { ...kept, alpha };
  const theorem = theoremOfHeader(aligned) as SampledTheorem;
  const own = rows.filter(({ idx }) => shared.has(idx));
  return { file, rows: own.map((row) => derivedRow(row, aligned, theorem)), header: aligned };
}

function derivedRow(row: LogRow, header: LogHeader, theorem: SampledTheorem): LogRow {
  const { check: _, pBUpper: __, ...kept } = row;
  const { predict, radius, nA, pALower, pBUpper } = decide(votesOf(row, header), header, theorem);
  const correct = predict === row.label;
  return { ...kept, predict, radius, correct, nA, pALower, ...(pBUpper === undefined ? {} : { pBUpper }) };
}

function requireVotes(file: string, rows: readonly LogRow[], header: LogHeader | undefined): LogHeader {
  const refuse = (problem: string): never => {
    throw new FileError(file, `${problem}, and so can't be derived again at another alpha`);
  };
  if (header === undefined) return refuse("has no header of smoothcert that says how its votes were drawn");
  if (theoremOfHeader(header) === undefined) return refuse(`is about ${header.noise}, a noise unknown to this version`);
  const bare = rows.find((row) => !hasVotes(row, header));
  return bare === undefined ? header : refuse(`has no votes for image ${bare.idx}`);
}
