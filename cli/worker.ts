import { hostname } from "node:os";
import { Command } from "commander";
import {
  type BaseClassifier,
  fingerprintOf,
  type LoggedRun,
  type OpenedPlan,
  type Plan,
  planCertification,
  tunedClassifier,
  work,
} from "../certify/index.js";
import { type Dataset, MAX_THREADS, show, smoothingOf } from "../src/index.js";
import { interruptible } from "./interrupt.js";
import { findModel } from "./model-source.js";
import { openData } from "./open-data.js";
import { underLabelsOf } from "./open-model.js";
import { integer, number } from "./options.js";
import { counted, note, warn } from "./print.js";
import { openQueue, planText, type QueueOptions, withQueueOption } from "./queue.js";
import { ModelFiles } from "./worker-files.js";

interface WorkerOptions extends QueueOptions {
  readonly models: readonly string[];
  readonly data: readonly string[];
  readonly threads?: number;
  readonly batchSize?: number;
  readonly provider?: string;
  readonly jobs: number;
  readonly untilIdle?: number;
}

const HELP = `
A worker takes jobs from a queue, as many as it can, until it is stopped. Model
and data are found among its own files by their hashes, and refused if anything
of them is not as the certification says; nothing from the queue is executed, and
no path in it is opened. Ctrl-C gives the jobs under way back; a worker that is
killed, or cut off, loses its jobs to others after 30 seconds.

Run one worker for each machine, which uses all its cores, and on machines with
several GPUs one for each: CUDA_VISIBLE_DEVICES=1 smoothcert worker ...

Examples:
  smoothcert worker --queue dir:/shared/queue --models /shared/runs
  smoothcert worker --queue redis://queue.example:6379 --models models --data cifar10:cifar
  smoothcert worker --models models --data folder:imagenet --until-idle 600`;

/** `smoothcert worker`: counts votes for the certifications in a queue. */
export function workerCommand(): Command {
  const command = new Command("worker").description(
    "count votes for certifications in a queue, on any number of machines",
  );
  return withQueueOption(command)
    .optionsGroup("What it has:")
    .requiredOption("--models <places...>", "folders with .onnx files somewhere in them, or such files")
    .option("--data <specs...>", "data sets (see 'smoothcert data'), beside those that come with the package", [])
    .optionsGroup("Computation:")
    .option(
      "--threads <t>",
      "threads that label noisy copies; by default one per core",
      integer("--threads", 1, MAX_THREADS),
    )
    .option("--batch-size <b>", "noisy copies per batch; by default the fastest found", integer("--batch-size", 1))
    .option("--provider <p>", "execution provider of ONNX Runtime; by default cpu")
    .option("--jobs <k>", "jobs side by side, which share batches", integer("--jobs", 1, 64), 4)
    .option("--until-idle <s>", "end after so many seconds without a job; by default never", number("--until-idle"))
    .addHelpText("after", HELP)
    .action(worker);
}

async function worker(options: WorkerOptions): Promise<void> {
  const models = new ModelFiles(options.models);
  const queue = await openQueue(options);
  const name = `${hostname()}-${process.pid}`;
  note(`Worker ${name}: waiting for jobs in ${queue.name}; Ctrl-C stops it`);
  const data = new Map<string, Promise<Dataset>>();
  const done = (jobs: number): void => {
    if (jobs % 100 === 0 || jobs === 1) note(`${counted(jobs, "job")} done`);
  };
  const untilIdle = options.untilIdle === undefined ? {} : { untilIdle: options.untilIdle };
  const open = (plan: Plan): Promise<OpenedPlan> => openPlan(plan, models, data, options);
  const watch = (signal: AbortSignal): Promise<number> =>
    work(queue, { worker: name, open, atOnce: options.jobs, ...untilIdle, signal, done, problem: warn });
  try {
    note(`${counted(await interruptible(watch), "job")} done in all`);
  } finally {
    await queue.close();
  }
}

/** Opens what a plan names by hashes. @throws Error saying what of it is not here, or differs */
async function openPlan(
  plan: Plan,
  models: ModelFiles,
  data: Map<string, Promise<Dataset>>,
  options: WorkerOptions,
): Promise<OpenedPlan> {
  const { header, modelFile, feed } = plan;
  const { threads, batchSize, provider } = options;
  const source = await findModel(await models.find(modelFile), "auto", "onnx");
  const computation = {
    ...(threads !== undefined && { threads }),
    ...(batchSize !== undefined && { batchSize }),
    ...(provider !== undefined && { provider }),
  };
  const [height, width, channels] = header.data.shape;
  const classifier = await source.open([height, width, channels], { ...(feed as object), ...computation });
  try {
    const dataset = await datasetOf(plan, classifier, data, options.data);
    const run = runOf(plan, classifier, dataset);
    note(`Opened ${planText(plan)}`);
    const announced = planCertification(run);
    const fingerprint = await fingerprintOf(classifier);
    const tuned =
      batchSize === undefined ? await tunedClassifier({ ...announced, remaining: announced.indices }) : classifier;
    return { run: { ...run, classifier: tuned }, fingerprint };
  } catch (error) {
    await classifier.close?.();
    throw error;
  }
}

/** The data set of the plan's hash among those that the worker has. */
async function datasetOf(
  { header }: Plan,
  classifier: BaseClassifier,
  data: Map<string, Promise<Dataset>>,
  specs: readonly string[],
): Promise<Dataset> {
  const { split } = header.data;
  if (split !== "train" && split !== "test") throw new Error(`the data set has no split ${show(split)}`);
  const problems: string[] = [];
  for (const spec of new Set([...(header.data.name === "mnist" ? ["mnist"] : []), ...specs])) {
    const key = `${split} ${spec}`;
    const loading = data.get(key) ?? openData(spec, split);
    data.set(key, loading);
    try {
      const dataset = underLabelsOf(classifier, await loading, header.data.labels);
      if (dataset.hash() === header.data.hash) return dataset;
      problems.push(`${spec} has another hash`);
    } catch (error) {
      data.delete(key);
      problems.push(`${spec}: ${(error as Error).message}`);
    }
  }
  const found = problems.length === 0 ? "no --data was given" : problems.join("; ");
  throw new Error(`the data set ${header.data.name} (${header.data.hash.slice(0, 8)}) is not here: ${found}`);
}

/** The run of a plan. @throws Error for a law of noise that this version doesn't have */
function runOf({ header }: Plan, classifier: BaseClassifier, dataset: Dataset): LoggedRun {
  const smoothing = smoothingOf(header.noise, header.sigma);
  if (smoothing === undefined) throw new Error(`this version has no noise ${header.noise}`);
  const { n0, n, alpha, familyAlpha, bound, interval, stop, seed, skip, max } = header;
  const settings = { n0, n, alpha, familyAlpha, bound, interval, stop, seed, skip, max };
  return { ...settings, classifier, dataset, smoothing, trainingSigma: header.model.trainingSigma };
}
