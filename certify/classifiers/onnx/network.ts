import type { InferenceSession, Tensor } from "onnxruntime-common";
import type { ImageShape } from "../../../src/data/dataset.js";
import { ArgumentError, FileError } from "../../../src/errors.js";
import { argmax } from "../../sampling/base-classifier.js";
import { batchSizeFor } from "../batch-size.js";
import type { Scored } from "../canary.js";
import { hashWithFeed } from "../hash.js";
import type { Layout, PixelScaling } from "../pixel-transform.js";
import { type Attempt, type FoundBatch, findBatch } from "./batch.js";
import { type Elements, elementsOf, numbersOf } from "./elements.js";
import { batchFeed, feedNotes } from "./feed.js";
import { externalRecord, type OnnxFile } from "./file.js";
import { type InputForm, inputForm } from "./input.js";
import { findScores, floatOutputs, type ScoreOptions, scoresEach } from "./output.js";
import { isReference, type OnnxRuntime, type Session } from "./provider.js";

/** How a foreign network is to be fed and read, where its file doesn't tell. */
export interface NetworkOptions extends ScoreOptions {
  /** The shape of the images that will be classified. */
  readonly imageShape: ImageShape;
  /** The classifier's name. */
  readonly name: string;
  /** @defaultValue inferred from the input's shape */
  readonly layout?: Layout;
  /** @defaultValue pixels in [0, 1] as they are */
  readonly scaling?: PixelScaling;
  /**
   * Most images that it is given at once; integer >= 1. @defaultValue some hundreds for small images, fewer for large
   * ones
   */
  readonly batchSize?: number;
  /** Threads of one operation; integer >= 1. @defaultValue ONNX Runtime's choice */
  readonly intraOpThreads?: number;
}

/** A network as a base classifier, on this thread. */
export interface OnnxNetwork extends Scored {
  /** How it takes images. */
  readonly form: InputForm;
  /** The name of the output that holds the scores. */
  readonly output: string;
  /** ONNX Runtime's execution provider. */
  readonly provider: string;
}

/**
 * A base classifier that this ONNX Runtime computes, on this thread, from any ONNX model with one image input of floats
 * or bytes and scores among its outputs. Its label is the argmax of the scores, or what `binary` makes of one.
 *
 * @throws FileError if it is no ONNX model, if its input does not fit the images, or if its scores can't be told
 * @throws ArgumentError if the provider can't run it
 */
export async function openNetwork(runtime: OnnxRuntime, file: OnnxFile, options: NetworkOptions): Promise<OnnxNetwork> {
  const { imageShape, batchSize } = options;
  const { path, bytes } = file;
  const session = await openSession(file, runtime, options.intraOpThreads);
  const declared = inputForm(path, session.inputMetadata, imageShape, options.layout);
  const network = { path, runtime, session, form: declared };
  const { fixed, rows, outputs } = await tryBatches(network, options);
  const form = { ...declared, fixedBatch: fixed };
  const { name: output, classes, reading, perClass } = findScores(path, session.outputMetadata, outputs, rows, options);
  const feed = batchFeed(form, imageShape, options.scaling);
  const scores = async (batch: Float32Array, count: number): Promise<ArrayLike<number>> => {
    const rows = fixed ?? count;
    const given = await tryRun(network, feed(batch, count, rows), rows, [output]);
    if ("failure" in given) throw given.failure;
    return perClass(numbersOf(given.outputs[output].data));
  };
  return {
    name: options.name,
    inputShape: imageShape,
    classes,
    hash: hashWithFeed(bytes, form.layout, options.scaling, { externalData: externalRecord(file), ...reading }),
    runtime: runtime.name,
    provider: runtime.provider,
    batchSize: fixed ?? batchSize ?? batchSizeFor(imageShape),
    form,
    output,
    notes: [...feedNotes(form), ...batchNotes(declared, fixed)],
    scores,
    async classify(batch, count, labels) {
      const found = await scores(batch, count);
      for (let i = 0; i < count; i++) labels[i] = argmax(found, i * classes, classes, path);
    },
    close: () => session.release(),
  };
}

async function openSession(
  { path, bytes, external }: OnnxFile,
  { InferenceSession, provider, providers }: OnnxRuntime,
  intraOpNumThreads = 0,
): Promise<Session> {
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
    if (isReference(provider)) {
      throw new FileError(path, `expected an ONNX model, but ONNX Runtime refuses it: ${reasonOf(cause)}`, { cause });
    }
    const there = `Providers that are here: ${providers.join(", ")}`;
    const message = `provider ${provider} can't run ${path}: ${reasonOf(cause)}. ${there}`;
    throw new ArgumentError(message, "provider", provider);
  }
}

type Outputs = InferenceSession.OnnxValueMapType;

/** A network before it is known what its outputs are. */
interface OpenedNetwork {
  readonly path: string;
  readonly runtime: OnnxRuntime;
  readonly session: Session;
  /** As its file declares it. */
  readonly form: InputForm;
}

/** Runs the network on zeros: declared shapes are often symbolic, and sometimes wrong. */
async function tryBatches(
  network: OpenedNetwork,
  { output, batchSize = 1 }: NetworkOptions,
): Promise<FoundBatch<Outputs>> {
  const { session, form } = network;
  const names = floatOutputs(session.outputMetadata).filter((name) => output === undefined || name === output);
  const declaredRows = session.outputMetadata.map((value) => (value.isTensor ? value.shape[0] : 1));
  const likely = [...declaredRows.filter((size) => typeof size === "number"), batchSize];
  const attempt = async (rows: number): Promise<Attempt<Outputs>> => {
    const zeros = new Float32Array(form.dims.reduce((a, b) => a * b, rows));
    return names.length === 0 ? { outputs: {} } : tryRun(network, elementsOf(form.type, zeros), rows, names);
  };
  const keeps = (outputs: Outputs, rows: number): boolean => names.some((name) => scoresEach(outputs[name], rows) > 0);
  return findBatch(form.fixedBatch, likely, attempt, keeps);
}

/** The outputs of that name for these elements of `rows` images, or why there are none. */
async function tryRun(
  { path, runtime, session, form }: OpenedNetwork,
  elements: Elements,
  rows: number,
  names: readonly string[],
): Promise<Attempt<Outputs>> {
  const input = tensorOf(runtime, form, elements, rows);
  try {
    return { outputs: await session.run({ [form.name]: input }, names) };
  } catch (cause) {
    const takes = `expected a model that takes ${form.name} [${input.dims.join(", ")}]`;
    const next = form.fixedBatch === undefined ? ". If it takes batches of one size only, say --batch-size" : "";
    const problem = `${takes}, but ${runtime.title} says: ${reasonOf(cause)}${next}`;
    return { failure: new FileError(path, problem, { cause }) };
  }
}

/** Elements as the network's input, of `rows` images. */
export function tensorOf({ Tensor }: OnnxRuntime, { type, dims }: InputForm, elements: Elements, rows: number): Tensor {
  return new Tensor(type as "float32", elements as Float32Array, [rows, ...dims]);
}

function batchNotes(form: InputForm, fixed: number | undefined): string[] {
  if (fixed === undefined || form.fixedBatch !== undefined) return [];
  const size = fixed === 1 ? "one image at a time" : `batches of ${fixed} only`;
  return [`the model declares batches of any size, and takes ${size}: it is run so`];
}

/** What ONNX Runtime says of a failure: its first line. */
export function reasonOf(cause: unknown): string {
  return cause instanceof Error ? cause.message.split("\n")[0] : String(cause);
}
