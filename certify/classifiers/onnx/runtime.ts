// ONNX Runtime is loaded here alone: the native one where it is installed, its WebAssembly build elsewhere; or OpenVINO
// in its place.
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";
import { isMainThread } from "node:worker_threads";
import type { Env, InferenceSessionFactory, TensorConstructor } from "onnxruntime-common";
import { OPENVINO_INSTALLATION } from "../../../src/engine/openvino/installation.js";
import { ArgumentError, EngineError } from "../../../src/errors.js";
import { openvinoRuntime } from "./openvino.js";
import { isOpenvino, type OnnxRuntime, OPENVINO, OPENVINO_BF16, WASM } from "./provider.js";

/** What both builds export. */
interface Build {
  readonly InferenceSession: InferenceSessionFactory;
  readonly Tensor: TensorConstructor;
  readonly env: Env;
}

interface NativeBuild extends Build {
  listSupportedBackends(): readonly { readonly name: string; readonly bundled: boolean }[];
}

/**
 * Loads ONNX Runtime with an execution provider.
 *
 * @param provider `wasm`, `openvino`, `openvino-bf16`, or one of onnxruntime-node's.
 * @defaultValue `cpu`, or `wasm` where onnxruntime-node is not installed
 * @throws ArgumentError if the provider is not there, naming those that are
 * @throws EngineError in a thread that can't keep ONNX Runtime from sending telemetry
 */
export async function loadOnnxRuntime(provider?: string): Promise<OnnxRuntime> {
  if (provider === WASM) return wasmRuntime();
  const native = await nativeBuild();
  if (isOpenvino(provider)) return openvinoRuntime(provider, "missing" in native ? [WASM] : providersOf(native));
  if ("missing" in native) {
    if (provider === undefined) return wasmRuntime();
    const problem = `provider ${provider} needs onnxruntime-node: ${native.missing}. Without it there is wasm`;
    throw new ArgumentError(`${problem}; add it by: ${NATIVE_INSTALLATION}`, "provider", provider);
  }
  const chosen = provider ?? "cpu";
  requireProvider(native, chosen);
  const providers = providersOf(native);
  return { ...runtimeOf(native, "onnxruntime-node", native.env.versions.node, chosen), providers };
}

/** How a user adds the native build; its install script would download CUDA's libraries. */
export const NATIVE_INSTALLATION = "npm install --ignore-scripts onnxruntime-node@1.30.0";

/** Which ONNX Runtime is here. */
export interface OnnxRuntimeReport {
  /** Package, version and provider of what computes by default, as in logs. */
  readonly name: string;
  /** Execution providers that can be asked for. */
  readonly providers: readonly string[];
  /** Why onnxruntime-node can't be used; undefined where it can. */
  readonly nativeMissing: string | undefined;
}

/** @throws EngineError as {@link loadOnnxRuntime} does */
export async function describeOnnxRuntime(): Promise<OnnxRuntimeReport> {
  const native = await nativeBuild();
  const { name } = await loadOnnxRuntime();
  if ("missing" in native) return { name, providers: [WASM], nativeMissing: native.missing };
  return { name, providers: providersOf(native), nativeMissing: undefined };
}

function providersOf(native: NativeBuild): string[] {
  const names = native
    .listSupportedBackends()
    .map(({ name, bundled }) => (bundled ? name : `${name} (its libraries to be installed)`));
  return [...names, WASM];
}

function requireProvider(native: NativeBuild, provider: string): void {
  if (native.listSupportedBackends().some(({ name }) => name === provider)) return;
  const providers = providersOf(native).join(", ");
  const beside = `beside it there may be ${OPENVINO} and ${OPENVINO_BF16}: ${OPENVINO_INSTALLATION}`;
  const message = `provider ${provider} is not in this build of ONNX Runtime, which has ${providers}; ${beside}`;
  throw new ArgumentError(message, "provider", provider);
}

let native: Promise<NativeBuild | { readonly missing: string }> | undefined;

function nativeBuild(): Promise<NativeBuild | { readonly missing: string }> {
  native ??= importNative();
  return native;
}

async function importNative(): Promise<NativeBuild | { readonly missing: string }> {
  if (isInstalled("onnxruntime-node")) disableTelemetry();
  try {
    return await import("onnxruntime-node");
  } catch (cause) {
    return { missing: missingReason(cause as NodeJS.ErrnoException) };
  }
}

function isInstalled(name: string): boolean {
  try {
    createRequire(import.meta.url).resolve(name);
    return true;
  } catch {
    return false;
  }
}

function missingReason({ code, message }: NodeJS.ErrnoException): string {
  return code === "ERR_MODULE_NOT_FOUND" ? "it is not installed" : `it can't be loaded (${message.split("\n")[0]})`;
}

/**
 * The native build looks up Microsoft's collector and keeps a database of the models it was given, unless this variable
 * is set when it is loaded. A thread has a copy of the process's variables: there it must have been set before.
 */
function disableTelemetry(): void {
  const set = process.env.ORT_DISABLE_TELEMETRY === "1";
  if (isMainThread) process.env.ORT_DISABLE_TELEMETRY = "1";
  else if (!set) {
    throw new EngineError(
      "ONNX Runtime would send telemetry from this thread: load smoothcert's ONNX classifier in the main thread " +
        "first, or start Node with ORT_DISABLE_TELEMETRY=1",
    );
  }
}

async function wasmRuntime(): Promise<OnnxRuntime> {
  // By its public name: the copy that the build made, also where this file runs from its source.
  const file = createRequire(import.meta.url).resolve("smoothcert/certify/onnxruntime-web");
  const build: Build = await import(pathToFileURL(file).href);
  build.env.wasm.numThreads = 1;
  return runtimeOf(build, "onnxruntime-web", build.env.versions.web, WASM);
}

function runtimeOf(
  { InferenceSession, Tensor, env }: Build,
  build: string,
  version: string | undefined,
  provider: string,
): OnnxRuntime {
  const name = `${build} ${version ?? env.versions.common} (${provider})`;
  return { InferenceSession, Tensor, title: "ONNX Runtime", provider, providers: [provider], name };
}
