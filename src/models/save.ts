import { join } from "node:path";
import type * as tfl from "@tensorflow/tfjs-layers";
import { writeWhole } from "../files/write.js";
import { hashOf, type ModelArtifacts, toArtifacts } from "./artifacts.js";
import type { ModelMetadata } from "./metadata.js";

export const TOPOLOGY_FILE = "model.json";
export const WEIGHTS_FILE = "weights.bin";
export const METADATA_FILE = "smoothcert.json";

/** What {@link saveModel} writes, in this order. */
export const MODEL_FILES = [WEIGHTS_FILE, TOPOLOGY_FILE, METADATA_FILE] as const;

/**
 * Writes a model in the standard TensorFlow.js layout, `model.json` and `weights.bin`, with `smoothcert.json` beside.
 * Each file appears whole or not at all, and the record holds the hash of the other two: a
 * save that is cut short leaves the old model, or one that `loadModel` refuses, never a mixture.
 *
 * @param directory is made if need be
 * @returns the model's hash: SHA-256 of its topology and weights
 */
export async function saveModel(model: tfl.LayersModel, metadata: ModelMetadata, directory: string): Promise<string> {
  const artifacts = await toArtifacts(model);
  const hash = hashOf(artifacts);
  await writeWhole(join(directory, WEIGHTS_FILE), artifacts.weightData);
  await writeWhole(join(directory, TOPOLOGY_FILE), json(topologyFile(artifacts)));
  await writeWhole(join(directory, METADATA_FILE), json({ ...metadata, hash }));
  return hash;
}

function topologyFile(artifacts: ModelArtifacts): object {
  return {
    format: "layers-model",
    generatedBy: "smoothcert",
    convertedBy: null,
    modelTopology: artifacts.modelTopology,
    weightsManifest: [{ paths: [WEIGHTS_FILE], weights: artifacts.weightSpecs }],
  };
}

function json(value: object): string {
  return `${JSON.stringify(value, null, 1)}\n`;
}
