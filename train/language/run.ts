import { existsSync } from "node:fs";
import {
  ArgumentError,
  type Corpus,
  type EngineChoice,
  type EngineReport,
  readCorpus,
  removeLeftovers,
  requireThat,
  requireWritable,
  takeLock,
  useEngine,
} from "../../src/index.js";
import { weightShapes } from "./architecture.js";
import { LanguageEvents } from "./events.js";
import { saveLanguageModel } from "./model-file.js";
import type { LanguageEpochRecord, LanguageTrainHooks } from "./record.js";
import {
  appendLanguageRecord,
  findLanguageRun,
  type LanguageRunConfig,
  type LanguageRunPaths,
  languageRunPaths,
  rewindLanguageHistory,
  writeLanguageConfig,
} from "./run-folder.js";
import { requireSameText, resumedLanguageSettings } from "./same-run.js";
import { completeLanguageSettings, type GivenLanguageSettings, type LanguageSettings } from "./settings.js";
import { type LanguageTrainState, loadLanguageCheckpoint, saveLanguageCheckpoint } from "./state.js";
import { architectureOf, trainLanguageModel } from "./trainer.js";

export interface LanguageRunOptions {
  /** Folder of the run: new or empty, or that of a run, which goes on where it stopped. */
  readonly out: string;
  /** The text, as `readCorpus` takes it; with `resume` by default the run's own. */
  readonly data?: string | undefined;
  /** What is left out has its default, or with `resume` the run's own value. */
  readonly settings: GivenLanguageSettings;
  /** Whether there must be a run in `out`, whose settings need not be given again. Default false. */
  readonly resume?: boolean;
  /** Default `auto`. */
  readonly engine?: EngineChoice;
  /** Of smoothcert, for the record. */
  readonly version: string;
  readonly hooks?: LanguageRunHooks;
  readonly signal?: AbortSignal | undefined;
}

export interface LanguageRunHooks extends LanguageTrainHooks {
  /** Called once, before the first step. */
  onStart?(start: LanguageRunStart): void;
}

export interface LanguageRunStart {
  readonly settings: LanguageSettings;
  readonly engine: EngineReport;
  readonly corpus: Corpus;
  /** Weights of the model. */
  readonly parameters: number;
  /** Epochs completed before this start, and tokens learned from in the one after these. */
  readonly epoch: number;
  readonly tokens: number;
  /** Set if the run was started on another engine: its weights will differ in their last bits. */
  readonly formerEngine?: string;
}

export interface LanguageRunResult {
  readonly paths: LanguageRunPaths;
  readonly settings: LanguageSettings;
  readonly corpus: Corpus;
  /** Records of all epochs, those before a resumption included. */
  readonly history: readonly LanguageEpochRecord[];
}

/**
 * Trains a language model from its settings alone, into a folder: configuration, history (also for TensorBoard), a
 * checkpoint after each epoch, and the model of the epoch that predicts the validation text best. Stopped at any
 * moment, it goes on when it is called again with the same settings, or with `resume` and none.
 *
 * @throws ArgumentError if a setting is out of range, the folder holds something else, or its run had other settings
 * @throws FileError if a file of the text or of the run is missing, damaged or can't be written, or if another process
 *   trains in the folder
 * @throws EngineError if the engine is not available
 * @throws DivergenceError, InterruptedError as `trainLanguageModel` does
 */
export async function trainLanguageRun(options: LanguageRunOptions): Promise<LanguageRunResult> {
  const paths = languageRunPaths(options.out);
  const files = [paths.config, paths.history, paths.checkpoint, paths.model];
  if (!options.resume) completeLanguageSettings(options.settings);
  files.forEach(requireWritable);
  const lock = takeLock(paths.lock, paths.folder);
  try {
    await Promise.all(files.map(removeLeftovers));
    return await trainLocked(paths, options);
  } finally {
    lock.release();
  }
}

