import { hostname } from "node:os";
import { Command } from "commander";
import {
  type BaseClassifier,
  doJobs,
  fingerprintOf,
  type LoggedRun,
  type Plan,
  type PlannedRun,
  planCertification,
  tunedClassifier,
  work,
} from "../certify/index.js";
import {
  ArgumentError,
  type Dataset,
  ENGINE_CHOICES,
  type EngineChoice,
  MAX_THREADS,
  smoothingOf,
} from "../src/index.js";
import { counted } from "../src/text/counted.js";
import { FetchedFiles, serverUrl } from "./fetch-files.js";
import { interruptible } from "./interrupt.js";
import { findModel } from "./model-source.js";
import { underLabelsOf } from "./open-model.js";
import { integer, number, oneOf, outputName } from "./options.js";
import { note, warn } from "./print.js";
import { openQueue, planText, type QueueOptions, withQueueOption } from "./queue.js";
import { openSweep } from "./sweep-worker.js";
import { DataSets } from "./worker-data.js";
import { ModelFiles } from "./worker-files.js";

interface WorkerOptions extends QueueOptions {
  readonly models?: readonly string[];
  readonly train?: string;
  readonly data?: readonly string[];
  readonly fetch?: string;
  readonly threads?: number;
  readonly batchSize?: number;
  readonly provider?: string;
  readonly engine: EngineChoice;
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
  smoothcert worker --models models --data folder:imagenet --until-idle 600
  smoothcert worker --queue redis://queue.example:6379 --fetch http://submitter.example:8080
  smoothcert worker --queue dir:/shared/queue --train /tmp/runs --data cifar10:cifar`;

/** `smoothcert worker`: does the jobs in a queue. */
export function workerCommand(): Command {
  const command = new Command("worker").description(
    "work on certifications and sweeps in a queue, on any number of machines",
  );
  return withQueueOption(command)
    .optionsGroup("What it has:")
    .option("--models <places...>", "certify: folders with .onnx files somewhere in them, or such files")
    .option(
      "--train <folder>",
      "train and certify the models of sweeps, one at a time; runs lie in this folder meanwhile",
      outputName("--train"),
    )
    .option("--data <specs...>", "data sets (see 'smoothcert data'), beside those that come with the package")
    .option(
      "--fetch <url>",
      "where 'submit --serve' hands out models and data that are not here, by their hashes",
      serverUrl,
    )
    .optionsGroup("Computation:")
    .option(
      "--threads <t>",
      "threads that label noisy copies; by default OMP_NUM_THREADS, else one per core",
      integer("--threads", 1, MAX_THREADS),
    )
    .option("--batch-size <b>", "noisy copies per batch; by default the fastest found", integer("--batch-size", 1))
    .option("--provider <p>", "execution provider of ONNX Runtime; by default cpu")
    .option("--engine <e>", "TensorFlow.js engine for --train", oneOf("--engine", ENGINE_CHOICES), "auto")
    .option("--jobs <k>", "jobs side by side, which share batches; --train has one", integer("--jobs", 1, 64), 4)
    .option("--until-idle <s>", "end after so many seconds without a job; by default never", number("--until-idle"))
    .addHelpText("after", HELP)
    .action(worker);
}

async function worker(options: WorkerOptions): Promise<void> {
  const { models, train, engine, provider } = options;
  const fetched = options.fetch === undefined ? undefined : new FetchedFiles(options.fetch);
  if (models === undefined && fetched === undefined && train === undefined) {
    const rule = "--models or --fetch must be given to certify, --train to train the models of sweeps";
    throw new ArgumentError(`worker: ${rule}`, "--models", models);
  }
  const certifies = models !== undefined || fetched !== undefined;
  const name = `${hostname()}-${process.pid}`;
  const data = new DataSets(options.data ?? []);
  const files: WorkerFiles = { models: new ModelFiles(models ?? [], fetched), data, fetched };
  const open = (plan: Plan): Promise<PlannedRun> => openPlan(plan, files, options);
  const sweeps = train === undefined ? undefined : { worker: name, data, engine, provider, folder: train };
  const queues = [certifies ? await openQueue(options) : undefined, sweeps && (await openQueue(options, "sweeps"))];
  const [certifications, trainings] = queues;
  note(`Worker ${name}: waiting for jobs in ${(certifications ?? trainings)?.name}; Ctrl-C stops it`);
  const jobOptions = jobOptionsOf(name, options);
  const watch = (signal: AbortSignal): Promise<number[]> =>
    Promise.all([
      certifications ? work(certifications, { ...jobOptions, open, atOnce: options.jobs, signal }) : 0,
      trainings && sweeps
        ? doJobs(trainings, { ...jobOptions, open: (plan) => openSweep(plan, sweeps), atOnce: 1, signal })
        : 0,
    ]);
  try {
    const [certified, trained] = await interruptible(watch);
    note(`${counted(certified + trained, "job")} done in all`);
  } finally {
    for (const queue of queues) await queue?.close();
    await fetched?.close();
  }
}

/** What both kinds of jobs are told. */
function jobOptionsOf(worker: string, { untilIdle }: WorkerOptions) {
  const done = (jobs: number): void => {
    if (jobs % 100 === 0 || jobs === 1) note(`${counted(jobs, "job")} done`);
  };
  return { worker, ...(untilIdle !== undefined && { untilIdle }), done, problem: warn };
}

/** Where a worker finds what plans name. */
interface WorkerFiles {
  readonly models: ModelFiles;
  readonly data: DataSets;
  readonly fetched: FetchedFiles | undefined;
}

/** Opens what a plan names by hashes. @throws Error saying what of it is not here, or differs */
async function openPlan(
  plan: Plan,
  { models, data, fetched }: WorkerFiles,
  options: WorkerOptions,
): Promise<PlannedRun> {
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
    const { name, split, hash, labels } = header.data;
    const under = (found: Dataset): Dataset => underLabelsOf(classifier, found, labels);
    const dataset = await data.find({ name, split, hash }, under, fetched && (() => fetched.data(header.data)));
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

/** The run of a plan. @throws Error for a law of noise that this version doesn't have */
function runOf({ header }: Plan, classifier: BaseClassifier, dataset: Dataset): LoggedRun {
  const smoothing = smoothingOf(header.noise, header.sigma);
  if (smoothing === undefined) throw new Error(`this version has no noise ${header.noise}`);
  const { n0, n, alpha, familyAlpha, bound, interval, stop, seed, skip, max } = header;
  const settings = { n0, n, alpha, familyAlpha, bound, interval, stop, seed, skip, max };
  const { trainingSigma, trainingData } = header.model;
  return { ...settings, classifier, dataset, smoothing, trainingSigma, trainingData };
}
