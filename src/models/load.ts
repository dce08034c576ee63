import { readdir, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import type * as tfl from "@tensorflow/tfjs-layers";
import { z } from "zod";
import { ArgumentError, FileError, show } from "../errors.js";
import { otherKind } from "../files/first-bytes.js";
import { checkJson, readJson } from "../files/json.js";
import { MAX_FILE_BYTES } from "../files/limits.js";
import { readWhole } from "../files/read.js";
import { fromArtifacts, hashOf, type ModelArtifacts } from "./artifacts.js";
import { type ModelSignature, signatureOf } from "./image-model.js";
import { outputProblem } from "./layer-outputs.js";
import { inferMetadata, type ModelMetadata, parseMetadata } from "./metadata.js";
import { otherFolder } from "./other-folder.js";
import { METADATA_FILE, TOPOLOGY_FILE } from "./save.js";
import { checkTopology } from "./topology.js";
import { readWeights } from "./weight-files.js";

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
  const model = await rebuild(artifacts, file);
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
  const kind = otherFolder(await readdir(path), path);
  if (kind !== undefined)
    throw new FileError(path, `expected a model folder of ours, found ${kind.found}. ${kind.next}`);
  throw new FileError(path, `holds no model: expected ${TOPOLOGY_FILE} or model/${TOPOLOGY_FILE} in it`);
}

const CONVERT_GRAPH = "Convert it to ONNX instead: python -m tf2onnx.convert --output model.onnx";

/** The JSON of a model; what is none is told by its first bytes. */
async function readTopology(file: string): Promise<unknown> {
  try {
    return await readJson(file, "a TensorFlow.js model.json");
  } catch (error) {
    const bytes = await readWhole(file, "a model", MAX_FILE_BYTES).catch(() => undefined);
    const expected = "an .onnx file or a TensorFlow.js model.json";
    if (bytes === undefined || "{[".includes(String.fromCharCode(bytes[0]))) throw error;
    const kind = otherKind(bytes, "tfjs", file);
    if (kind === undefined) throw new FileError(file, `expected ${expected}, found neither`, { cause: error });
    throw new FileError(file, `expected ${expected}, found ${kind.found}. ${kind.next}`, { cause: error });
  }
}

const content = z.looseObject({ modelTopology: z.looseObject({}), weightsManifest: z.unknown() });

async function readArtifacts(file: string): Promise<ModelArtifacts> {
  const whole = requireObject(await readTopology(file), file);
  if (whole.format === "graph-model") {
    throw new FileError(
      file,
      `is a TensorFlow.js graph model; expected a layers model. ${CONVERT_GRAPH} --tfjs ${file}`,
    );
  }
  if (!("modelTopology" in whole && "weightsManifest" in whole)) {
    const keys = Object.keys(whole).slice(0, 8).join(", ");
    throw new FileError(file, `expected a TensorFlow.js model (modelTopology, weightsManifest), found keys: ${keys}`);
  }
  const { modelTopology, weightsManifest } = checkJson(content, whole, file);
  checkTopology(modelTopology, file);
  return { modelTopology, ...(await readWeights(weightsManifest, file)) };
}

function requireObject(value: unknown, file: string): Record<string, unknown> {
  if (typeof value === "object" && value !== null) return value as Record<string, unknown>;
  throw new FileError(file, `expected a JSON object, found ${show(value)}`);
}

/** Rebuilds a model whose topology was checked. */
async function rebuild(artifacts: ModelArtifacts, file: string): Promise<tfl.LayersModel> {
  const model = await fromArtifacts(artifacts).catch((error: unknown) => {
    throw new FileError(file, `TensorFlow.js cannot rebuild the model: ${reasonOf(error)}`, { cause: error });
  });
  const problem = outputProblem(model);
  if (problem === undefined) return model;
  throw new FileError(file, problem);
}

/** The record beside the model, checked to be of the same save; undefined if there is none. */
async function readMetadata(topologyFile: string, hash: string): Promise<ModelMetadata | undefined> {
  const file = join(dirname(topologyFile), METADATA_FILE);
  if (basename(topologyFile) !== TOPOLOGY_FILE || !(await stat(file).catch(() => undefined))) return undefined;
  const record = await readJson(file, "the record of a model");
  const metadata = parseMetadata(record);
  if ("problem" in metadata) throw new FileError(file, metadata.problem);
  const written = requireObject(record, file).hash;
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

/** What TensorFlow.js says, where it is meant to be read. */
function reasonOf(error: unknown): string {
  const line = String((error as Error).message).split("\n")[0];
  const isTold = !(error instanceof TypeError || error instanceof RangeError || line.includes("[object "));
  return isTold ? line : "its layers, or their settings, do not fit together";
}
