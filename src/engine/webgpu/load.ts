import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";
import * as tf from "@tensorflow/tfjs-core";
import { EngineError } from "../../errors.js";
import { TFJS_CORE } from "../native/javascript.js";
import { type AdapterReport, type Dawn, type Gpu, limitsOf, requestAdapter } from "./adapter.js";
import { guard, type WebgpuBackend } from "./backend.js";
import { probe } from "./probe.js";
import { BACKEND, DAWN } from "./versions.js";

/** The backend's name in TensorFlow.js. */
const WEBGPU = "webgpu";

/** The loaded engine: what it is, and on which GPU it will run. */
export interface WebgpuEngine extends Record<string, unknown> {
  readonly version: string;
  readonly adapter: AdapterReport;
  readonly folder?: string;
}

/**
 * The one way to multiply matrices whose sums are taken in an order that depends on nothing but the inner dimension.
 * Left to itself, the backend chooses by the size of the product, so that an image's logits depend on its batch; and
 * one of its ways adds partial sums in the order in which they happen to be ready.
 */
const PACKED = 3;

/** While it lives, Dawn does; what waits for the GPU would wait for ever otherwise. */
let gpu: Gpu | undefined;

/**
 * Loads the engine's packages and registers its backend, which asks for the GPU when it starts.
 *
 * @param from a file beside or above which `node_modules` holds the packages
 * @param folder the installation they belong to, if they are no packages of npm's
 * @throws EngineError if there is no GPU; what Node throws if a package is not there
 */
export async function loadWebgpu(from: string, folder?: string): Promise<WebgpuEngine> {
  const require = createRequire(from);
  const dawn = pathToFileURL(require.resolve(DAWN.name)).href;
  const adapter = probe(dawn);
  if (tf.findBackendFactory(WEBGPU) == null) {
    const { create, globals } = (await import(/* @vite-ignore */ dawn)) as Dawn;
    gpu ??= create([]);
    // The backend asks for WebGPU's classes and constants by their global names.
    Object.assign(globalThis, globals, { [TFJS_CORE]: createRequire(import.meta.url)("@tensorflow/tfjs-core") });
    const { WebGPUBackend } = require(BACKEND.name) as { WebGPUBackend: BackendClass };
    tf.env().set("WEBGPU_MATMUL_PROGRAM_TYPE", PACKED);
    tf.registerBackend(WEBGPU, () => start(gpu!, WebGPUBackend), 3);
  }
  const [ofDawn, ofBackend] = [DAWN, BACKEND].map(({ name }) => require(`${name}/package.json`).version as string);
  const version = `${ofDawn} (tfjs-backend-webgpu ${ofBackend})`;
  return { version, adapter, ...(folder !== undefined && { folder }) };
}

type BackendClass = new (device: unknown, info: unknown) => WebgpuBackend;

async function start(dawn: Gpu, Backend: BackendClass): Promise<tf.KernelBackend> {
  const adapter = await requestAdapter(dawn);
  if (adapter === null) throw new EngineError("the GPU is gone");
  const device = await adapter.requestDevice({ requiredLimits: limitsOf(adapter.limits) });
  return guard(withNavigator(dawn, () => new Backend(device, adapter.info)));
}

/** The backend's constructor looks for `navigator.gpu`, as in a browser; other packages had better not find it. */
function withNavigator<T>(gpu: Gpu, task: () => T): T {
  const before = Object.getOwnPropertyDescriptor(globalThis, "navigator");
  Object.defineProperty(globalThis, "navigator", { value: { gpu }, configurable: true });
  try {
    return task();
  } finally {
    if (before === undefined) Reflect.deleteProperty(globalThis, "navigator");
    else Object.defineProperty(globalThis, "navigator", before);
  }
}
