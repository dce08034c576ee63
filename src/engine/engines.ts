/**
 * The TensorFlow.js engines that smoothcert can run on, best first, and how each is loaded.
 * Nothing here loads an engine until asked.
 */
import { availableParallelism } from "node:os";
import * as tf from "@tensorflow/tfjs-core";
import { registerFusedKernels } from "./fused/register.js";
import { registerGradients } from "./gradients/register.js";
import { registerWasmKernels } from "./wasm/kernels.js";
import type { AdapterReport } from "./webgpu/adapter.js";
import type { WebgpuEngine } from "./webgpu/load.js";

export type EngineName = "gpu" | "node" | "webgpu" | "wasm" | "cpu";

/** An engine that was tried: either it is available, with a version, or `why` says what is missing. */
export interface EngineReport {
  readonly name: EngineName;
  /** The npm package it comes in. */
  readonly package: string;
  /** The name under which TensorFlow.js knows it (`tf.getBackend()`). */
  readonly backend: string;
  readonly available: boolean;
  readonly version?: string;
  /** Threads that one operation may use. */
  readonly threads?: number;
  /** The GPU that it runs on, where WebGPU tells. */
  readonly adapter?: AdapterReport;
  /** Where the engine lies that `smoothcert engine install` made. */
  readonly folder?: string;
  /** One line: why it is not available. */
  readonly why?: string;
  /** The command that installs it, where it is not installed. */
  readonly install?: string;
}

/** Why an engine is not available, with the command that installs it. */
export function whyUnavailable({ why, install }: EngineReport): string {
  return install === undefined ? `${why}` : `${why} (${install})`;
}

/** Imports a package by name; tests hand in their own. */
export type PackageImporter = (name: string) => Promise<unknown>;

type Description = Pick<EngineReport, "threads" | "adapter" | "folder"> & { version: string };

export interface Engine {
  readonly name: EngineName;
  readonly package: string;
  readonly backend: string;
  /** What the loaded package says of itself, called once its backend runs. */
  describe(module: Record<string, unknown>): Description;
  /** The command that installs it, where npm did not. */
  readonly install?: string;
  /** Adds our kernels to the engine, before its backend starts. */
  prepare(): void;
  /** Why `auto` passes over the loaded package, if it does. */
  passedOver?(module: Record<string, unknown>): string | undefined;
}

/** What we read of the backend in tfjs-node and tfjs-node-gpu. */
interface NativeBackend {
  readonly binding: { readonly TF_Version: string };
  readonly isUsingGpuDevice: boolean;
}

function describeNative(module: Record<string, unknown>): Description {
  const version = module.version as Record<string, string>;
  const { binding } = tf.backend() as unknown as NativeBackend;
  const threads = Number(process.env.TF_NUM_INTRAOP_THREADS) || availableParallelism();
  const folder = typeof module.folder === "string" ? { folder: module.folder } : {};
  return { version: `${version["tfjs-node"]} (TensorFlow ${binding.TF_Version})`, threads, ...folder };
}

function describeGpu(module: Record<string, unknown>): Description {
  if (!(tf.backend() as unknown as NativeBackend).isUsingGpuDevice) throw new Error("TensorFlow found no GPU device");
  return describeNative(module);
}

function describeWebgpu(module: Record<string, unknown>): Description {
  const { version, adapter, folder } = module as WebgpuEngine;
  return { version, adapter, ...(folder !== undefined && { folder }) };
}

/** A GPU that the processor imitates is slower than what comes after. */
function passOverSoftware(module: Record<string, unknown>): string | undefined {
  const { adapter } = module as WebgpuEngine;
  return adapter.software ? `${adapter.name} is no GPU but software, which only --engine webgpu takes` : undefined;
}

/** All engines in the order in which `auto` tries them. */
export const ENGINES: readonly Engine[] = [
  {
    name: "gpu",
    package: "@tensorflow/tfjs-node-gpu",
    backend: "tensorflow",
    describe: describeGpu,
    install: "smoothcert engine install --gpu",
    prepare: registerFusedKernels,
  },
  {
    name: "node",
    package: "@tensorflow/tfjs-node",
    backend: "tensorflow",
    describe: describeNative,
    install: "smoothcert engine install",
    prepare: registerFusedKernels,
  },
  {
    name: "webgpu",
    package: "webgpu",
    backend: "webgpu",
    describe: describeWebgpu,
    install: "smoothcert engine install --webgpu",
    prepare() {},
    passedOver: passOverSoftware,
  },
  {
    name: "wasm",
    package: "@tensorflow/tfjs-backend-wasm",
    backend: "wasm",
    describe: (module) => ({
      version: module.version_wasm as string,
      threads: (module.getThreadsCount as () => number)(),
    }),
    prepare: registerWasmKernels,
  },
  {
    name: "cpu",
    package: "@tensorflow/tfjs-backend-cpu",
    backend: "cpu",
    describe: (module) => ({ version: module.version_cpu as string, threads: 1 }),
    prepare() {},
  },
];

/**
 * Loads an engine and makes it TensorFlow.js's current one, or reports why that failed. Never throws.
 *
 * @param asked whether the user named it; `auto` passes over some
 */
export async function tryEngine(engine: Engine, importPackage: PackageImporter, asked: boolean): Promise<EngineReport> {
  const { name, backend } = engine;
  const report = { name, package: engine.package, backend };
  // Otherwise TensorFlow.js advertises its other packages and warns of each kernel we replace.
  tf.env().set("PROD", true);
  const previous = tf.getBackend() as string | undefined;
  try {
    const module = (await importPackage(engine.package)) as Record<string, unknown>;
    const passedOver = asked ? undefined : engine.passedOver?.(module);
    if (passedOver !== undefined) return { ...report, available: false, why: passedOver };
    registerGradients();
    engine.prepare();
    if (!(await tf.setBackend(backend))) throw new Error(`its backend ${backend} did not start`);
    return { ...report, available: true, ...engine.describe(module) };
  } catch (error) {
    if (previous !== undefined && tf.getBackend() !== previous) await tf.setBackend(previous);
    return { ...report, available: false, ...reasonOf(error, engine) };
  }
}

/** The first line that helps, of an error thrown while loading an engine; and the command that does. */
function reasonOf(error: unknown, engine: Engine): Pick<EngineReport, "why" | "install"> {
  const message = error instanceof Error ? error.message : String(error);
  const code = (error as { code?: unknown } | null)?.code;
  const absent = code === "ERR_MODULE_NOT_FOUND" || code === "MODULE_NOT_FOUND";
  const name = engine.package;
  if (absent && message.includes(`'${name}'`)) {
    return { why: "not installed", install: engine.install ?? `npm install ${name}` };
  }
  const line = message.split("\n")[0].trim();
  if (/tfjs_binding.*can not be found/s.test(message)) return { why: `native binding missing: ${line}` };
  return { why: `load failed: ${line}` };
}
