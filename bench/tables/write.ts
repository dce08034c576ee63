import { readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { curveFigure } from "smoothcert/plot";
import { counted } from "../../src/text/counted.js";
import { accuraciesOf } from "./accuracies.js";
import { acrTable, estimatedRuns } from "./acr.js";
import { bestTable } from "./best.js";
import { accuracyTable, differenceTables } from "./markdown.js";
import { type Group, groupsOf, modelsIn } from "./models.js";
import { hasTable, withTable } from "./page.js";
import { GAUSSIAN_ACR, MNIST_HALF, MNIST_ONE, MNIST_QUARTER, type PublishedRow } from "./published.js";

/**
 * Writes the tables and the figure of docs/results.md from the rows in bench/tables/rows. After `npm run build`: node
 * dist/bench/tables/write.js
 */

const ROOT = join(dirname(fileURLToPath(import.meta.url)), "..", "..", "..");
const ROWS = join(ROOT, "bench", "tables", "rows");

/** The models of a table, and the radii of its columns. */
interface Table {
  /** Their sweeps, references first; one that has no rows yet is left out. */
  readonly sweeps: readonly string[];
  readonly radii: readonly number[];
  /** So many of the first groups are held against all that come after them. */
  readonly references: number;
  /** Rows of published tables to show beside those of the same method. */
  readonly published?: readonly PublishedRow[];
}

const QUARTER = [0, 0.25, 0.5, 0.75];
const HALF = [0, 0.5, 1, 1.5];
const ONE = [0, 0.5, 1, 1.5, 2];

/** By name; a table without any rows is left as it is, and so is one that the page has no marks for. */
const TABLES: Readonly<Record<string, Table>> = {
  "mnist-0.5": {
    sweeps: [
      "mnist-gaussian",
      "mnist-maxup",
      "mnist-maxup-25",
      "mnist-gradient-norm",
      "mnist-ohem",
      "mnist-stability",
      "mnist-consistency",
      "mnist-macer",
      "mnist-smoothmix",
      "mnist-smoothadv-two-steps",
      "mnist-smoothadv",
    ],
    radii: HALF,
    references: 3,
    published: MNIST_HALF,
  },
  "mnist-0.5-90": {
    sweeps: ["mnist-gaussian-90", "mnist-gaussian-90-pytorch"],
    radii: HALF,
    references: 0,
    published: MNIST_HALF,
  },
  "mnist-0.5-ramp": {
    sweeps: [
      "mnist-gaussian-no-ramp",
      "mnist-gaussian",
      "mnist-gaussian-pytorch",
      "mnist-maxup-no-ramp",
      "mnist-maxup",
    ],
    radii: HALF,
    references: 2,
  },
  "mnist-0.5-pytorch": {
    sweeps: ["mnist-gaussian-pytorch", "mnist-maxup-pytorch", "mnist-smoothadv-33-pytorch"],
    radii: HALF,
    references: 2,
  },
  "mnist-0.5-cost": {
    sweeps: [
      "mnist-gaussian-33",
      "mnist-maxup",
      "mnist-maxup-screened-33",
      "mnist-consistency-33",
      "mnist-smoothadv-33",
      "mnist-gaussian-33-sigma0.7",
    ],
    radii: HALF,
    references: 3,
  },
  "mnist-0.5-copies": {
    sweeps: ["mnist-gaussian", "mnist-maxup-2", "mnist-maxup", "mnist-maxup-8", "mnist-maxup-25"],
    radii: HALF,
    references: 1,
  },
  "mnist-1": {
    sweeps: ["mnist-gaussian-sigma1", "mnist-maxup-sigma1", "mnist-maxup-25-sigma1", "mnist-consistency-sigma1"],
    radii: ONE,
    references: 2,
    published: MNIST_ONE,
  },
  "mnist-0.25": {
    sweeps: ["mnist-gaussian-sigma0.25", "mnist-maxup-sigma0.25"],
    radii: QUARTER,
    references: 1,
    published: MNIST_QUARTER,
  },
  "cifar10-0.5": {
    sweeps: ["cifar10-gaussian", "cifar10-maxup", "cifar10-consistency", "cifar10-smoothadv"],
    radii: HALF,
    references: 2,
  },
};

/** Sweeps at equal epochs, of whose models the best at each radius are shown. */
const COMPARED = [
  "mnist-gaussian-sigma0.25",
  "mnist-gaussian",
  "mnist-gaussian-sigma1",
  "mnist-maxup-sigma0.25",
  "mnist-maxup",
  "mnist-maxup-25",
  "mnist-maxup-sigma1",
  "mnist-maxup-25-sigma1",
  "mnist-smoothadv-two-steps",
];

/** The table that is drawn. */
const DRAWN = "mnist-0.5";

async function groupsIn(sweeps: readonly string[]): Promise<Group[]> {
  const models = await Promise.all(sweeps.map((name) => modelsIn(join(ROWS, name))));
  return groupsOf(models.flat());
}

function figure(groups: readonly Group[], radii: readonly number[]): string {
  const series = groups.map((group) => ({
    label: `${group.label}, ${counted(group.models.length, "seed")}`,
    points: accuraciesOf(group, radii).map(({ radius, certified, undecided }) => ({
      radius,
      accuracy: certified.mean / 100,
      atMost: (certified.mean + undecided) / 100,
    })),
  }));
  return curveFigure(series, { title: "MNIST, LeNet, sigma 0.5: means over seeds" });
}

const path = join(ROOT, "docs", "results.md");
let text = readFileSync(path, "utf8");
for (const [name, { sweeps, radii, references, published = [] }] of Object.entries(TABLES)) {
  if (!hasTable(text, name)) continue;
  const groups = await groupsIn(sweeps);
  if (groups.length === 0) continue;
  text = withTable(text, name, accuracyTable(groups, radii, published));
  if (references > 0) text = withTable(text, `${name}-differences`, differenceTables(groups, radii, references));
  if (name === DRAWN) writeFileSync(join(ROOT, "docs", "results-mnist.svg"), figure(groups, radii));
}
const longRuns = await estimatedRuns({
  [join(ROWS, "mnist-gaussian-90", "sigma0.5_seed0")]: "He's weights, with a ramp",
  [join(ROWS, "mnist-gaussian-90-pytorch", "sigma0.5_seed0")]: "PyTorch's weights, no ramp, as published",
});
text = withTable(text, "mnist-best", bestTable(await groupsIn(COMPARED), ONE));
text = withTable(text, "mnist-0.5-90-acr", acrTable(longRuns, GAUSSIAN_ACR));
writeFileSync(path, text);
