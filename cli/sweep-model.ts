import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import {
  type BaseClassifier,
  type CertificationRun,
  functionClassifier,
  headerDifferences,
  headerOf,
  planCertification,
} from "../certify/index.js";
import { type Dataset, type EngineChoice, smoothingFor, writeWhole } from "../src/index.js";
import {
  DivergenceError,
  type LoadData,
  loadCheckpoint,
  type RunSettings,
  readConfig,
  requireSameSettings,
} from "../train/index.js";
import { runCertification } from "./certification.js";
import { computationFor } from "./computation.js";
import { findModel } from "./model-source.js";
import { note } from "./print.js";
import type { SweepCertification } from "./sweep-file.js";
import { completeLog, type ModelPaths } from "./sweep-folder.js";
import type { SweepModel } from "./sweep-grid.js";
import { runTraining, type TrainingRun } from "./training.js";

/** One model of a sweep: trained into a folder of its own, and certified into a log in it. */

/** A model, what it is certified on, and how. */
export interface ModelTask {
  readonly model: SweepModel;
  readonly paths: ModelPaths;
  readonly certification: SweepCertification;
  readonly dataset: Dataset;
}

/** What of a certification must be right is known before anything is trained. @throws ArgumentError naming it */
export function requireTask(task: ModelTask): void {
  planCertification(certificationOf(task, anyClassifier(task)));
}

/** What stands for the model where nothing is classified. */
function anyClassifier({ model, dataset: { shape: inputShape, classes } }: ModelTask): BaseClassifier {
  return functionClassifier(() => 0, { name: model.name, inputShape, classes: classes.length });
}

/** How a model is trained and certified, whatever it is. */
export interface RunModelOptions {
  readonly engine: EngineChoice;
  /** ONNX Runtime's execution provider for certification. @defaultValue that of a begun log, or the usual one */
  readonly provider?: string | undefined;
  /** The command that goes on after an interruption. */
  readonly resumeCommand: string;
  /** Where the training's data come from. @defaultValue from where its settings say */
  readonly load?: LoadData | undefined;
}

/**
 * Trains the model, or goes on with it, and certifies it, or goes on with that; nothing is done that is done already.
 *
 * @throws DivergenceError also for one that diverged before, which is not tried again
 * @throws InterruptedError after Ctrl-C
 */
export async function runModel(task: ModelTask, options: RunModelOptions): Promise<void> {
  const { engine, provider, resumeCommand, load } = options;
  const { paths } = task;
  const { settings } = task.model;
  if (await isCertified(task)) return note("  trained and certified already");
  if (await isTrained(paths, settings)) note("  trained already");
  else await trained(paths, { settings, engine, resumeCommand, load });
  const found = await opened(task, engine, provider);
  // The certification closes it where images remain.
  let closing: Promise<void> | undefined;
  const close = (): Promise<void> => (closing ??= found.close?.() ?? Promise.resolve());
  try {
    const { data } = await readConfig(paths.config);
    const run = { ...certificationOf(task, { ...found, close }), trainingData: data.partOf ?? data.hash };
    await runCertification({ run, out: paths.log, resumeCommand });
  } finally {
    await close();
  }
}

/** The model that was trained; with the provider that is asked for, unless its log was begun with another. */
async function opened(
  { paths, dataset }: ModelTask,
  engine: EngineChoice,
  asked: string | undefined,
): Promise<BaseClassifier> {
  const { provider = asked } = await computationFor(paths.folder, paths.log, { engine });
  return (await findModel(paths.folder, engine, "onnx")).open(dataset.shape, { ...(provider && { provider }) });
}

/** Whether its log holds every image, certified as the sweep asks: then its weights may be gone. */
export async function isCertified(task: ModelTask): Promise<boolean> {
  const log = await completeLog(task.model, task.paths);
  if (log === undefined) return false;
  const { hash, runtime } = log.header.model;
  const { run, indices } = planCertification(certificationOf(task, { ...anyClassifier(task), hash, runtime }));
  return log.rows.length >= indices.length && headerDifferences(log.header, headerOf(run)).length === 0;
}

/** Whether the training of these settings is over. @throws ArgumentError if the folder's run has other settings */
async function isTrained({ config, checkpoint, onnx }: ModelPaths, settings: RunSettings): Promise<boolean> {
  if (!existsSync(config)) return false;
  requireSameSettings((await readConfig(config)).settings, settings);
  return existsSync(checkpoint) && existsSync(onnx) && (await loadCheckpoint(checkpoint)).epoch >= settings.epochs;
}

async function trained(
  { folder: out, diverged }: ModelPaths,
  run: RunModelOptions & Pick<TrainingRun, "settings">,
): Promise<void> {
  if (existsSync(diverged)) throw new DivergenceError((await readFile(diverged, "utf8")).trim());
  try {
    await runTraining({ out, ...run });
  } catch (error) {
    if (!(error instanceof DivergenceError)) throw error;
    const [reason] = error.message.replace(/^train: /, "").split(";");
    await writeWhole(diverged, `${reason}\n`);
    throw new DivergenceError(reason, { cause: error });
  }
}

function certificationOf(
  { model, certification, dataset }: ModelTask,
  classifier: CertificationRun["classifier"],
): CertificationRun {
  const { sigma: trainingSigma } = model.settings;
  const { noise, sigma = trainingSigma, max = dataset.length } = certification;
  const smoothing = smoothingFor(noise, dataset.pixelType, sigma);
  return withinReach({ ...certification, classifier, dataset, smoothing, trainingSigma, max });
}

/** Radii to decide that n samples can't certify at the model's sigma are left out: one list does for all models. */
function withinReach(run: CertificationRun): CertificationRun {
  const { stop } = run;
  if (stop?.kind !== "radii") return run;
  const reach = planCertification({ ...run, stop: { ...stop, radii: [0] } }).largestRadius;
  const radii = stop.radii.filter((radius) => radius <= reach);
  return radii.length === 0 ? run : { ...run, stop: { ...stop, radii } };
}
