import * as tf from "@tensorflow/tfjs-core";
import { EngineError, requireThat } from "../errors.js";
import {
  ENGINES,
  type EngineName,
  type EngineReport,
  type PackageImporter,
  tryEngine,
  whyUnavailable,
} from "./engines.js";
import { importNative } from "./native/import-native.js";
import type { NativeKind } from "./native/versions.js";
import { importWebgpu } from "./webgpu/installation.js";

export type EngineChoice = EngineName | "auto";

/** What `--engine` accepts. */
export const ENGINE_CHOICES: readonly EngineChoice[] = ["auto", ...ENGINES.map((engine) => engine.name)];

const NATIVE_KINDS: Readonly<Record<string, NativeKind>> = {
  "@tensorflow/tfjs-node": "cpu",
  "@tensorflow/tfjs-node-gpu": "gpu",
};

/** What `smoothcert engine install` put into the cache comes before npm's packages. */
const importInstalled: PackageImporter = async (name) => {
  if (name === "webgpu") return await importWebgpu();
  const kind = NATIVE_KINDS[name];
  const installed = kind === undefined ? undefined : await importNative(kind);
  return installed ?? (await import(/* @vite-ignore */ name));
};

/**
 * Makes an engine TensorFlow.js's current one: the one asked for, or with `auto` the first that is available of `gpu`,
 * `node`, `webgpu` (on a real GPU), `wasm`, `cpu`. Calling it again is cheap and harmless. Switches TensorFlow.js to
 * its production mode, in which it prints no advertisements.
 *
 * @param importPackage how packages are imported
 * @throws ArgumentError if `choice` is no engine
 * @throws EngineError if the engine is not available: names it, why, and which engines are
 */
export async function useEngine(
  choice: EngineChoice = "auto",
  importPackage: PackageImporter = importInstalled,
): Promise<EngineReport> {
  requireThat(ENGINE_CHOICES.includes(choice), "useEngine", "engine", `one of ${ENGINE_CHOICES.join(", ")}`, choice);
  const tried: EngineReport[] = [];
  for (const engine of ENGINES) {
    if (choice !== "auto" && choice !== engine.name) continue;
    const report = await tryEngine(engine, importPackage, choice === engine.name);
    if (report.available) return report;
    tried.push(report);
  }
  throw new EngineError(await refusal(tried, choice, importPackage));
}

async function refusal(
  tried: readonly EngineReport[],
  choice: EngineChoice,
  importPackage: PackageImporter,
): Promise<string> {
  const reasons = tried.map((report) => `engine ${report.name} is not available: ${whyUnavailable(report)}`).join("; ");
  if (choice === "auto") return reasons;
  const available = (await describeEngines(importPackage)).filter((report) => report.available);
  const names = available.map((report) => report.name).join(", ");
  return `${reasons}. Available: ${names === "" ? "none" : names}`;
}

/**
 * Tries every engine, best first. Leaves the current engine as it was; where none was chosen yet, the best available
 * one is current afterwards.
 *
 * @param importPackage how packages are imported
 */
export async function describeEngines(importPackage: PackageImporter = importInstalled): Promise<EngineReport[]> {
  const before = tf.getBackend() as string | null;
  const reports: EngineReport[] = [];
  for (const engine of ENGINES) reports.push(await tryEngine(engine, importPackage, true));
  const after = before ?? reports.find((report) => report.available)?.backend;
  if (after !== undefined && tf.getBackend() !== after) await tf.setBackend(after);
  return reports;
}
