import { existsSync, statSync } from "node:fs";
import { join } from "node:path";
import {
  type BaseClassifier,
  describeOnnxRuntime,
  headerPath,
  type LogHeader,
  readHeader,
  samplesPerSecond,
} from "../certify/index.js";
import { dimensionOf, type EngineChoice, gridNoise, type ModelMetadata, requireThat } from "../src/index.js";
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

const OPENVINO = "openvino";

/**
 * The provider that counted a log's votes: of `openvino 2026.4.1 (cpu)`, of `openvino 2026.4.1 (cpu, bf16)`, or of
 * `onnxruntime-node 1.30.0 (webgpu)`.
 */
function providerOf(header: LogHeader): string | undefined {
  const { runtime } = header.model;
  if (runtimeOf(header) === "tfjs") return undefined;
  const [, place, precision] = /\((\w+)(?:, (\w+))?\)$/.exec(runtime) ?? [];
  if (!runtime.startsWith(OPENVINO)) return place;
  return precision === undefined ? OPENVINO : `${OPENVINO}-${precision}`;
}

/** What counted a log's votes, as far as it is here; the usual provider elsewhere. */
export async function loggedComputation(header: LogHeader, asked: Computation): Promise<Computation> {
  const runtime = asked.runtime ?? runtimeOf(header);
  if (asked.provider !== undefined || runtime === "tfjs") return { ...asked, runtime };
  const logged = providerOf(header);
  const { providers, openvino } = await describeOnnxRuntime();
  const isOpenvino = logged?.startsWith(OPENVINO) ?? false;
  const here = isOpenvino ? "version" in openvino : logged !== undefined && providers.includes(logged);
  return here ? { runtime, provider: logged } : { runtime };
}

/** Instead of a runtime: the fastest. */
export const AUTO = "auto";

/** What is asked for, or that with which the log was begun and goes on, or where it is {@link AUTO} the fastest. */
export async function computationFor(
  path: string,
  log: string,
  asked: { readonly runtime?: Runtime | typeof AUTO; readonly provider?: string; readonly engine: EngineChoice },
): Promise<Computation> {
  const { runtime, provider, engine } = asked;
  const alone = runtime !== AUTO || provider === undefined;
  requireThat(alone, "certify", "--provider", "left out: --runtime auto chooses", provider);
  if (runtime !== undefined && runtime !== AUTO) return { runtime, provider };
  const header = existsSync(headerPath(log)) ? await readHeader(log) : undefined;
  if (header !== undefined) return { runtime: runtimeOf(header), provider: provider ?? providerOf(header) };
  return runtime === AUTO ? await fastestComputation(path, engine) : { provider };
}

/** What labels noisy copies of a model fastest here, measured for some seconds; the usual where there is no choice. */
async function fastestComputation(path: string, engine: EngineChoice): Promise<Computation> {
  const choices = await choicesFor(path);
  if (choices.length < 2) return {};
  const { metadata } = await findModel(path, engine, choices[0].runtime);
  if (metadata === undefined) return {};
  const speeds: [Computation, number][] = [];
  for (const each of choices) speeds.push([each, await speedOf(path, engine, each)]);
  const [best] = speeds.toSorted(([, a], [, b]) => b - a)[0];
  const flag = best.provider === undefined ? `--runtime ${best.runtime}` : `--provider ${best.provider}`;
  const measured = speeds.map(([each, speed]) => `${each.provider ?? each.runtime} ${Math.round(speed)}`).join(", ");
  note(`${flag} is the fastest here (samples/s: ${measured})`);
  return best;
}

/** What can compute it here. */
async function choicesFor(path: string): Promise<Computation[]> {
  const isFolder = statSync(path).isDirectory();
  const choices: Computation[] = [];
  if (isFolder ? existsSync(join(path, "model.onnx")) : path.endsWith(".onnx")) {
    choices.push({ runtime: "onnx" });
    const { openvino } = await describeOnnxRuntime();
    if ("version" in openvino) choices.push({ runtime: "onnx", provider: OPENVINO });
  }
  if (isFolder && existsSync(join(path, "model"))) choices.push({ runtime: "tfjs" });
  return choices;
}

async function speedOf(path: string, engine: EngineChoice, { runtime, provider }: Computation): Promise<number> {
  const { metadata, open } = await findModel(path, engine, runtime);
  const { inputShape } = metadata as ModelMetadata;
  const noise = gridNoise(metadata?.training?.sigma || 0.5);
  const grey = new Uint8Array(dimensionOf(inputShape)).fill(128);
  const usual = await open(inputShape, provider === undefined ? {} : { provider });
  const classifier: BaseClassifier = (await usual.tuned?.(noise, grey)) ?? usual;
  const speed = await samplesPerSecond(classifier, noise, grey, { seconds: 1 });
  await classifier.close?.();
  return speed;
}
