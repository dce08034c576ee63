import { averageCertifiedRadius, certifiedCount, summarizeStopping } from "../certify/index.js";
import { floorTo, writeWhole } from "../src/index.js";
import { readHistory } from "../train/index.js";
import type { Sweep } from "./sweep-file.js";
import { completeLog, type ModelPaths, modelPaths } from "./sweep-folder.js";
import type { SweepModel } from "./sweep-grid.js";

/** The summary of a sweep: a row for each model that is certified or failed, derived from what lies in its folder. */

export interface Summary {
  readonly columns: readonly string[];
  readonly rows: readonly Readonly<Record<string, string>>[];
}

/** @param problems why models failed, by name */
export async function summarize(
  folder: string,
  { varied, models, certification }: Sweep,
  problems: ReadonlyMap<string, string>,
): Promise<Summary> {
  const radii = certification.radii.filter((radius) => radius > 0);
  const figures = ["points", "clean", ...radii.map(radiusColumn), "undecided", "acr", "epochs", "seconds", "hash"];
  const rows: Record<string, string>[] = [];
  for (const model of models) {
    const values = Object.fromEntries(Object.entries(model.values).map(([name, value]) => [name, String(value)]));
    const problem = problems.get(model.name);
    const found = problem === undefined ? await figuresOf(model, modelPaths(folder, model), radii) : { problem };
    if (found !== undefined) rows.push({ name: model.name, ...values, ...found });
  }
  return { columns: ["name", ...varied, ...figures, "problem"], rows };
}

/** Writes the summary as a table separated by tabs; what a model lacks is left empty. */
export async function writeSummary(path: string, { columns, rows }: Summary): Promise<void> {
  const cell = (text = ""): string => text.replace(/\s+/g, " ");
  const lines = rows.map((row) => columns.map((column) => cell(row[column])));
  await writeWhole(path, [columns, ...lines].map((line) => `${line.join("\t")}\n`).join(""));
}

async function figuresOf(
  model: SweepModel,
  paths: ModelPaths,
  radii: readonly number[],
): Promise<Record<string, string> | undefined> {
  const log = await completeLog(model, paths);
  if (log === undefined) return undefined;
  const { rows, header } = log;
  const { epochs } = model.settings;
  const history = await readHistory(paths.history, epochs);
  const outcomes = summarizeStopping(rows, header)?.outcomes;
  return {
    points: String(rows.length),
    clean: fraction(certifiedCount(rows, 0), rows.length),
    ...Object.fromEntries(radii.map((r) => [radiusColumn(r), fraction(certifiedCount(rows, r), rows.length)])),
    ...(outcomes && { undecided: String(outcomes.reduce((sum, { undecided }) => sum + undecided, 0)) }),
    // Where images stop at radii, what they reach beyond depends on chance.
    ...(header.stop?.kind !== "radii" && { acr: floorTo(averageCertifiedRadius(rows), 4) }),
    epochs: String(epochs),
    seconds: history.reduce((sum, record) => sum + record.seconds, 0).toFixed(1),
    hash: header.model.hash,
  };
}

function radiusColumn(radius: number): string {
  return `r${radius}`;
}

/** Rounded down, from the counts and so without error. */
function fraction(count: number, points: number): string {
  return (Math.floor((10_000 * count) / points) / 10_000).toFixed(4);
}
