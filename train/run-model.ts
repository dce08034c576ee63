import type * as tfl from "@tensorflow/tfjs-layers";
import { type Dataset, type ModelMetadata, saveModel, saveOnnx } from "../src/index.js";
import { NO_TRANSFORMS } from "./augmentations/chain-text.js";
import type { ModelPaths, RunConfig } from "./run-folder.js";

/** How far a run has come whose model is written. */
export interface ModelAge {
  readonly epochs: number;
  /** Given where the run isn't over, and this is its last model so far. */
  readonly plannedEpochs?: number | undefined;
}

/** Writes the model of a run after so many epochs, as TensorFlow.js and as ONNX, with where it came from in both. */
export async function writeRunModel(
  paths: ModelPaths,
  config: RunConfig,
  dataset: Dataset,
  model: tfl.LayersModel,
  { epochs, plannedEpochs }: ModelAge,
): Promise<void> {
  const { settings, version } = config;
  const { name: dataName, hash, partOf } = config.data;
  const { sigma, augment, objective, seed, validation } = settings;
  const { name, ...options } = objective;
  const metadata: ModelMetadata = {
    formatVersion: 1,
    architecture: settings.model,
    inputShape: dataset.shape,
    classes: dataset.classes,
    preprocessing: settings.preprocessing,
    training: {
      sigma,
      ...(augment !== NO_TRANSFORMS && { augment }),
      ...(validation && { heldBack: validation.images }),
      objective: name,
      ...options,
      data: { name: dataName, hash, ...(partOf !== undefined && { partOf }) },
      dataSpec: settings.data,
      seed,
      epochs,
      ...(plannedEpochs !== undefined && { plannedEpochs }),
    },
    smoothcertVersion: version,
  };
  await saveModel(model, metadata, paths.model);
  await saveOnnx(model, paths.onnx, { metadata });
}
