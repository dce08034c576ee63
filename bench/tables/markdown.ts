import { ceilTo, floorTo } from "smoothcert";
import { markdownTable } from "../../src/text/markdown-table.js";
import { accuraciesOf, differencesOf, type Spread } from "./accuracies.js";
import { type Group, plainEpochs } from "./models.js";
import type { PublishedRow } from "./published.js";

/** The tables of docs/results.md. */

/** As in "97.5 ± 0.1", without the deviation where there is none. */
export function spreadText({ mean, deviation }: Spread, shown = mean.toFixed(1)): string {
  return deviation === undefined ? shown : `${shown} ± ${deviation.toFixed(1)}`;
}

/** The same of certified accuracies: their mean is rounded down (not its last bits, which are those of the sum). */
export function certifiedText(spread: Spread): string {
  return spreadText(spread, floorTo(Number(spread.mean.toFixed(9)), 1));
}

/** A row for each group, and below the last of a method the published one. */
export function accuracyTable(
  groups: readonly Group[],
  radii: readonly number[],
  published: readonly PublishedRow[],
): string {
  const methods = groups.map(({ models }) => models[0].settings.objective.name);
  const rows = groups.flatMap((group, i) => {
    const theirs = published.find(({ method }) => method === methods[i]);
    const isLast = methods.lastIndexOf(methods[i]) === i;
    return [ownRow(group, radii), ...(theirs !== undefined && isLast ? [publishedRow(theirs, radii)] : [])];
  });
  return markdownTable([
    ["method", "seeds", "epochs", "cost", "minutes", ...radii.map((r) => `r = ${r}`), "undecided"],
    ...rows,
  ]);
}

function ownRow(group: Group, radii: readonly number[]): string[] {
  const accuracies = accuraciesOf(group, radii);
  const { models, label } = group;
  const minutes = models.reduce((sum, { seconds }) => sum + seconds, 0) / models.length / 60;
  const open = Math.max(...accuracies.map(({ undecidedAtMost }) => undecidedAtMost));
  const cells = accuracies.map(({ certified }) => certifiedText(certified));
  const { settings } = models[0];
  const [epochs, cost] = [String(settings.epochs), plainEpochs(settings).toFixed(0)];
  return [
    label,
    String(models.length),
    epochs,
    cost,
    minutes.toFixed(0),
    ...cells,
    `≤ ${ceilTo(Number(open.toFixed(9)), 1)}`,
  ];
}

function publishedRow({ method, certified }: PublishedRow, radii: readonly number[]): string[] {
  return [
    `*${method}, published*`,
    "",
    "90",
    "",
    "",
    ...radii.map((radius) => certified[radius]?.toFixed(1) ?? ""),
    "",
  ];
}

/** A table for each of the first groups, which holds those that come after against it. */
export function differenceTables(groups: readonly Group[], radii: readonly number[], references: number): string {
  const tables = groups.slice(0, references).map((_, i) => differenceTable(groups.slice(i), radii));
  return tables.filter((table) => table !== "").join("\n\n");
}

/** A row for each group but the first: what it has over the first, in points. Empty where there is none. */
function differenceTable([first, ...others]: readonly Group[], radii: readonly number[]): string {
  const rows = others.flatMap((group) => {
    const differences = differencesOf(group, first, radii);
    if (differences.length === 0) return [];
    const cells = differences.map((one) => {
      const { mean, deviation } = one.difference;
      const signed = `${mean < 0 ? "" : "+"}${mean.toFixed(1)}`;
      const points = `${signed}${one.isBeyondChance ? "*" : ""}`;
      const spread = deviation === undefined ? "" : ` ±${deviation.toFixed(1)}`;
      return `${points}${spread} (${one.firstBetter}:${one.secondBetter})`;
    });
    return [[group.label, String(differences[0].seeds), ...cells]];
  });
  if (rows.length === 0) return "";
  return markdownTable([[`minus ${first.label}`, "seeds", ...radii.map((r) => `r = ${r}`)], ...rows]);
}
