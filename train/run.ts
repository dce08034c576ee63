import { existsSync } from "node:fs";
import type * as tfl from "@tensorflow/tfjs-layers";
import { buildModel, type Dataset, type EngineChoice, type EngineReport, takeLock, useEngine } from "../src/index.js";
import type { Augmentation } from "./augmentations/augmentation.js";
import { transformedCopies } from "./augmentations/chain-text.js";
import { loadCheckpoint, saveCheckpoint } from "./checkpoint.js";
import { findRun, removeRunLeftovers, requireWritableRun } from "./find-run.js";
import { createObjective } from "./method-options.js";
import type { EpochRecord } from "./record.js";
import { type LoadData, type RunData, requireSameData, runData } from "./run-data.js";
import {
  appendHistory,
  type ModelPaths,
  type RunConfig,
  type RunPaths,
  readConfig,
  rewindHistory,
  runPaths,
  writeConfig,
} from "./run-folder.js";
import { type ModelAge, writeRunModel } from "./run-model.js";
import {
  completeRunSettings,
  type GivenSettings,
  type RunSettings,
  requireSameSettings,
  resumedSettings,
} from "./run-settings.js";
import { parametersOf, type RunHooks, type RunStart } from "./run-start.js";
import { isBest, isValidated, measured } from "./run-validation.js";
import type { TrainState } from "./state.js";
import { TrainingEvents } from "./tensorboard/training-events.js";
import { train } from "./trainer.js";

export interface RunOptions {
  /** Folder of the run: new or empty, or that of a run, which goes on where it stopped. */
  readonly out: string;
  /** What is left out is filled in by {@link completeRunSettings}, or with `resume` by the run's own settings. */
  readonly settings: GivenSettings;
  /** Whether there must be a run in `out`, whose settings need not be given again. Default false. */
  readonly resume?: boolean;
  /** Default `auto`. */
  readonly engine?: EngineChoice;
  /** Of smoothcert, for the record. */
  readonly version: string;
  readonly hooks?: RunHooks;
  /** Where the data sets come from that the settings name. @defaultValue `loadDataset` */
  readonly load?: LoadData | undefined;
  /** See {@link train}. */
  readonly signal?: AbortSignal;
}

export interface RunResult {
  readonly paths: RunPaths;
  readonly settings: RunSettings;
  /** Records of all epochs, those before a resumption included. */
  readonly history: readonly EpochRecord[];
}

/**
 * Trains a model from its settings alone, into a folder: configuration, history (also for TensorBoard), and after
 * each epoch a checkpoint, the model, and the model as ONNX; with `settings.validation` also the best model so far.
 * Stopped at any moment, even by a power cut, it goes on when it is called again with the same settings, or with
 * `resume` and none.
 *
 * @throws ArgumentError if a setting is out of range, the folder holds something else, or its run had other settings
 * @throws FileError if a file of the dataset or of the run is missing, damaged or can't be written, or if another
 *   process trains in the folder (naming that)
 * @throws EngineError if the engine is not available
 * @throws DivergenceError, InterruptedError as {@link train} does
 */
export async function trainRun(options: RunOptions): Promise<RunResult> {
  const paths = runPaths(options.out);
  const asked = options.resume ? undefined : completeRunSettings(options.settings);
  requireWritableRun(paths);
  const lock = takeLock(paths.lock, paths.folder);
  try {
    await removeRunLeftovers(paths);
    const begun = asked === undefined ? await resumed(paths, options.settings) : await begunOrNew(paths, asked);
    return await trainLocked(paths, options, begun);
  } finally {
    lock.release();
  }
}

/** What a folder holds and is to hold. */
interface Begun {
  /** Of the run that is there. */
  readonly started: RunConfig | undefined;
  readonly settings: RunSettings;
}

async function resumed(paths: RunPaths, given: GivenSettings): Promise<Begun> {
  const started = await readConfig(paths.config);
  return { started, settings: resumedSettings(started.settings, given) };
}

async function begunOrNew(paths: RunPaths, settings: RunSettings): Promise<Begun> {
  const started = await findRun(paths);
  if (started !== undefined) requireSameSettings(started.settings, settings);
  return { started, settings };
}

