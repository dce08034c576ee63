import { existsSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { firstIssue, parseJson, readJson } from "../src/files/json.js";
import { MAX_LOG_BYTES } from "../src/files/limits.js";
import { readText } from "../src/files/read.js";
import { AppendedFile, FileError, INITIALIZATIONS, type TrainingData, writeWhole } from "../src/index.js";
import { NO_TRANSFORMS } from "./augmentations/chain-text.js";
import type { EpochRecord } from "./record.js";
import { checkRunSettings, type GivenSettings, type RunSettings } from "./run-settings.js";
import { validationRecordSchema } from "./validation/record.js";
import { validationSchema } from "./validation/settings.js";
import { testRecordSchema } from "./validation/test-set.js";

/** Where a model lies in its two forms. */
export interface ModelPaths {
  readonly folder: string;
  /** Folder in the standard TensorFlow.js layout. */
  readonly model: string;
  readonly onnx: string;
}

/** What lies where in the folder of a training run; its model is the one after the last complete epoch. */
export interface RunPaths extends ModelPaths {
  /** {@link RunConfig} as JSON. */
  readonly config: string;
  /** One {@link EpochRecord} a line, as JSON. */
  readonly history: string;
  /** The last training state. Beside it all, files `events.out.tfevents.*` hold the history for TensorBoard. */
  readonly checkpoint: string;
  /** The best model so far, where the run is validated. */
  readonly best: ModelPaths;
  /** Held by the process that trains here. */
  readonly lock: string;
}

export function runPaths(folder: string): RunPaths {
  return {
    ...modelPaths(folder),
    config: join(folder, "config.json"),
    history: join(folder, "history.jsonl"),
    checkpoint: join(folder, "checkpoint", "latest.safetensors"),
    best: modelPaths(join(folder, "best")),
    lock: join(folder, "lock"),
  };
}

function modelPaths(folder: string): ModelPaths {
  return { folder, model: join(folder, "model"), onnx: join(folder, "model.onnx") };
}

/** What a run was made with. */
export interface RunConfig {
  /** Of smoothcert, when the run was started. */
  readonly version: string;
  /** The TensorFlow.js engine, when the run was started. */
  readonly engine: { readonly name: string; readonly version: string };
  readonly data: TrainingData & { readonly source: string; readonly examples: number };
  readonly settings: RunSettings;
  /** Learning rates from before it was lowered, each with the place up to which it held; missing if it never was. */
  readonly formerRates?: readonly FormerRate[] | undefined;
}

/** A learning rate that held until so many epochs, and so many steps after these. */
export interface FormerRate {
  readonly lr: number;
  readonly epoch: number;
  readonly step: number;
}

const numbers = z.array(z.number()).optional();

/**
 * Settings in today's form. Runs used to write the method's name, its copies and how many of them were scored beside
 * each other.
 */
function withMethod(settings: unknown): unknown {
  if (typeof settings !== "object" || settings === null) return settings;
  const { objective, copies, screen, ...others } = settings as Record<string, unknown>;
  if (typeof objective !== "string") return settings;
  if (objective === "gaussian") return { ...others, objective: { name: objective } };
  return { ...others, objective: { name: objective, copies, ...(screen !== undefined && { screen }) } };
}

const settingsSchema = z.strictObject({
  data: z.string(),
  limit: z.number().optional(),
  model: z.string(),
  preprocessing: z
    .strictObject({
      crop: z.tuple([z.number(), z.number()]).optional(),
      mean: numbers,
      std: numbers,
      scale: z.number().optional(),
    })
    .optional(),
  initialization: z.enum(INITIALIZATIONS).default("he"),
  objective: z.object({ name: z.string() }).catchall(z.union([z.number(), z.string(), z.boolean()])),
  sigma: z.number(),
  augment: z.string().default(NO_TRANSFORMS),
  epochs: z.number(),
  batch: z.number(),
  lr: z.number(),
  lrRamp: z.number(),
  momentum: z.number(),
  nesterov: z.boolean().default(false),
  weightDecay: z.number(),
  ema: z.number().default(0),
  labelSmoothing: z.number().default(0),
  schedule: z.enum(["step", "cosine"]),
  lrStep: z.number(),
  gamma: z.number(),
  warmup: z.number(),
  seed: z.number(),
  validation: validationSchema.optional(),
  testEvery: z.number().optional(),
});

/**
 * Settings of a run as a file may give them: those of its configuration, of which any may be left out. (No value in
 * JSON is undefined, which the schema's own type doesn't know.)
 */
export const givenSettingsSchema = z.preprocess(
  withMethod,
  settingsSchema.partial().extend({
    initialization: z.enum(INITIALIZATIONS).optional(),
    augment: z.string().optional(),
    nesterov: z.boolean().optional(),
    ema: z.number().optional(),
    labelSmoothing: z.number().optional(),
    validation: validationSchema.partial().optional(),
  }),
) as unknown as z.ZodType<GivenSettings>;

const configSchema: z.ZodType<RunConfig> = z.object({
  version: z.string(),
  engine: z.object({ name: z.string(), version: z.string() }),
  data: z.object({
    name: z.string(),
    source: z.string(),
    hash: z.string(),
    examples: z.number(),
    partOf: z.string().optional(),
  }),
  settings: z.preprocess(withMethod, settingsSchema),
  formerRates: z.array(z.object({ lr: z.number(), epoch: z.number(), step: z.number() })).optional(),
});

export async function writeConfig(path: string, config: RunConfig): Promise<void> {
  await writeWhole(path, `${JSON.stringify(config, null, 2)}\n`);
}

/** @throws FileError if there is no run, or if its configuration is damaged */
export async function readConfig(path: string): Promise<RunConfig> {
  if (!existsSync(path)) {
    throw new FileError(path, "expected the configuration of a run, found none. Start one without --resume.");
  }
  const value = await readJson(path, "the configuration of a run");
  try {
    const config = configSchema.parse(value);
    checkRunSettings(config.settings, "settings");
    return config;
  } catch (cause) {
    const problem = cause instanceof z.ZodError ? firstIssue(cause) : (cause as Error).message;
    throw new FileError(path, `expected the configuration of a run, found a damaged one: ${problem}`, { cause });
  }
}

/** Appends a record; when this returns, it is on the disk. */
export async function appendHistory(path: string, record: EpochRecord): Promise<void> {
  const file = new AppendedFile(path);
  try {
    file.append(toLine(record));
  } finally {
    file.close();
  }
}

function toLine({ log, ...record }: EpochRecord): string {
  return `${JSON.stringify({ ...record, ...log })}\n`;
}

/** What a method logs stands beside the rest. */
const recordSchema: z.ZodType<EpochRecord> = z
  .object({
    epoch: z.number(),
    loss: z.number(),
    lr: z.number(),
    objective: z.string(),
    imagesPerSecond: z.number(),
    seconds: z.number(),
    validation: validationRecordSchema.optional(),
    test: testRecordSchema.optional(),
  })
  .catchall(z.number())
  .transform(({ epoch, loss, lr, objective, imagesPerSecond, seconds, validation, test, ...log }) => {
    const measured = { ...(validation && { validation }), ...(test && { test }) };
    return { epoch, loss, lr, objective, imagesPerSecond, seconds, ...measured, log };
  });

/**
 * Reads the records of the first `epochs` epochs. What follows them (an epoch that a killed run had not yet saved, a
 * line cut off) is removed from the file.
 *
 * @throws FileError as {@link readHistory} does
 */
export async function rewindHistory(path: string, epochs: number): Promise<EpochRecord[]> {
  const records = await readHistory(path, epochs);
  await writeWhole(path, records.map(toLine).join(""));
  return records;
}

/**
 * Reads the records of the first `epochs` epochs.
 *
 * @throws FileError naming the line if one of those records is missing or damaged
 */
export async function readHistory(path: string, epochs: number): Promise<EpochRecord[]> {
  const text = existsSync(path) ? await readText(path, "the history of a run", MAX_LOG_BYTES) : "";
  const lines = text.split("\n");
  const records: EpochRecord[] = [];
  while (records.length < epochs) records.push(parseRecord(path, lines[records.length] ?? "", records.length + 1));
  return records;
}

function parseRecord(path: string, line: string, epoch: number): EpochRecord {
  try {
    const record = recordSchema.parse(parseJson(line, path));
    if (record.epoch === epoch) return record;
    throw new Error(`epoch ${record.epoch}`);
  } catch (cause) {
    throw new FileError(path, `expected the record of epoch ${epoch} in line ${epoch}, found ${line.slice(0, 60)}`, {
      cause,
    });
  }
}
