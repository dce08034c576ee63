import { readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { curveFigure } from "smoothcert/plot";
import { accuraciesOf } from "./accuracies.js";
import { accuracyTable, differenceTable } from "./markdown.js";
import { type Group, groupsOf, modelsIn } from "./models.js";
import { MNIST_HALF } from "./published.js";

/**
 * Writes the tables and the figure of docs/results.md from the rows in bench/tables/rows. A table stands between its
 * marks, `<!-- table NAME -->` and `<!-- end -->`; all else is left as it is. After `npm run build`: node
 * dist/bench/tables/write.js
 */

const ROOT = join(dirname(fileURLToPath(import.meta.url)), "..", "..", "..");
const RADII = [0, 0.5, 1, 1.5];

/** Sweeps whose models stand in one table, the reference first. */
const EQUAL_EPOCHS = ["mnist-gaussian", "mnist-maxup"];

async function groupsIn(sweeps: readonly string[]): Promise<Group[]> {
  const models = await Promise.all(sweeps.map((name) => modelsIn(join(ROOT, "bench", "tables", "rows", name))));
  return groupsOf(models.flat());
}

function figure(groups: readonly Group[]): string {
  const series = groups.map((group) => ({
    label: group.label,
    points: accuraciesOf(group, RADII).map(({ radius, certified, undecided }) => ({
      radius,
      accuracy: certified.mean / 100,
      atMost: (certified.mean + undecided.mean) / 100,
    })),
  }));
  return curveFigure(series, { title: "MNIST, LeNet, sigma 0.5: means over seeds" });
}

function withTable(text: string, name: string, table: string): string {
  const marks = new RegExp(`(<!-- table ${name} -->\n)[^]*?(<!-- end -->)`);
  if (!marks.test(text)) throw new Error(`docs/results.md has no table ${name}`);
  return text.replace(marks, (_, begin: string, end: string) => `${begin}\n${table}\n\n${end}`);
}

const groups = await groupsIn(EQUAL_EPOCHS);
const path = join(ROOT, "docs", "results.md");
const tables = {
  "mnist-0.5": accuracyTable(groups, RADII, MNIST_HALF),
  "mnist-0.5-differences": differenceTable(groups, RADII),
};
const text = Object.entries(tables).reduce(
  (all, [name, table]) => withTable(all, name, table),
  readFileSync(path, "utf8"),
);
writeFileSync(path, text);
writeFileSync(join(ROOT, "docs", "results-mnist.svg"), figure(groups));
