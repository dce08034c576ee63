import { defaultThreads, type ImageShape, MAX_THREADS, requireInteger } from "../../../src/index.js";
import type { BaseClassifier } from "../../sampling/base-classifier.js";
import { fastest } from "../../sampling/speed.js";
import { batchSizeFor, requireBatchSize } from "../batch-size.js";
import { canaryText, requireCanary } from "../canary.js";
import type { OnnxFile } from "./file.js";
import { requireFunctionOfImage, roundingOf } from "./function.js";
import type { OnnxNetwork } from "./network.js";
import { type OnnxNetworkOptions, openOnnxNetwork } from "./open-network.js";
import { probeProvider } from "./probe.js";
import { computesOnCpu, isReference } from "./provider.js";
import { readOnnxFile } from "./read-file.js";
import { loadOnnxRuntime } from "./runtime.js";
import { onnxWorkers } from "./workers.js";

/** How an ONNX classifier is fed and computed. */
export interface OnnxClassifierOptions extends Omit<OnnxNetworkOptions, "intraOpThreads"> {
  /**
   * Threads that label noisy copies; integer in [1, {@link MAX_THREADS}]. Labels don't depend on it.
   *
   * @defaultValue `OMP_NUM_THREADS`, or as many as the machine runs at a time
   */
  readonly threads?: number;
  /**
   * Noisy copies in a batch; integer >= 1, a batch of at most 1 GiB in single precision. Labels don't depend on it.
   *
   * @defaultValue some hundreds for small images, fewer for large ones
   */
  readonly batchSize?: number;
}

/**
 * A base classifier that ONNX Runtime computes, from any `.onnx` file with one image input of floats or bytes and
 * scores among its outputs. Its label is the argmax of the scores, or what `binary` makes of one. Noisy copies are
 * drawn and labelled by threads of their own, each with its own network.
 *
 * @throws FileError if a file is missing or no ONNX model, if its input does not fit the images, if its scores can't be
 * told, or if it is no function of one image
 * @throws ArgumentError if the provider is not there or computes something else, or for threads or a batch size out of
 * range
 */
export async function onnxClassifier(path: string, options: OnnxClassifierOptions): Promise<BaseClassifier> {
  const { threads = defaultThreads(), batchSize, ...networkOptions } = options;
  requireInteger(threads, "onnxClassifier", "threads", 1, MAX_THREADS);
  if (batchSize !== undefined) requireBatchSize(batchSize, options.imageShape, "onnxClassifier");
  const file = await readOnnxFile(path);
  await requireStartable(path, networkOptions.provider);
  const network = await openOnnxNetwork(file, { ...networkOptions, ...(batchSize !== undefined && { batchSize }) });
  // What follows runs on what this network was opened with, whatever is installed meanwhile.
  const { provider } = network;
  await requireFunctionOfImage(file, network);
  const canary = await canaryNotes(file, network, networkOptions);
  // One thread feeds a graphics processor best; on a CPU threads side by side are faster than threads within an
  // operation.
  const workers = computesOnCpu(provider) ? threads : 1;
  const plan = { workers, threadsEach: threads / workers, batchSize: batchSize ?? batchSizeFor(options.imageShape) };
  const freeBatch = network.form.fixedBatch === undefined && batchSize === undefined;
  const fed = { ...networkOptions, provider };
  const classifier = planned(network, file, fed, plan);
  return {
    ...classifier,
    notes: [...(network.notes ?? []), ...canary],
    async close() {
      await Promise.all([classifier.close?.(), network.close?.()]);
    },
    async tuned(noise, x, example) {
      await classifier.close?.();
      const plans = plansLike(plan, freeBatch, provider);
      return fastest(
        plans.map((each) => () => planned(network, file, fed, each)),
        noise,
        x,
        example,
      );
    },
  };
}

/** @throws ArgumentError for a provider whose driver ends the process */
async function requireStartable(path: string, provider = "cpu"): Promise<void> {
  if (computesOnCpu(provider)) return;
  await loadOnnxRuntime(provider);
  await probeProvider(path, provider);
}

/**
 * Compares what isn't computed on the processor with what is.
 *
 * @returns what was found, for a person
 * @throws ArgumentError where they differ by more than rounding
 */
async function canaryNotes(
  file: OnnxFile,
  network: OnnxNetwork,
  { provider: _, ...options }: OnnxNetworkOptions,
): Promise<string[]> {
  const { provider } = network;
  if (isReference(provider)) return [];
  const reference = await openOnnxNetwork(file, options);
  try {
    const report = await requireCanary(network, reference, roundingOf(file.bytes, provider), `provider ${provider}`);
    return [`provider ${provider}: ${canaryText(report)}`];
  } finally {
    await reference.close?.();
  }
}

/** How the work is shared out: threads side by side, threads within an operation of each, copies in a batch. */
interface Plan {
  readonly workers: number;
  readonly threadsEach: number;
  readonly batchSize: number;
}

/**
 * Plans of as many threads in all: many threads side by side with a network each, or one network whose operations use
 * all (not in WebAssembly, where they use one); smaller batches too, where they are free.
 */
function plansLike({ workers, threadsEach, batchSize }: Plan, freeBatch: boolean, provider: string): Plan[] {
  const layouts = [[workers, threadsEach]];
  if (workers > 1 && provider !== "wasm") layouts.push([1, workers]);
  const sizes = freeBatch ? [batchSize, Math.ceil(batchSize / 4), Math.ceil(batchSize / 16)] : [batchSize];
  return layouts.flatMap(([count, each]) =>
    sizes.map((size) => ({ workers: count, threadsEach: each, batchSize: size })),
  );
}

/**
 * Batches in a message to a thread: as many as make the usual one, so that small batches, which are near to the
 * processor, cost no more messages.
 */
function batchesAtOnce(shape: ImageShape, { batchSize }: Plan): number {
  return Math.max(1, Math.floor(batchSizeFor(shape) / batchSize));
}

function planned(network: OnnxNetwork, file: OnnxFile, options: OnnxNetworkOptions, plan: Plan): BaseClassifier {
  const threads = onnxWorkers(
    file,
    { ...options, batchSize: plan.batchSize, intraOpThreads: plan.threadsEach },
    plan.workers,
  );
  return {
    ...network,
    labeler: (noise) => threads.labeler(noise, plan.batchSize * batchesAtOnce(network.inputShape, plan)),
    close: () => threads.close(),
  };
}
