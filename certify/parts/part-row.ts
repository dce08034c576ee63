import { FileError } from "../../src/core.js";
import { denseCounts, type SparseCounts } from "../log/cell.js";
import type { LogHeader } from "../log/header.js";
import type { LogRow } from "../log/row.js";
import { theoremOfHeader, votesOf } from "../log/votes.js";
import { rowOfCertificate } from "../run/certify-dataset.js";
import { decide } from "../theorem/decision.js";
import { votesIn } from "../theorem/votes.js";

/** All votes of an image. */
export interface ImageVotes {
  readonly idx: number;
  readonly label: number;
  readonly counts0: SparseCounts;
  readonly counts: SparseCounts;
  /** Seconds that they took, all machines together. */
  readonly time: number;
}

/**
 * The row that a run under this header writes for these votes.
 *
 * @throws FileError if this version doesn't have the header's law of noise
 */
export function rowOfVotes({ idx, label, counts0, counts, time }: ImageVotes, header: LogHeader): LogRow {
  const theorem = theoremOfHeader(header);
  if (theorem === undefined) {
    throw new FileError(header.model.name, `its noise ${header.noise} is none that this version knows`);
  }
  const votes = votesOf({ idx, label, predict: 0, radius: 0, correct: false, counts0, counts }, header);
  const classes = header.data.classes.length;
  const [selection, estimation] = [denseCounts(counts0, classes), denseCounts(counts, classes)];
  const certificate = {
    ...decide(votes, header, theorem),
    n: votesIn(estimation),
    counts0: selection,
    counts: estimation,
  };
  return rowOfCertificate(idx, label, certificate, time);
}

/** The sum of votes, in the order of classes. */
export function sumOfCounts(all: readonly SparseCounts[]): SparseCounts {
  const sum = new Map<number, number>();
  for (const [label, count] of all.flat()) sum.set(label, (sum.get(label) ?? 0) + count);
  return [...sum].filter(([, count]) => count > 0).sort(([a], [b]) => a - b);
}
