import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { Command } from "commander";
import {
  type Dataset,
  ENGINE_CHOICES,
  type EngineChoice,
  FileError,
  InterruptedError,
  removeLeftovers,
  requireWritable,
  takeLock,
} from "../src/index.js";
import { counted } from "../src/text/counted.js";
import { openData } from "./open-data.js";
import { oneOf, outputName } from "./options.js";
import { note, print, table, thisCommand, warn } from "./print.js";
import { openQueue } from "./queue.js";
import { readSweep, type Sweep } from "./sweep-file.js";
import { completeLog, modelPaths } from "./sweep-folder.js";
import { type ModelTask, requireTask, runModel } from "./sweep-model.js";
import { dataKey, sweepPlan } from "./sweep-plan.js";
import { fetchModels } from "./sweep-queue.js";
import { type Summary, summarize, writeSummary } from "./sweep-summary.js";

interface SweepOptions {
  readonly out: string;
  readonly engine: EngineChoice;
  readonly provider?: string;
  readonly queue?: string | true;
  readonly dryRun?: true;
  readonly json?: true;
}

const HELP = `
FILE is JSON, for example:
  {
    "recipe": "mnist/maxup",
    "settings": { "epochs": 10 },
    "grid": { "objective": ["gaussian", "maxup"], "sigma": [0.25, 0.5], "copies": [2, 4] },
    "certify": { "n": 10000, "skip": 20, "stop": "radii:0,0.25,0.5" }
  }
One model is trained for each combination of the grid's values, over the recipe
and the settings, and certified at the sigma of its training, or at that of
"certify". docs/recipes.md lists what FILE may hold.

Each model has a run folder in --out, with its log certify.tsv. summary.tsv there
has a row for each: certified accuracies, rounded down, training time, hash.
After any interruption, rerun the command: nothing is done twice. A model that
fails is told in the summary, and the others go on; the exit code is then 1.

With --queue, each model is a job for 'smoothcert worker --train': workers find
the data by their hashes, and send back the run folder with its log. Models that
are begun in --out are finished here.

Examples:
  smoothcert sweep sigma.json --out runs/sigma --dry-run
  smoothcert sweep sigma.json --out runs/sigma
  smoothcert sweep sigma.json --out runs/sigma --queue dir:/shared/queue
  smoothcert curve runs/sigma/*/certify.tsv --out curve.svg`;

/** `smoothcert sweep FILE`: trains and certifies a model for each combination of settings. */
export function sweepCommand(): Command {
  return new Command("sweep")
    .description("train and certify a model for each combination of settings, and sum them up in a table")
    .argument("<file>", "what varies, and how models are certified (JSON, see below)")
    .requiredOption("--out <folder>", "the folder of the runs and of summary.tsv", outputName("--out"))
    .option("--engine <e>", "TensorFlow.js engine for training", oneOf("--engine", ENGINE_CHOICES), "auto")
    .option("--provider <p>", "execution provider of ONNX Runtime for certification, e.g. openvino; by default cpu")
    .option(
      "--queue [address]",
      "let the workers of a queue train and certify: dir:PATH, redis://HOST:PORT/DB or, alone, SMOOTHCERT_QUEUE",
    )
    .option("--dry-run", "only list the models, and what there is of each")
    .option("--json", "print the summary as one JSON array")
    .addHelpText("after", HELP)
    .action(sweepAction);
}

async function sweepAction(file: string, options: SweepOptions): Promise<void> {
  const sweep = await readSweep(file);
  const tasks = await tasksOf(file, sweep, options.out);
  if (options.dryRun) return listModels(tasks);
  const summaryPath = join(options.out, "summary.tsv");
  await requireSummary(summaryPath);
  const lock = takeLock(join(options.out, "lock"), options.out);
  try {
    await removeLeftovers(summaryPath);
    const problems = options.queue === undefined ? [] : await byWorkers(sweep, tasks, options);
    report(await runAll(sweep, tasks, summaryPath, options, problems), summaryPath, options.json === true);
  } finally {
    lock.release();
  }
}

