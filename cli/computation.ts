import { existsSync, statSync } from "node:fs";
import { join } from "node:path";
import {
  type BaseClassifier,
  describeOpenvino,
  headerPath,
  type LogHeader,
  OPENVINO,
  providerNamed,
  readHeader,
  samplesPerSecond,
} from "../certify/index.js";
import {
  ArgumentError,
  dimensionOf,
  type EngineChoice,
  gridNoise,
  type ModelMetadata,
  requireThat,
} from "../src/index.js";
import { findModel, type Runtime } from "./model-source.js";
import { note } from "./print.js";

/** What computes a model: a runtime, and with ONNX a provider; what is missing is the usual one. */
export interface Computation {
  readonly runtime?: Runtime | undefined;
  readonly provider?: string | undefined;
}

/** The runtime that counted a log's votes. */
export function runtimeOf({ model }: LogHeader): Runtime {
  return model.runtime.startsWith("tfjs") ? "tfjs" : "onnx";
}

/** The provider that counted a log's votes; undefined for another runtime than `runtime`. */
function providerOf(header: LogHeader, runtime: Runtime): string | undefined {
  return runtime === "onnx" && runtimeOf(header) === "onnx" ? providerNamed(header.model.runtime) : undefined;
}

/**
 * Opens a model with the provider that counted a log's votes, or with the usual one where that can't be had here, and
 * says so.
 */
export async function withLoggedProvider<Flags extends Computation, Opened>(
  header: LogHeader,
  flags: Flags,
  open: (flags: Flags) => Promise<Opened>,
): Promise<Opened> {
  const provider = flags.provider ?? providerOf(header, flags.runtime ?? runtimeOf(header));
  if (provider === undefined || provider === flags.provider) return open(flags);
  try {
    return await open({ ...flags, provider });
  } catch (error) {
    if (!(error instanceof ArgumentError && error.argument === "provider")) throw error;
    note(`the provider that counted the log's votes can't be had: ${error.message}`);
    return open(flags);
  }
}

/** Instead of a runtime: the fastest. */
export const AUTO = "auto";

/** What is asked for, or that with which the log was begun and goes on, or where it is {@link AUTO} the fastest. */
export async function computationFor(
  path: string,
  log: string,
  asked: { readonly runtime?: Runtime | typeof AUTO; readonly provider?: string; readonly engine: EngineChoice },
): Promise<Computation> {
  const { provider, engine } = asked;
  const isAuto = asked.runtime === AUTO;
  requireThat(!isAuto || provider === undefined, "certify", "--provider", "left out with --runtime auto", provider);
  const header = existsSync(headerPath(log)) ? await readHeader(log) : undefined;
  if (header === undefined && isAuto) return await fastestComputation(path, engine);
  const runtime = asked.runtime === AUTO ? undefined : asked.runtime;
  if (header === undefined) return { runtime, provider };
  const begun = runtime ?? runtimeOf(header);
  return { runtime: begun, provider: provider ?? providerOf(header, begun) };
}

/** What labels noisy copies of a model fastest here, measured for some seconds; the usual where there is no choice. */
async function fastestComputation(path: string, engine: EngineChoice): Promise<Computation> {
  const choices = await choicesFor(path);
  const speeds: [Computation, number][] = [];
  for (const each of choices.length < 2 ? [] : choices) {
    const speed = await speedOf(path, engine, each);
    if (speed !== undefined) speeds.push([each, speed]);
  }
  if (speeds.length === 0) return {};
  const [best] = speeds.toSorted(([, a], [, b]) => b - a)[0];
  const flag = best.provider === undefined ? `--runtime ${best.runtime}` : `--provider ${best.provider}`;
  const measured = speeds.map(([each, speed]) => `${nameOf(each)} ${Math.round(speed)}`).join(", ");
  note(`${flag} is the fastest here (samples/s: ${measured})`);
  return best;
}

function nameOf({ runtime, provider }: Computation): string {
  return provider ?? String(runtime);
}

/** What may compute it here. */
async function choicesFor(path: string): Promise<Computation[]> {
  const isFolder = statSync(path).isDirectory();
  const choices: Computation[] = [];
  if (isFolder ? existsSync(join(path, "model.onnx")) : path.endsWith(".onnx")) {
    choices.push({ runtime: "onnx" });
    if ("version" in (await describeOpenvino())) choices.push({ runtime: "onnx", provider: OPENVINO });
  }
  if (isFolder && existsSync(join(path, "model"))) choices.push({ runtime: "tfjs" });
  return choices;
}

/** Samples a second, or undefined where that can't be measured, which is told. */
async function speedOf(path: string, engine: EngineChoice, choice: Computation): Promise<number | undefined> {
  const { metadata, open } = await findModel(path, engine, choice.runtime);
  if (metadata === undefined) {
    note(`--runtime auto: ${nameOf(choice)} is not measured, since only models of smoothcert's own tell their input`);
    return undefined;
  }
  try {
    return await measuredSpeed(metadata, (shape) => open(shape, choice.provider ? { provider: choice.provider } : {}));
  } catch (error) {
    note(`--runtime auto leaves ${nameOf(choice)} out: ${(error as Error).message}`);
    return undefined;
  }
}

async function measuredSpeed(
  { inputShape, training }: ModelMetadata,
  open: (shape: ModelMetadata["inputShape"]) => Promise<BaseClassifier>,
): Promise<number> {
  const noise = gridNoise(training?.sigma || 0.5);
  const grey = new Uint8Array(dimensionOf(inputShape)).fill(128);
  const usual = await open(inputShape);
  const classifier = (await usual.tuned?.(noise, grey)) ?? usual;
  const speed = await samplesPerSecond(classifier, noise, grey, { seconds: 1 });
  await classifier.close?.();
  return speed;
}
