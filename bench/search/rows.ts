import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type KeptRows, keptRows } from "../kept-rows.js";

/** The noise level of the certification. */
export const SIGMA = 0.5;

/** A held-back image: its label, the class predicted, votes for it among n, and the certified radius. */
export interface SearchRow {
  readonly idx: number;
  readonly label: number;
  readonly predict: number;
  readonly nA: number;
  readonly n: number;
  readonly radius: number;
}

const FOLDER = fileURLToPath(new URL("../../../bench/search/rows/", import.meta.url));

/** The rows of a candidate, in bench/search/rows. */
export function searchRows(candidate: string): KeptRows<SearchRow> {
  const columns = { idx: Number, label: Number, predict: Number, nA: Number, n: Number, radius: Number };
  return keptRows(join(FOLDER, `${candidate}.tsv`), columns);
}
