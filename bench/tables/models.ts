import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { exampleCount, type LogHeader, type PairedLog, readHeader, readLog } from "smoothcert/certify";
import { methodCost, type RunSettings, readConfig, readHistory, runPaths } from "smoothcert/train";

/** A model of the tables: how it was trained, how long that took, and the log of its certification. */
export interface TableModel {
  readonly settings: RunSettings;
  /** Spent in steps of the training. */
  readonly seconds: number;
  readonly log: PairedLog & { readonly header: LogHeader };
}

/** The models of a sweep's folder that are trained and certified. */
export async function modelsIn(folder: string): Promise<TableModel[]> {
  const names = existsSync(folder) ? readdirSync(folder, { withFileTypes: true }) : [];
  const runs = names.filter((entry) => entry.isDirectory()).map(({ name }) => join(folder, name));
  const models = await Promise.all(runs.sort().map(modelIn));
  return models.filter((model) => model !== undefined);
}

async function modelIn(folder: string): Promise<TableModel | undefined> {
  const [paths, file] = [runPaths(folder), join(folder, "certify.tsv")];
  const header = existsSync(file) ? await readHeader(file) : undefined;
  if (header === undefined) return undefined;
  const { rows } = await readLog(file);
  if (rows.length < exampleCount(header.data.length, header)) return undefined;
  const { settings } = await readConfig(paths.config);
  const history = await readHistory(paths.history, settings.epochs);
  const seconds = history.reduce((sum, record) => sum + record.seconds, 0);
  return { settings, seconds, log: { file, rows, header } };
}

/** Models that differ in their seed alone. */
export interface Group {
  /** E.g. `maxup, m = 4`. */
  readonly label: string;
  readonly models: readonly TableModel[];
}

/** The models in groups, in the order of their first ones; within a group by seed. */
export function groupsOf(models: readonly TableModel[]): Group[] {
  const groups = new Map<string, TableModel[]>();
  for (const model of models) {
    const { seed: _, ...others } = model.settings;
    const key = JSON.stringify(others);
    groups.set(key, [...(groups.get(key) ?? []), model]);
  }
  return [...groups.values()].map((group) => ({
    label: labelOf(group[0]),
    models: group.toSorted((a, b) => a.settings.seed - b.settings.seed),
  }));
}

/** What a training costs, in epochs of plain steps: the first ones are on single copies. */
export function plainEpochs({ epochs, warmup, objective }: RunSettings): number {
  return warmup + (epochs - warmup) * methodCost(objective);
}

/** What tells a method's variants apart; the rest is in the rows' own configurations. */
const TOLD = ["copies", "screen", "steps", "lambda", "keep"];

function labelOf({ settings, log }: TableModel): string {
  const { name, ...options } = settings.objective;
  const told = Object.entries(options).filter(([option]) => TOLD.includes(option));
  const words = told.map(([option, value]) => (option === "copies" ? `m = ${value}` : `${option} ${value}`));
  const noise = settings.sigma === log.header.sigma ? [] : [`trained at sigma ${settings.sigma}`];
  return [name, ...words, ...noise, ...beginningOf(settings)].join(", ");
}

/** Where a training doesn't begin as most here do: from He's weights with a rate that rises over the first steps. */
function beginningOf({ initialization, lrRamp }: RunSettings): string[] {
  if (initialization === "pytorch") return ["PyTorch's weights"];
  return lrRamp === 0 ? ["no ramp"] : [];
}
