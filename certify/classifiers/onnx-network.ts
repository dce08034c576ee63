import { basename } from "node:path";
import type { InferenceSession, Tensor } from "onnxruntime-common";
import { dimensionOf, type ImageShape } from "../../src/data/dataset.js";
import { ArgumentError, FileError } from "../../src/errors.js";
import { argmax, type BaseClassifier } from "../base-classifier.js";
import { batchSizeFor } from "./batch-size.js";
import { hashWithFeed } from "./hash.js";
import { externalRecord, type OnnxFile } from "./onnx-file.js";
import { type InputForm, inputForm } from "./onnx-input.js";
import { computesOnCpu, describeOnnxRuntime, loadOnnxRuntime, type OnnxRuntime } from "./onnx-runtime.js";
import { type Layout, type PixelScaling, type PixelTransform, pixelTransform } from "./pixel-transform.js";

type Feeds = Record<string, Tensor>;

/** How a foreign network is to be fed, where its file doesn't tell, and what is to compute it. */
export interface OnnxNetworkOptions {
  /** The shape of the images that will be classified. */
  readonly imageShape: ImageShape;
  /** The classifier's name. @defaultValue the file's */
  readonly name?: string;
  /** @defaultValue inferred from the input's shape */
  readonly layout?: Layout;
  /** @defaultValue pixels in [0, 1] as they are */
  readonly scaling?: PixelScaling;
  /**
   * ONNX Runtime's execution provider, e.g. `cpu`, `wasm`, `webgpu`, `cuda`, `coreml`, `dml`.
   * @defaultValue `cpu`, or `wasm` where onnxruntime-node is not installed
   */
  readonly provider?: string;
  /**
   * Most images that it is given at once; integer >= 1. @defaultValue some hundreds for small images, fewer for large
   * ones
   */
  readonly batchSize?: number;
  /** Threads of one operation; integer >= 1. @defaultValue ONNX Runtime's choice */
  readonly intraOpThreads?: number;
}

/** A network as a base classifier, on this thread. */
export interface OnnxNetwork extends BaseClassifier {
  /** How it takes images. */
  readonly form: InputForm;
  /** The name of the output that holds the scores. */
  readonly output: string;
  /** ONNX Runtime's execution provider. */
  readonly provider: string;
}

/**
 * A base classifier that ONNX Runtime computes, on this thread, from any ONNX model with one float image input. Its
 * label is the argmax of the output.
 *
 * @throws FileError if it is no ONNX model, or if its input does not fit the images
 * @throws ArgumentError if the provider is not there
 */
export async function openOnnxNetwork(file: OnnxFile, options: OnnxNetworkOptions): Promise<OnnxNetwork> {
  const { path, bytes } = file;
  const runtime = await loadOnnxRuntime(options.provider);
  const session = await openSession(file, runtime, options.intraOpThreads);
  const form = inputForm(path, session.inputMetadata, options.imageShape, options.layout);
  const output = session.outputNames[0];
  const name = options.name ?? basename(path);
  const classes = await countClasses(path, runtime, session, form, output);
  const dimension = dimensionOf(options.imageShape);
  const transform = pixelTransform(options.imageShape, form.layout, options.scaling);
  const scores = async (batch: Float32Array, count: number): Promise<Float32Array> => {
    const rows = form.fixedBatch ?? count;
    const data = feed(transform, batch, count, rows * dimension);
    const input = new runtime.Tensor("float32", data, [rows, ...form.dims]);
    const outputs = await tryRun(path, session, { [form.name]: input });
    return outputs[output].data as Float32Array;
  };
  return {
    name,
    inputShape: options.imageShape,
    classes,
    hash: hashWithFeed(bytes, form.layout, options.scaling, { externalData: externalRecord(file) }),
    runtime: runtime.name,
    provider: runtime.provider,
    batchSize: form.fixedBatch ?? options.batchSize ?? batchSizeFor(options.imageShape),
    form,
    output,
    scores,
    async classify(batch, count, labels) {
      const found = await scores(batch, count);
      for (let i = 0; i < count; i++) labels[i] = argmax(found, i * classes, classes, path);
    },
  };
}

async function openSession(
  { path, bytes, external }: OnnxFile,
  { InferenceSession, provider }: OnnxRuntime,
  intraOpNumThreads = 0,
): Promise<InferenceSession> {
  try {
    // A copy: ONNX Runtime takes no memory that threads share.
    return await InferenceSession.create(Uint8Array.from(bytes), {
      externalData: external.map(({ name, data }) => ({ path: name, data })),
      executionProviders: [provider],
      intraOpNumThreads,
      interOpNumThreads: 1,
      logSeverityLevel: 4,
    });
  } catch (cause) {
    if (computesOnCpu(provider)) {
      throw new FileError(path, `expected an ONNX model, but ONNX Runtime refuses it: ${reasonOf(cause)}`, { cause });
    }
    const { providers } = await describeOnnxRuntime();
    const there = `This build of ONNX Runtime has ${providers.join(", ")}`;
    const message = `provider ${provider} can't run ${path}: ${reasonOf(cause)}. ${there}`;
    throw new ArgumentError(message, "provider", provider);
  }
}

/** Reads the number of classes off one run: declared output shapes are often symbolic. */
async function countClasses(
  path: string,
  { Tensor }: OnnxRuntime,
  session: InferenceSession,
  form: InputForm,
  output: string,
): Promise<number> {
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

/** What ONNX Runtime says of a failure: its first line. */
export function reasonOf(cause: unknown): string {
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
