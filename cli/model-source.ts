import { existsSync, statSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import {
  type BaseClassifier,
  type BinaryScore,
  describeOnnxRuntime,
  type Layout,
  layersClassifier,
  NATIVE_INSTALLATION,
  onnxClassifier,
  type PixelScaling,
  requireFunctionOfOneImage,
} from "../certify/index.js";
import {
  ArgumentError,
  type EngineChoice,
  type EngineReport,
  FileError,
  type ImageShape,
  imageShapeOf,
  loadModel,
  type ModelMetadata,
  type OnnxValueDescription,
  readOnnx,
  readOnnxMetadata,
  requireThat,
  shellWord,
  useEngine,
} from "../src/index.js";
import { note } from "./print.js";

/** What computes the base classifier. */
export type Runtime = "onnx" | "tfjs";

export const RUNTIMES: readonly Runtime[] = ["onnx", "tfjs"];

/** How a model is to be fed and read, where it is foreign, and computed. */
export interface FeedOptions {
  readonly layout?: Layout;
  readonly scaling?: PixelScaling;
  readonly output?: string;
  readonly binary?: BinaryScore;
  /** Classes that are looked for among a model's outputs. */
  readonly classes?: number;
  readonly threads?: number;
  readonly batchSize?: number;
  readonly provider?: string;
}

/** A model as named on the command line, found but not yet fed. */
export interface ModelSource {
  /** What the model tells of itself; undefined for foreign ones. */
  readonly metadata: ModelMetadata | undefined;
  /** The size of images that a foreign model's input tells; undefined where that leaves it open. */
  imageShape(layout?: Layout): ImageShape | undefined;
  /** Its input for a person, where the file tells: `its input 'x' is [N, 784]`; else empty. */
  readonly inputs: string;
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
  requireSomething(path);
  const name = basename(resolve(path));
  const onnxFile = statSync(path).isDirectory() ? join(path, "model.onnx") : path;
  const isOnnx = onnxFile.endsWith(".onnx") && existsSync(onnxFile);
  if (runtime === "onnx" && !isOnnx) {
    const remedy = `Make one with: smoothcert export ${shellWord(path)} --out model.onnx`;
    throw new ArgumentError(
      `--runtime onnx needs an .onnx file, found none in ${path}. ${remedy}`,
      "--runtime",
      runtime,
    );
  }
  if (runtime === "tfjs" && path.endsWith(".onnx")) {
    throw new ArgumentError(`--runtime tfjs needs a TensorFlow.js model, got ${path}`, "--runtime", runtime);
  }
  return isOnnx && runtime !== "tfjs" ? findOnnx(onnxFile, name) : findLayersModel(path, name, engine);
}

/** @throws FileError if there is nothing at the path */
export function requireSomething(path: string): void {
  if (existsSync(path)) return;
  throw new FileError(path, "expected a run folder, a model folder or an .onnx file, found nothing");
}

async function findOnnx(path: string, name: string): Promise<ModelSource> {
  const { metadata, inputs } = readOnnxMetadata(await readOnnx(path), path);
  const text = ({ name, shape }: OnnxValueDescription): string => `'${name}' is [${shape.join(", ")}]`;
  let noted = false;
  return {
    metadata,
    imageShape: (layout) => (inputs.length === 1 ? imageShapeOf(inputs[0].shape, layout) : undefined),
    inputs: `its input ${inputs.map(text).join(", ")}`,
    async open(imageShape, feed) {
      if (feed.provider === undefined && !noted) await noteSlowRuntime();
      noted = true;
      return onnxClassifier(path, { imageShape, name, ...feed });
    },
  };
}

/** Says what would be faster than WebAssembly, where that has to do. */
async function noteSlowRuntime(): Promise<void> {
  const { nativeMissing } = await describeOnnxRuntime();
  if (nativeMissing === undefined) return;
  note(`ONNX Runtime runs in WebAssembly, at a fraction of the speed of onnxruntime-node: ${nativeMissing}.`);
  note(`  To add it (290 MB): ${NATIVE_INSTALLATION}`);
}

/** An engine as logs name it, with the GPU and its driver where it runs on one. */
function engineText({ name, version, adapter }: EngineReport): string {
  const gpu = adapter === undefined ? "" : ` on ${adapter.name}, ${adapter.driver}`;
  return `tfjs-${name} ${version}${gpu}`;
}

async function findLayersModel(path: string, name: string, choice: EngineChoice): Promise<ModelSource> {
  const report = await useEngine(choice);
  const { model, metadata, hash } = await loadModel(path);
  const engine = engineText(report);
  return {
    metadata,
    imageShape: () => undefined,
    inputs: "",
    async open(imageShape, feed) {
      requireNothingOfOnnx(path, report.name, feed);
      const { scaling, batchSize } = feed;
      const settings = { imageShape, name, hash, engine, ...(scaling && { scaling }) };
      const measured = layersClassifier(model, settings);
      await requireFunctionOfOneImage(measured, path);
      if (batchSize === undefined) return measured;
      await measured.close?.();
      return layersClassifier(model, { ...settings, batchSize });
    },
  };
}

function requireNothingOfOnnx(path: string, engine: string, { output, binary, threads, provider }: FeedOptions): void {
  const remedy = `Export it: smoothcert export ${shellWord(path)} --out model.onnx`;
  requireThat(output === undefined, "tfjs", "--output", "left out: the model has one output", output);
  requireThat(binary === undefined, "tfjs", "--binary", "left out: it is for ONNX models", binary, remedy);
  requireThat(threads === undefined, "tfjs", "--threads", `left out: engine ${engine} chooses its own`, threads);
  requireThat(provider === undefined, "tfjs", "--provider", "left out: it is for ONNX Runtime", provider);
}
