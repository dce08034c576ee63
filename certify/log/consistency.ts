import { FileError } from "../../src/core.js";
import { looksOf, looksText } from "../theorem/looks.js";
import { type SparseCounts, totalOf } from "./cell.js";
import type { LogHeader } from "./header.js";
import type { LogRow } from "./row.js";

/**
 * Cells of a log of ours that no run under its header writes: sizes and sums, which all that is derived from a row
 * relies on.
 */

/** A column, and what is wrong with it. */
export type WrongCell = readonly [column: keyof LogRow, message: string];

/** The cells of a row that its header rules out; votes that aren't there count as none. */
export function wrongCells(row: LogRow, header: LogHeader): WrongCell[] {
  return [...wrongLabels(row, header), ...wrongVotes(row, header)];
}

/**
 * Refuses rows that their header rules out. Cells that are missing are passed over.
 *
 * @param file the log's name, for messages @throws FileError naming the image and the column
 */
export function requireRowsOf(header: LogHeader, rows: readonly LogRow[], file: string): void {
  for (const row of rows) {
    const wrong = wrongCells(row, header).find(([column]) => row[column] !== undefined);
    if (wrong === undefined) continue;
    const [column, message] = wrong;
    const next = "The log was changed after it was written: 'smoothcert audit' lists everything that is wrong with it";
    throw new FileError(file, `image ${row.idx}, ${column}: ${message}. ${next}`);
  }
}

function wrongLabels({ idx, label, predict }: LogRow, { data }: LogHeader): WrongCell[] {
  const classes = data.classes.length;
  const wrong: WrongCell[] = [];
  if (!(idx < data.length)) wrong.push(["idx", `${idx}, beyond the ${data.length} images of the data`]);
  if (!(label < classes)) wrong.push(["label", `class ${label} of ${classes}`]);
  if (!(predict < classes)) wrong.push(["predict", `class ${predict} of ${classes}`]);
  return wrong;
}

function wrongVotes({ n, counts0 = [], counts = [] }: LogRow, header: LogHeader): WrongCell[] {
  const wrong: WrongCell[] = [];
  if (n === undefined || !looksOf(header).includes(n)) {
    wrong.push(["n", `${n ?? "nothing"}, where the header says ${looksText(header)}`]);
  }
  const source = n === undefined || n === header.n ? "the header" : "column n";
  wrong.push(...wrongCounts("counts0", counts0, `the header says ${header.n0}`, header.n0, header));
  wrong.push(...wrongCounts("counts", counts, `${source} says ${n ?? header.n}`, n ?? header.n, header));
  return wrong;
}

function wrongCounts(
  column: "counts0" | "counts",
  counts: SparseCounts,
  source: string,
  total: number,
  { data }: LogHeader,
): WrongCell[] {
  const wrong: WrongCell[] = [];
  const sum = totalOf(counts);
  if (sum !== total) wrong.push([column, `votes that add up to ${sum}, where ${source}`]);
  const stranger = counts.find(([label]) => !(label < data.classes.length));
  if (stranger !== undefined) wrong.push([column, `votes for class ${stranger[0]} of ${data.classes.length}`]);
  return wrong;
}