async function trainLocked(paths: LanguageRunPaths, options: LanguageRunOptions): Promise<LanguageRunResult> {
  const started = await findLanguageRun(paths);
  const settings = settingsOf(started, options);
  const corpus = await readCorpus(sourceOf(started, options), settings.level, settings.vocabulary);
  const most = Math.floor(corpus.train.length / 2);
  requireThat(
    settings.batch <= most,
    "train-lm",
    "batch",
    `at most ${most}, so that each stream has two tokens`,
    settings.batch,
  );
  if (started !== undefined) requireSameText(paths.config, started, corpus);
  const engine = await useEngine(options.engine);
  const config = { ...(started ?? startedNow(options.version, engine, corpus)), settings };
  await writeLanguageConfig(paths.config, config);
  const resume = existsSync(paths.checkpoint) ? await loadLanguageCheckpoint(paths.checkpoint) : undefined;
  const history = await trainInto(paths, config, { options, engine, corpus, resume });
  return { paths, settings, corpus, history };
}

function settingsOf(started: LanguageRunConfig | undefined, { out, settings, resume }: LanguageRunOptions) {
  if (started === undefined) {
    if (!resume) return completeLanguageSettings(settings);
    throw new ArgumentError(
      `train-lm: out must be the folder of a run, got ${out}. Start one without --resume.`,
      "out",
      out,
    );
  }
  return resumedLanguageSettings(started.settings, resume ? settings : completeLanguageSettings(settings));
}

function sourceOf(started: LanguageRunConfig | undefined, { data }: LanguageRunOptions): string {
  const source = data ?? started?.data.source;
  const rule = "a folder with train.txt, valid.txt and test.txt, or a text";
  requireThat(source !== undefined, "train-lm", "data", rule, source, "Name one by --data.");
  return source;
}

function startedNow(version: string, engine: EngineReport, corpus: Corpus): Omit<LanguageRunConfig, "settings"> {
  const { source, hash, train, valid, test } = corpus;
  return {
    kind: "language model",
    version,
    engine: { name: engine.name, version: engine.version ?? "" },
    data: { source, hash, tokens: train.length + valid.length + test.length },
  };
}

interface RunParts {
  readonly options: LanguageRunOptions;
  readonly engine: EngineReport;
  readonly corpus: Corpus;
  /** Where to go on. */
  readonly resume: LanguageTrainState | undefined;
}

async function trainInto(
  paths: LanguageRunPaths,
  config: LanguageRunConfig,
  { options, engine, corpus, resume }: RunParts,
): Promise<LanguageEpochRecord[]> {
  const { settings, data } = config;
  const { hooks, signal } = options;
  const architecture = architectureOf(settings, corpus);
  const past = await rewindLanguageHistory(paths.history, resume?.epoch ?? 0);
  hooks?.onStart?.({
    settings,
    engine,
    corpus,
    parameters: weightShapes(architecture).reduce((sum, { shape }) => sum + shape.reduce((a, b) => a * b, 1), 0),
    epoch: resume?.epoch ?? 0,
    tokens: resume?.sums.examples ?? 0,
    ...(config.engine.name !== engine.name && { formerEngine: config.engine.name }),
  });
  const losses = past.map(({ valid }) => valid);
  const events = new LanguageEvents(paths.folder, resume?.update ?? 0);
  try {
    const history = await trainLanguageModel({
      settings,
      corpus,
      resume,
      pastLosses: losses,
      where: paths.checkpoint,
      save: (state) => saveLanguageCheckpoint(paths.checkpoint, state),
      async keep(record, weights) {
        const { level, vocabulary } = corpus;
        const { epoch, valid } = record;
        const isBest = losses.every((earlier) => valid < earlier);
        losses.push(valid);
        appendLanguageRecord(paths.history, record);
        const model = { architecture, level, vocabulary, weights, data, epoch, valid };
        if (isBest) await saveLanguageModel(paths.model, model);
      },
      hooks: {
        onStep(progress) {
          events.onStep(progress);
          hooks?.onStep?.(progress);
        },
        onValidation: (epoch) => hooks?.onValidation?.(epoch),
        onEpoch(record) {
          events.onEpoch(record);
          hooks?.onEpoch?.(record);
        },
      },
      signal,
    });
    return [...past, ...history];
  } finally {
    events.close();
  }
}
