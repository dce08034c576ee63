import { type Dataset, FileError, loadDataset, type Split, takeFirst } from "../src/index.js";
import type { RunConfig } from "./run-folder.js";
import type { RunSettings } from "./run-settings.js";
import { holdBack } from "./validation/hold-back.js";
import { type ValidationTask, validationTask } from "./validation/validate.js";

/** The training set of a run. */
export interface RunData {
  /** The split that the settings name. */
  readonly all: Dataset;
  /** All of the training set: that split, or its first examples. */
  readonly whole: Dataset;
  /** What is trained on: all but the images held back. */
  readonly training: Dataset;
  /** The validation on the images held back; undefined for a run without. */
  readonly validation: ValidationTask | undefined;
  /** The test set, where the run is to evaluate it. */
  readonly test: Dataset | undefined;
}

/** Gives the split of a data set that settings name, as `loadDataset` does. */
export type LoadData = (spec: string, split: Split) => Promise<Dataset>;

/**
 * Loads the training set that the settings ask for.
 *
 * @throws ArgumentError where it can't be validated as they ask @throws FileError if it can't be read
 */
export async function runData(settings: RunSettings, load: LoadData = loadDataset): Promise<RunData> {
  const all = await load(settings.data, "train");
  const whole = settings.limit === undefined ? all : takeFirst(all, settings.limit);
  const test = settings.testEvery === undefined ? undefined : await load(settings.data, "test");
  if (settings.validation === undefined) return { all, whole, training: whole, validation: undefined, test };
  const { training, validation } = holdBack(whole, settings.validation.images);
  return { all, whole, training, validation: validationTask(validation, settings.validation, settings), test };
}

/** @throws FileError if the run at `path` was trained on other data */
export function requireSameData(path: string, { data }: RunConfig, { whole }: RunData): void {
  if (whole.hash() === data.hash) return;
  const trained = `the run was trained on ${data.examples} examples with hash ${data.hash} (${data.source})`;
  throw new FileError(path, `${trained}; found ${whole.length} with hash ${whole.hash()} (${whole.source})`);
}
