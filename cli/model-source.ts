import { existsSync, statSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { basename, join } from "node:path";
import {
  type BaseClassifier,
  type Layout,
  layersClassifier,
  onnxClassifier,
  type PixelScaling,
} from "../certify/index.js";
import {
  ArgumentError,
  type EngineChoice,
  FileError,
  type ImageShape,
  loadModel,
  type ModelMetadata,
  readOnnxMetadata,
  useEngine,
} from "../src/index.js";

/** What computes the base classifier. */
export type Runtime = "onnx" | "tfjs";

export const RUNTIMES: readonly Runtime[] = ["onnx", "tfjs"];

/** How a foreign model is to be fed. */
export interface FeedOptions {
  readonly layout?: Layout;
  readonly scaling?: PixelScaling;
}

/** A model as named on the command line, found but not yet fed. */
export interface ModelSource {
  /** What the model tells of itself; undefined for foreign ones. */
  readonly metadata: ModelMetadata | undefined;
  /** Opens it as a base classifier for images of `imageShape`. */
  open(imageShape: ImageShape, feed: FeedOptions): Promise<BaseClassifier>;
}

/**
 * Finds the model at `path`: a run folder, a model folder, a model.json or an .onnx file.
 *
 * @param runtime by default ONNX Runtime where there is an .onnx file, TensorFlow.js elsewhere
 * @throws FileError if there is no model @throws ArgumentError if the model can't be had for the runtime asked for
 */
export async function findModel(path: string, engine: EngineChoice, runtime?: Runtime): Promise<ModelSource> {
  if (!existsSync(path)) {
    throw new FileError(path, "expected a run folder, a model folder or an .onnx file, found nothing");
  }
  const onnxFile = statSync(path).isDirectory() ? join(path, "model.onnx") : path;
  const isOnnx = onnxFile.endsWith(".onnx") && existsSync(onnxFile);
  if (runtime === "onnx" && !isOnnx) {
    const remedy = `Make one with: smoothcert export ${path} --out model.onnx`;
    throw new ArgumentError(
      `--runtime onnx needs an .onnx file, found none in ${path}. ${remedy}`,
      "--runtime",
      runtime,
    );
  }
  if (runtime === "tfjs" && path.endsWith(".onnx")) {
    throw new ArgumentError(`--runtime tfjs needs a TensorFlow.js model, got ${path}`, "--runtime", runtime);
  }
  return isOnnx && runtime !== "tfjs" ? findOnnx(onnxFile) : findLayersModel(path, engine);
}

async function findOnnx(path: string): Promise<ModelSource> {
  const { metadata } = readOnnxMetadata(await readFile(path), path);
  return { metadata, open: (imageShape, feed) => onnxClassifier(path, { imageShape, ...feed }) };
}

async function findLayersModel(path: string, choice: EngineChoice): Promise<ModelSource> {
  const { name, version } = await useEngine(choice);
  const folder = existsSync(join(path, "model", "model.json")) ? join(path, "model") : path;
  const { model, metadata, hash } = await loadModel(folder);
  const engine = `tfjs-${name} ${version}`;
  return {
    metadata,
    open: async (imageShape, { scaling }) =>
      layersClassifier(model, { imageShape, name: basename(path), hash, engine, ...(scaling && { scaling }) }),
  };
}
