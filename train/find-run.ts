import { existsSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { ArgumentError, MODEL_FILES, removeLeftovers, requireWritable } from "../src/index.js";
import { type RunConfig, type RunPaths, readConfig } from "./run-folder.js";

/** The files of a run that are replaced as it goes on. */
function filesOf({ config, history, checkpoint, onnx, model }: RunPaths): readonly string[] {
  return [config, history, checkpoint, onnx, ...MODEL_FILES.map((name) => join(model, name))];
}

/** @throws FileError if one of the run's files can't be written */
export function requireWritableRun(paths: RunPaths): void {
  filesOf(paths).forEach(requireWritable);
}

/** Removes what a killed run left of files that it was writing. The run's lock must be held. */
export async function removeRunLeftovers(paths: RunPaths): Promise<void> {
  await Promise.all(filesOf(paths).map(removeLeftovers));
}

/**
 * The configuration of the run in a folder; undefined where there is neither a run nor anything else.
 *
 * @throws ArgumentError if there is something else in the folder: nothing is ever overwritten
 * @throws FileError as {@link readConfig} does
 */
export async function findRun(paths: RunPaths): Promise<RunConfig | undefined> {
  if (existsSync(paths.config)) return readConfig(paths.config);
  const { folder } = paths;
  const content = await readdir(folder);
  // Beside the lock there may be that of a process which is about to find it taken.
  if (content.every((name) => /^lock(\..*\.tmp)?$/.test(name))) return undefined;
  const rule = `a new folder or that of a run, got ${folder}, which holds something else`;
  throw new ArgumentError(`train: out must be ${rule}. Name another folder.`, "out", folder);
}
