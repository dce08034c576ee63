import { readFile, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import type * as tf from "@tensorflow/tfjs-core";
import type * as tfl from "@tensorflow/tfjs-layers";
import { ArgumentError, FileError, show } from "../errors.js";
import { expectedBytes, fromArtifacts, hashOf, type ModelArtifacts } from "./artifacts.js";
import { type ModelSignature, signatureOf } from "./image-model.js";
import { inferMetadata, type ModelMetadata, parseMetadata } from "./metadata.js";
import { METADATA_FILE, TOPOLOGY_FILE } from "./save.js";

export interface LoadedModel {
  readonly model: tfl.LayersModel;
  /** Read from `smoothcert.json`; without that file, what the model itself tells, and its architecture is `foreign`. */
  readonly metadata: ModelMetadata;
  /** SHA-256 (hex) of topology and weights. */
  readonly hash: string;
}

/**
 * Loads a TensorFlow.js layers model, saved by smoothcert or by any other program. An engine must have been chosen.
 *
 * @param path a `model.json`, the folder that holds it, or a run folder that holds that as `model/`
 * @throws FileError if a file is missing, truncated, malformed, not of the same save as the others, or if the model
 * is no classifier of images
 */
export async function loadModel(path: string): Promise<LoadedModel> {
  const file = await findTopology(path);
  const artifacts = await readArtifacts(file);
  const hash = hashOf(artifacts);
  const record = await readMetadata(file, hash);
  const model = await fromArtifacts(artifacts).catch((error: unknown) => {
    throw new FileError(file, `TensorFlow.js cannot rebuild the model: ${firstLine(error)}`, { cause: error });
  });
  const signature = checkedSignature(model, file);
  const metadata = record ?? inferMetadata(signature);
  requireFit(metadata, signature, join(dirname(file), METADATA_FILE));
  return { model, metadata, hash };
}

async function findTopology(path: string): Promise<string> {
  const found = await stat(path).catch(() => undefined);
  if (found === undefined) throw new FileError(path, "no such file or folder; expected a model.json or its folder");
  if (!found.isDirectory()) return path;
  for (const file of [join(path, TOPOLOGY_FILE), join(path, "model", TOPOLOGY_FILE)]) {
    if (await stat(file).catch(() => undefined)) return file;
  }
  throw new FileError(path, `holds no model: expected ${TOPOLOGY_FILE} or model/${TOPOLOGY_FILE} in it`);
}

interface WeightGroup {
  readonly paths: readonly string[];
  readonly weights: tf.io.WeightsManifestEntry[];
}

async function readArtifacts(file: string): Promise<ModelArtifacts> {
  const content = (await readJson(file)) as Partial<Record<string, unknown>>;
  if (content.format === "graph-model") {
    throw new FileError(file, "is a TensorFlow.js graph model; expected a layers model. Convert it to ONNX instead");
  }
  const { modelTopology, weightsManifest } = content;
  if (typeof modelTopology !== "object" || modelTopology === null || !Array.isArray(weightsManifest)) {
    const keys = Object.keys(content).join(", ");
    throw new FileError(file, `expected a TensorFlow.js model (modelTopology, weightsManifest), found keys: ${keys}`);
  }
  const groups = weightsManifest as WeightGroup[];
  const shards: Uint8Array[] = [];
  for (const group of groups) shards.push(await readGroup(dirname(file), group));
  return {
    modelTopology: modelTopology as Record<string, unknown>,
    weightSpecs: groups.flatMap((group) => group.weights),
    weightData: concatenate(shards),
  };
}

async function readGroup(directory: string, group: WeightGroup): Promise<Uint8Array> {
  const files = group.paths.map((path) => join(directory, path));
  const bytes = concatenate(await Promise.all(files.map((file) => readWeights(file))));
  const expected = expectedBytes(group.weights);
  if (bytes.length !== expected) {
    const problem = `expected ${expected} bytes of weights, found ${bytes.length}`;
    throw new FileError(files.join(", "), `${problem}. The file is truncated or belongs to another model`);
  }
  return bytes;
}

async function readWeights(file: string): Promise<Uint8Array> {
  return readFile(file).catch((error: unknown) => {
    throw new FileError(file, `the weights cannot be read: ${firstLine(error)}`, { cause: error });
  });
}

function concatenate(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    whole.set(part, offset);
    offset += part.length;
  }
  return whole;
}

async function readJson(file: string): Promise<object> {
  const text = await readFile(file, "utf8");
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new FileError(file, `malformed JSON: ${firstLine(error)}`, { cause: error });
  }
  if (typeof value === "object" && value !== null) return value;
  throw new FileError(file, `expected a JSON object, found ${show(value)}`);
}

/** The record beside the model, checked to be of the same save; undefined if there is none. */
async function readMetadata(topologyFile: string, hash: string): Promise<ModelMetadata | undefined> {
  const file = join(dirname(topologyFile), METADATA_FILE);
  if (basename(topologyFile) !== TOPOLOGY_FILE || !(await stat(file).catch(() => undefined))) return undefined;
  const record = await readJson(file);
  const metadata = parseMetadata(record);
  if ("problem" in metadata) throw new FileError(file, metadata.problem);
  const written = (record as { hash?: unknown }).hash;
  if (written === hash) return metadata;
  throw new FileError(
    file,
    `describes a model with hash ${show(written)}, but topology and weights beside it have ${show(hash)}. ` +
      "The save was cut short or a file was changed; remove this record to load them as a foreign model",
  );
}

function checkedSignature(model: tfl.LayersModel, file: string): ModelSignature {
  try {
    return signatureOf(model);
  } catch (error) {
    if (error instanceof ArgumentError) throw new FileError(file, error.message, { cause: error });
    throw error;
  }
}

function requireFit(metadata: ModelMetadata, signature: ModelSignature, file: string): void {
  const { inputShape, classes } = signature;
  if (metadata.classes.length === classes && metadata.inputShape.every((size, i) => size === inputShape[i])) return;
  const said = `${metadata.inputShape.join("x")} and ${metadata.classes.length} classes`;
  throw new FileError(file, `says images ${said}, but the model has ${inputShape.join("x")} and ${classes} classes`);
}

function firstLine(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split("\n")[0];
}
