// The only file that imports ONNX Runtime.
import { readFile } from "node:fs/promises";
import { basename } from "node:path";
import { InferenceSession, Tensor } from "onnxruntime-node";
import { dimensionOf, FileError, type ImageShape } from "../../src/index.js";
import { argmax, type BaseClassifier } from "../base-classifier.js";
import { batchSizeFor } from "./batch-size.js";
import { hashWithFeed } from "./hash.js";
import { type InputForm, inputForm } from "./onnx-input.js";
import { type Layout, type PixelScaling, type PixelTransform, pixelTransform } from "./pixel-transform.js";

type Feeds = Record<string, Tensor>;

/** How a foreign network is to be fed, where its file doesn't tell. */
export interface OnnxClassifierOptions {
  /** The shape of the images that will be classified. */
  readonly imageShape: ImageShape;
  /** The classifier's name. @defaultValue the file's */
  readonly name?: string;
  /** @defaultValue inferred from the input's shape */
  readonly layout?: Layout;
  /** @defaultValue pixels in [0, 1] as they are */
  readonly scaling?: PixelScaling;
}

/**
 * A base classifier that ONNX Runtime computes, from any `.onnx` file with one float image input. Its label is the argmax of the output.
 *
 * @throws FileError if the file is missing or no ONNX model, or if its input does not fit the images
 */
export async function onnxClassifier(path: string, options: OnnxClassifierOptions): Promise<BaseClassifier> {
  const bytes = await readModel(path);
  const session = await openSession(path);
  const form = inputForm(path, session.inputMetadata, options.imageShape, options.layout);
  const output = session.outputNames[0];
  const name = options.name ?? basename(path);
  const classes = await countClasses(path, session, form, output);
  const batchSize = form.fixedBatch ?? batchSizeFor(options.imageShape);
  const dimension = dimensionOf(options.imageShape);
  const transform = pixelTransform(options.imageShape, form.layout, options.scaling);
  return {
    name,
    inputShape: options.imageShape,
    classes,
    hash: hashWithFeed(bytes, form.layout, options.scaling),
    runtime: `onnxruntime-node ${await runtimeVersion()} (cpu)`,
    batchSize,
    async classify(batch, count, labels) {
      const rows = form.fixedBatch ?? count;
      const data = feed(transform, batch, count, rows * dimension);
      const outputs = await session.run({ [form.name]: new Tensor("float32", data, [rows, ...form.dims]) });
      const logits = outputs[output].data as Float32Array;
      for (let i = 0; i < count; i++) labels[i] = argmax(logits, i * classes, classes, name);
    },
  };
}

async function readModel(path: string): Promise<Buffer> {
  try {
    return await readFile(path);
  } catch (cause) {
    throw new FileError(path, "expected an ONNX model, found no readable file", { cause });
  }
}

async function openSession(path: string): Promise<InferenceSession> {
  try {
    return await InferenceSession.create(path, { executionProviders: ["cpu"], logSeverityLevel: 4 });
  } catch (cause) {
    throw new FileError(path, `expected an ONNX model, but ONNX Runtime refuses it: ${reasonOf(cause)}`, { cause });
  }
}

/** Reads the number of classes off one run: declared output shapes are often symbolic. */
async function countClasses(path: string, session: InferenceSession, form: InputForm, output: string): Promise<number> {
  const rows = form.fixedBatch ?? 1;
  const dims = [rows, ...form.dims];
  const zeros = new Float32Array(dims.reduce((a, b) => a * b, 1));
  const result = (await tryRun(path, session, { [form.name]: new Tensor("float32", zeros, dims) }))[output];
  const classes = result.dims.at(-1) ?? 0;
  const isLogits = result.type === "float32" && result.dims[0] === rows && result.size === rows * classes;
  if (isLogits && classes >= 2) return classes;
  throw new FileError(
    path,
    `expected a first output of float32 logits [batch, classes], found ${result.type} [${result.dims}] for '${output}'`,
  );
}

async function tryRun(
  path: string,
  session: InferenceSession,
  feeds: Feeds,
): Promise<InferenceSession.OnnxValueMapType> {
  try {
    return await session.run(feeds);
  } catch (cause) {
    const shapes = Object.entries(feeds).map(([name, { dims }]) => `${name} [${dims.join(", ")}]`);
    throw new FileError(path, `expected a model that takes ${shapes}, but ONNX Runtime says: ${reasonOf(cause)}`, {
      cause,
    });
  }
}

function reasonOf(cause: unknown): string {
  return cause instanceof Error ? cause.message.split("\n")[0] : String(cause);
}

/** `size` values for the network: the batch itself where it takes that as it is, else a copy of this call's own. */
function feed(transform: PixelTransform | undefined, batch: Float32Array, count: number, size: number): Float32Array {
  if (transform === undefined && batch.length >= size) return batch.subarray(0, size);
  const copy = new Float32Array(size);
  if (transform === undefined) copy.set(batch);
  else transform(batch, count, copy);
  return copy;
}

async function runtimeVersion(): Promise<string> {
  const { env } = await import("onnxruntime-node");
  return env.versions.node ?? env.versions.common;
}
