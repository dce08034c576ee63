import { existsSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { checkJson, parseJson, readJson } from "../../src/files/json.js";
import { MAX_LOG_BYTES } from "../../src/files/limits.js";
import { readText } from "../../src/files/read.js";
import { AppendedFile, ArgumentError, FileError, writeWhole } from "../../src/index.js";
import { LANGUAGE_MODEL_FILE } from "./model-file.js";
import { type LanguageEpochRecord, languageRecordSchema } from "./record.js";
import { completeLanguageSettings, type GivenLanguageSettings, type LanguageSettings } from "./settings.js";

/** What lies where in the folder of a language model's run. */
export interface LanguageRunPaths {
  readonly folder: string;
  /** {@link LanguageRunConfig} as JSON. */
  readonly config: string;
  /** One {@link LanguageEpochRecord} a line, as JSON. */
  readonly history: string;
  readonly checkpoint: string;
  /** The model of the epoch with the least validation loss. */
  readonly model: string;
  /** Held by the process that trains here. */
  readonly lock: string;
}

export function languageRunPaths(folder: string): LanguageRunPaths {
  return {
    folder,
    config: join(folder, "config.json"),
    history: join(folder, "history.jsonl"),
    checkpoint: join(folder, "checkpoint", "latest.safetensors"),
    model: join(folder, LANGUAGE_MODEL_FILE),
    lock: join(folder, "lock"),
  };
}

/** What a run was made with. */
export interface LanguageRunConfig {
  readonly kind: "language model";
  /** Of smoothcert, when the run was started. */
  readonly version: string;
  /** The TensorFlow.js engine, when the run was started. */
  readonly engine: { readonly name: string; readonly version: string };
  /** The text, its tokens in all parts, and the SHA-256 of these. */
  readonly data: { readonly source: string; readonly hash: string; readonly tokens: number };
  readonly settings: LanguageSettings;
}

const configSchema = z.object({
  kind: z.literal("language model"),
  version: z.string(),
  engine: z.object({ name: z.string(), version: z.string() }),
  data: z.object({ source: z.string(), hash: z.string(), tokens: z.number() }),
  settings: z.record(z.string(), z.union([z.number(), z.string()])),
});

export async function writeLanguageConfig(path: string, config: LanguageRunConfig): Promise<void> {
  await writeWhole(path, `${JSON.stringify(config, null, 2)}\n`);
}

/**
 * The configuration of the run in a folder; undefined where there is neither a run nor anything else.
 *
 * @throws ArgumentError if there is something else in the folder: nothing is ever overwritten
 * @throws FileError if the configuration is damaged, or that of another kind of run
 */
export async function findLanguageRun(paths: LanguageRunPaths): Promise<LanguageRunConfig | undefined> {
  const { config, folder } = paths;
  if (!existsSync(config)) {
    const content = await readdir(folder);
    if (content.every((name) => /^lock(\..*\.tmp)?$/.test(name))) return undefined;
    const rule = `a new folder or that of a run, got ${folder}, which holds something else`;
    throw new ArgumentError(`train-lm: out must be ${rule}. Name another folder.`, "out", folder);
  }
  const expected = "the configuration of a language model's run";
  const read = checkJson(configSchema, await readJson(config, expected), config);
  try {
    return { ...read, settings: completeLanguageSettings(read.settings as GivenLanguageSettings, "settings") };
  } catch (cause) {
    throw new FileError(config, `expected ${expected}, found a damaged one: ${(cause as Error).message}`, { cause });
  }
}

/** Appends a record; when this returns, it is on the disk. */
export function appendLanguageRecord(path: string, record: LanguageEpochRecord): void {
  const file = new AppendedFile(path);
  try {
    file.append(toLine(record));
  } finally {
    file.close();
  }
}

function toLine(record: LanguageEpochRecord): string {
  return `${JSON.stringify(record)}\n`;
}

/**
 * Reads the records of the first `epochs` epochs. What follows them (an epoch that a killed run had not yet saved, a
 * line cut off) is removed from the file.
 *
 * @throws FileError naming the line if one of those records is missing or damaged
 */
export async function rewindLanguageHistory(path: string, epochs: number): Promise<LanguageEpochRecord[]> {
  const text = existsSync(path) ? await readText(path, "the history of a run", MAX_LOG_BYTES) : "";
  const lines = text.split("\n");
  const records = Array.from({ length: epochs }, (_, i) => parseRecord(path, lines[i] ?? "", i + 1));
  await writeWhole(path, records.map(toLine).join(""));
  return records;
}

function parseRecord(path: string, line: string, epoch: number): LanguageEpochRecord {
  try {
    const record = languageRecordSchema.parse(parseJson(line, path));
    if (record.epoch === epoch) return record;
    throw new Error(`epoch ${record.epoch}`);
  } catch (cause) {
    const problem = `expected the record of epoch ${epoch} in line ${epoch}, found ${line.slice(0, 60)}`;
    throw new FileError(path, problem, { cause });
  }
}
