import { createRequire } from "node:module";
import { join } from "node:path";
import * as tf from "@tensorflow/tfjs-core";
import { EngineError } from "../../errors.js";
import { BINDING, QUIET } from "./binding.js";
import { TFJS_CORE } from "./javascript.js";
import type { NativeKind } from "./versions.js";

/** The backend's name in TensorFlow.js. */
const BACKEND = "tensorflow";

/** A loaded engine: what tfjs-node exports of itself, and where it was loaded from. */
export interface NativeEngine extends Record<string, unknown> {
  readonly version: Readonly<Record<string, string>>;
  readonly folder: string;
  readonly kind: NativeKind;
}

let loaded: (NativeEngine & { readonly start: () => tf.KernelBackend }) | undefined;

/** The engine that this process has loaded already: there can be one TensorFlow in a process. */
export function loadedEngine(): NativeEngine | undefined {
  if (loaded !== undefined) register(loaded.start);
  return loaded;
}

/**
 * Loads the engine in a folder and registers its backend and kernels with TensorFlow.js.
 *
 * @throws EngineError if another folder's engine was loaded before
 */
export function loadEngine(folder: string, kind: NativeKind): NativeEngine {
  if (loaded !== undefined && loaded.folder !== folder) {
    throw new EngineError(`the engine in ${loaded.folder} already runs in this process`);
  }
  loaded ??= load(folder, kind);
  register(loaded.start);
  return loaded;
}

function register(start: () => tf.KernelBackend): void {
  if (tf.findBackendFactory(BACKEND) == null) tf.registerBackend(BACKEND, start, 3);
}

type BackendClass = new (binding: unknown, packageName: string) => tf.KernelBackend;

function load(folder: string, kind: NativeKind): NonNullable<typeof loaded> {
  Object.assign(globalThis, { [TFJS_CORE]: createRequire(import.meta.url)("@tensorflow/tfjs-core") });
  const require = createRequire(join(folder, "index.js"));
  const binding = quietly(folder, () => require(join(folder, BINDING)));
  require("@tensorflow/tfjs-node/dist/register_all_kernels.js");
  const { NodeJSKernelBackend } = require("@tensorflow/tfjs-node/dist/nodejs_kernel_backend.js") as {
    NodeJSKernelBackend: BackendClass;
  };
  const { version } = require("@tensorflow/tfjs-node/package.json") as { version: string };
  const name = kind === "gpu" ? "@tensorflow/tfjs-node-gpu" : "@tensorflow/tfjs-node";
  return { version: { "tfjs-node": version }, folder, kind, start: () => new NodeJSKernelBackend(binding, name) };
}

/** The level from which on TensorFlow prints errors alone. */
const ERRORS = 2;

/** TensorFlow prints only errors, unless TF_CPP_MIN_LOG_LEVEL asks for more; and while it loads, nothing at all. */
function quietly<T>(folder: string, load: () => T): T {
  process.env.TF_CPP_MIN_LOG_LEVEL ??= String(ERRORS);
  if (Number(process.env.TF_CPP_MIN_LOG_LEVEL) < ERRORS) return load();
  const { mute, unmute } = createRequire(import.meta.url)(join(folder, QUIET)) as Record<string, () => void>;
  mute();
  try {
    return load();
  } finally {
    unmute();
  }
}
