import { existsSync } from "node:fs";
import { join } from "node:path";
import { type BaseClassifier, headerPath, type LogHeader, readHeader, samplesPerSecond } from "../certify/index.js";
import { dimensionOf, type EngineChoice, gridNoise, type ModelMetadata } from "../src/index.js";
import { findModel, RUNTIMES, type Runtime } from "./model-source.js";
import { note } from "./print.js";

/** The runtime that counted a log's votes. */
export function runtimeOf({ model }: LogHeader): Runtime {
  return model.runtime.startsWith("tfjs") ? "tfjs" : "onnx";
}

/** Instead of a runtime: the faster one. */
export const AUTO = "auto";

/** The runtime that is asked for, or that with which the log was begun, or where it is {@link AUTO} the faster one. */
export async function runtimeFor(
  path: string,
  log: string,
  { runtime, engine }: { readonly runtime?: Runtime | typeof AUTO; readonly engine: EngineChoice },
): Promise<Runtime | undefined> {
  if (runtime !== undefined && runtime !== AUTO) return runtime;
  const begun = await begunRuntime(log);
  return begun ?? (runtime === AUTO ? await fasterRuntime(path, engine) : undefined);
}

/**
 * The runtime with which a log was begun, and goes on: the files of the weights differ, and labels on a knife's edge
 * may. Undefined for a new log.
 */
async function begunRuntime(log: string): Promise<Runtime | undefined> {
  const header = existsSync(headerPath(log)) ? await readHeader(log) : undefined;
  return header && runtimeOf(header);
}

/**
 * The runtime that labels noisy copies of a model fastest here, measured for some seconds; undefined where there is
 * nothing to choose, since the path is no folder of a run.
 */
async function fasterRuntime(path: string, engine: EngineChoice): Promise<Runtime | undefined> {
  if (!existsSync(join(path, "model.onnx")) || !existsSync(join(path, "model"))) return undefined;
  const speeds: [Runtime, number][] = [];
  for (const runtime of RUNTIMES) speeds.push([runtime, await speedOf(path, engine, runtime)]);
  const [best] = speeds.toSorted(([, a], [, b]) => b - a)[0];
  const measured = speeds.map(([runtime, speed]) => `${runtime} ${Math.round(speed)}`).join(", ");
  note(`--runtime ${best} is the fastest here (samples/s: ${measured})`);
  return best;
}

async function speedOf(path: string, engine: EngineChoice, runtime: Runtime): Promise<number> {
  const { metadata, open } = await findModel(path, engine, runtime);
  const { inputShape } = metadata as ModelMetadata;
  const noise = gridNoise(metadata?.training?.sigma || 0.5);
  const grey = new Uint8Array(dimensionOf(inputShape)).fill(128);
  const usual = await open(inputShape, {});
  const classifier: BaseClassifier = (await usual.tuned?.(noise, grey)) ?? usual;
  const speed = await samplesPerSecond(classifier, noise, grey, { seconds: 1 });
  await classifier.close?.();
  return speed;
}