async function trainLocked(paths: RunPaths, options: RunOptions, { started, settings }: Begun): Promise<RunResult> {
  const engine = await useEngine(options.engine);
  const data = await runData(settings, options.load);
  if (started) requireSameData(paths.config, started, data);
  const { training } = data;
  const augmentation = transformedCopies(settings.augment, settings.sigma, training);
  const model = buildModel(settings.model, {
    inputShape: training.shape,
    classes: training.classes.length,
    seed: settings.seed,
    preprocessing: settings.preprocessing,
    initialization: settings.initialization,
  });
  try {
    const resume = existsSync(paths.checkpoint) ? await loadCheckpoint(paths.checkpoint) : undefined;
    const config = started
      ? resumedConfig(started, settings, resume)
      : { ...startedNow(options.version, engine, data), settings };
    await writeConfig(paths.config, config);
    return await trainInto(paths, config, { options, engine, data, augmentation, model, resume });
  } finally {
    model.dispose();
  }
}

function startedNow(version: string, engine: EngineReport, data: RunData): Omit<RunConfig, "settings"> {
  const { all, whole } = data;
  const { name, source, length: examples } = whole;
  return {
    version,
    engine: { name: engine.name, version: engine.version ?? "" },
    data: { name, source, hash: whole.hash(), examples, ...(whole !== all && { partOf: all.hash() }) },
  };
}

/** The configuration of a run that goes on; keeps the learning rate it had if that is lowered now. */
function resumedConfig(started: RunConfig, settings: RunSettings, resume: TrainState | undefined): RunConfig {
  const { lr } = started.settings;
  if (resume === undefined || settings.lr === lr) return { ...started, settings };
  const { epoch, step } = resume;
  return { ...started, settings, formerRates: [...(started.formerRates ?? []), { lr, epoch, step }] };
}

interface RunParts {
  readonly options: RunOptions;
  readonly engine: EngineReport;
  readonly data: RunData;
  readonly augmentation: Augmentation;
  readonly model: tfl.LayersModel;
  /** Where to go on. */
  readonly resume: TrainState | undefined;
}

async function trainInto(paths: RunPaths, config: RunConfig, parts: RunParts): Promise<RunResult> {
  const { options, data, model, resume } = parts;
  const { settings } = config;
  const past = await rewindHistory(paths.history, resume?.epoch ?? 0);
  options.hooks?.onStart?.(describeStart(config, parts));
  const events = new TrainingEvents(paths.folder, stepsDone(settings, data.training, resume));
  try {
    const history = await trainWatched(paths, config, parts, events, past);
    // The run was finished, but its model may have been lost.
    if (history.length === 0) await writeRunModel(paths, config, data.whole, model, { epochs: settings.epochs });
    return { paths, settings, history: [...past, ...history] };
  } finally {
    events.close();
  }
}

function stepsDone({ batch }: RunSettings, { length }: Dataset, resume: TrainState | undefined): number {
  return resume === undefined ? 0 : resume.epoch * Math.ceil(length / batch) + resume.step;
}

async function trainWatched(
  paths: RunPaths,
  config: RunConfig,
  { options, data, augmentation, model, resume }: RunParts,
  events: TrainingEvents,
  past: readonly EpochRecord[],
): Promise<readonly EpochRecord[]> {
  const { settings } = config;
  const history: EpochRecord[] = [];
  await train({
    model,
    dataset: data.training,
    objective: createObjective(settings.objective),
    augmentation,
    settings,
    ...(resume && { resume }),
    ...(options.signal && { signal: options.signal }),
    checkpoint: { where: paths.checkpoint, save: (state) => saveCheckpoint(paths.checkpoint, state) },
    hooks: {
      onStep(progress) {
        events.onStep(progress);
        options.hooks?.onStep?.(progress);
      },
      async onEpoch(trained) {
        if (isValidated(trained.epoch, settings)) options.hooks?.onValidation?.(trained.epoch);
        const record = await measured(trained, settings, data, model);
        history.push(record);
        events.onEpoch(record);
        await appendHistory(paths.history, record);
        const { epoch: epochs } = record;
        const write = (to: ModelPaths, age: ModelAge) => writeRunModel(to, config, data.whole, model, age);
        await write(paths, { epochs, ...(epochs < settings.epochs && { plannedEpochs: settings.epochs }) });
        if (isBest([...past, ...history], settings)) await write(paths.best, { epochs });
        await options.hooks?.onEpoch?.(record);
      },
    },
  });
  return history;
}

function describeStart(config: RunConfig, { engine, data, model, resume }: RunParts): RunStart {
  return {
    settings: config.settings,
    engine,
    dataset: data.training,
    parameters: parametersOf(model),
    epoch: resume?.epoch ?? 0,
    examples: resume?.sums.examples ?? 0,
    ...(config.engine.name !== engine.name && { formerEngine: config.engine.name }),
  };
}
