import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { normalCdf } from "smoothcert";
import { markdownTable } from "../../src/text/markdown-table.js";
import { spreadOf } from "../tables/accuracies.js";
import { withTable } from "../tables/page.js";
import { CANDIDATES } from "./candidates.js";
import { type SearchRow, SIGMA, searchRows } from "./rows.js";

/**
 * Writes the table of the search in docs/results.md from the rows in bench/search/rows. After `npm run build`: node
 * dist/bench/search/table.js
 */

const RADII = [0, 0.5, 1, 1.5];
/** The published method that all are held against. */
const REFERENCE = "consistency";

const PAGE = fileURLToPath(new URL("../../../docs/results.md", import.meta.url));

/** Share of the images that are right with p of at least Phi(radius / sigma), by the share of votes, in percent. */
function shareAt(rows: readonly SearchRow[], radius: number): number {
  const within = rows.filter(({ predict, label, nA, n }) => predict === label && nA / n >= normalCdf(radius / SIGMA));
  return (100 * within.length) / rows.length;
}

/** The radius within which each image is certified to be right; 0 where it isn't. */
function radiiOf(rows: readonly SearchRow[]): number[] {
  return rows.map(({ predict, label, radius }) => (predict === label ? radius : 0));
}

/** The mean difference over images, and its standard error. */
function difference(own: readonly SearchRow[], reference: readonly SearchRow[]): string {
  const others = radiiOf(reference);
  const { mean, deviation = 0 } = spreadOf(radiiOf(own).map((radius, i) => radius - others[i]));
  return `${mean < 0 ? "" : "+"}${mean.toFixed(3)} ± ${(deviation / Math.sqrt(own.length)).toFixed(3)}`;
}

const reference = searchRows(REFERENCE).all();
const rows = CANDIDATES.flatMap(({ name, epochs }) => {
  const own = searchRows(name).all();
  if (own.length === 0) return [];
  const shares = RADII.map((radius) => shareAt(own, radius).toFixed(1));
  const against = name === REFERENCE ? "" : difference(own, reference);
  return [[name, String(epochs), spreadOf(radiiOf(own)).mean.toFixed(3), against, ...shares]];
});
const table = markdownTable([
  ["candidate", "epochs", "ACR", `minus ${REFERENCE}`, ...RADII.map((r) => `r = ${r}`)],
  ...rows,
]);
writeFileSync(PAGE, withTable(readFileSync(PAGE, "utf8"), "search", table));