/** The models with what they are certified on. @throws FileError for a certification that is bound to fail */
async function tasksOf(file: string, { models, certification }: Sweep, folder: string): Promise<ModelTask[]> {
  const datasets = new Map<string, Dataset>();
  const tasks: ModelTask[] = [];
  for (const model of models) {
    const spec = certification.data ?? model.settings.data;
    const dataset = datasets.get(spec) ?? (await openData(spec, certification.split));
    datasets.set(spec, dataset);
    const task = { model, paths: modelPaths(folder, model), certification, dataset };
    try {
      requireTask(task);
    } catch (cause) {
      throw new FileError(file, `model ${model.name}: ${(cause as Error).message}`, { cause });
    }
    tasks.push(task);
  }
  return tasks;
}

async function listModels(tasks: readonly ModelTask[]): Promise<void> {
  const lines = tasks.map(async ({ model, paths }) => {
    if (await completeLog(model, paths)) return [model.name, "certified"];
    if (existsSync(paths.diverged)) return [model.name, "diverged"];
    return [model.name, existsSync(paths.config) ? "begun" : "not begun"];
  });
  print(table(await Promise.all(lines)));
}

/** Nothing is overwritten that isn't the summary of a sweep. */
async function requireSummary(path: string): Promise<void> {
  requireWritable(path);
  if (!existsSync(path) || (await readFile(path, "utf8")).startsWith("name\t")) return;
  throw new FileError(path, "expected the summary of a sweep, found something else. Name another folder");
}

/** Has the workers of a queue do what isn't begun here. @returns why models were given up, by name */
async function byWorkers(
  sweep: Sweep,
  tasks: readonly ModelTask[],
  { queue: address, out }: SweepOptions,
): Promise<Iterable<[string, string]>> {
  const queue = await openQueue(typeof address === "string" ? { queue: address } : {}, "sweeps");
  try {
    return await fetchModels(queue, await sweepPlan(sweep, openedBy(tasks)), tasks, out);
  } finally {
    await queue.close();
  }
}

/** The data sets that are open already. */
function openedBy(tasks: readonly ModelTask[]): Map<string, Dataset> {
  return new Map(
    tasks.map(({ model, certification: { data = model.settings.data, split }, dataset }) => {
      return [dataKey(data, split), dataset];
    }),
  );
}

/** @param given why models need not be tried, by name */
async function runAll(
  sweep: Sweep,
  tasks: readonly ModelTask[],
  summaryPath: string,
  { out, engine, provider }: SweepOptions,
  given: Iterable<[string, string]>,
): Promise<Summary> {
  const problems = new Map(given);
  const summed = async (): Promise<Summary> => {
    const summary = await summarize(out, sweep, problems);
    await writeSummary(summaryPath, summary);
    return summary;
  };
  for (const [i, task] of tasks.entries()) {
    const { name } = task.model;
    if (problems.has(name)) continue;
    note(`[${i + 1}/${tasks.length}] ${name}`);
    try {
      await runModel(task, { engine, provider, resumeCommand: thisCommand() });
    } catch (error) {
      if (error instanceof InterruptedError || !(error instanceof Error)) throw error;
      problems.set(name, error.message);
      warn(`${name} failed: ${error.message}`);
    }
    await summed();
  }
  return summed();
}

function report({ columns, rows }: Summary, path: string, json: boolean): void {
  if (json) print(JSON.stringify(rows.map(unquoted)));
  else {
    const shown = columns.filter((column) => column !== "hash" && rows.some((row) => row[column] !== undefined));
    print(table([shown, ...rows.map((row) => shown.map((column) => row[column] ?? ""))]));
    print(`summary: ${path}`);
  }
  const failed = rows.filter(({ problem }) => problem !== undefined).map(({ name }) => name);
  if (failed.length === 0) return;
  throw new Error(`sweep: ${counted(failed.length, "model")} of ${rows.length} failed: ${failed.join(", ")}`);
}

const TEXTS = new Set(["name", "hash", "problem"]);

/** A row whose numbers are numbers. */
function unquoted(row: Summary["rows"][number]): object {
  const value = (name: string, text: string): unknown => {
    return TEXTS.has(name) || Number.isNaN(Number(text)) ? text : Number(text);
  };
  return Object.fromEntries(Object.entries(row).map(([name, text]) => [name, value(name, text)]));
}
