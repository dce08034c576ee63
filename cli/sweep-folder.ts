import { existsSync } from "node:fs";
import { join } from "node:path";
import { exampleCount, type LogHeader, type LogRow, readHeader, readLog } from "../certify/index.js";
import { FileError } from "../src/index.js";
import { type RunPaths, readConfig, requireSameSettings, runPaths } from "../train/index.js";
import type { SweepModel } from "./sweep-grid.js";

/** The folder of a model of a sweep: its run, and its log. */

/** What lies where for a model of a sweep. */
export interface ModelPaths extends RunPaths {
  readonly log: string;
  /** Why its training can't go on, where it diverged: a rerun would end the same. */
  readonly diverged: string;
}

export function modelPaths(folder: string, { name }: SweepModel): ModelPaths {
  const run = join(folder, name);
  return { ...runPaths(run), log: join(run, "certify.tsv"), diverged: join(run, "diverged.txt") };
}

/** The log of a model, once it holds every image; a log that was cut off, or has no row yet, does not. */
export async function completeLog(
  model: SweepModel,
  paths: ModelPaths,
): Promise<{ readonly rows: readonly LogRow[]; readonly header: LogHeader } | undefined> {
  if (!existsSync(paths.log) || !(await isRunOf(model, paths))) return undefined;
  try {
    const [{ rows }, header] = [await readLog(paths.log), await readHeader(paths.log)];
    if (header === undefined || rows.length < exampleCount(header.data.length, header)) return undefined;
    return { rows, header };
  } catch (error) {
    if (error instanceof FileError) return undefined;
    throw error;
  }
}

/** Whether the run in the model's folder has the model's settings. */
async function isRunOf({ settings }: SweepModel, { config }: ModelPaths): Promise<boolean> {
  if (!existsSync(config)) return false;
  const started = await readConfig(config);
  try {
    requireSameSettings(started.settings, settings);
    return true;
  } catch {
    return false;
  }
}
