/** What a log says of its images at a radius. */
import { inferPrinting, printedInterval } from "../audit/printing.js";
import type { LogRow } from "../log/row.js";
import { undecidedRows } from "../report/log-summary.js";
import type { PairedLog } from "../report/pair-logs.js";
import { ABSTAIN } from "../theorem/decision.js";

/** An image at a radius. */
export interface ImageAt {
  readonly idx: number;
  /** Whether it is certified right there for sure. */
  readonly certified: boolean;
  /** Whether nothing in the log speaks against that; so it is wherever it is certified. */
  readonly possible: boolean;
}

/**
 * What a log says of its images at a radius, in the order of its rows. Two kinds of images are open: those that a run
 * stopped by a list of radii left undecided, and in a log without a header, whose radii were rounded to nearest, those
 * whose printed radius stands for values on both sides.
 */
export function imagesAt({ rows, header }: PairedLog, radius: number): ImageAt[] {
  if (header === undefined) return printedAt(rows, radius);
  const undecided = undecidedRows(rows, header, radius);
  return rows.map(({ idx, correct, radius: own }, i) => {
    const certified = correct && own >= radius;
    return { idx, certified, possible: certified || undecided[i] };
  });
}

function printedAt(rows: readonly LogRow[], radius: number): ImageAt[] {
  const answered = rows.filter(({ predict }) => predict !== ABSTAIN);
  const printing = inferPrinting(answered.map(({ radius: own }) => own));
  return rows.map(({ idx, correct, radius: own }) => {
    const { lower, upper } = printedInterval(own, printing);
    return { idx, certified: correct && lower >= radius, possible: correct && upper >= radius };
  });
}

/** How many of a log's images are open, and why; nothing where none is. */
export function openText({ header }: PairedLog, images: Iterable<ImageAt>): string[] {
  const open = [...images].filter(({ certified, possible }) => possible && !certified).length;
  if (open === 0) return [];
  return [header === undefined ? `${open} within the rounding of their printed radii` : `${open} undecided`];
}
