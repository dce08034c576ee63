import { existsSync, statSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import {
  type BaseClassifier,
  type LogHeader,
  modelGradient,
  normOf,
  Sampler,
  type SmoothedGradient,
  smoothingOfHeader,
  voteGradient,
} from "../certify/index.js";
import {
  ArgumentError,
  type Dataset,
  FileError,
  loadModel,
  type NoiseSource,
  normName,
  useEngine,
} from "../src/index.js";
import { runtimeOf, withLoggedProvider } from "./computation.js";
import { dataSpecFor } from "./model-defaults.js";
import { type ClassifierOptions, feedOf } from "./model-options.js";
import { findModel } from "./model-source.js";
import { openData } from "./open-data.js";
import { openModel } from "./open-model.js";

/** Where gradients may come from. */
export const GRADIENTS = ["model", "votes"] as const;

/** What names an attack's model and data. */
export interface AttackSourceOptions extends ClassifierOptions {
  readonly model?: string;
  readonly data?: string;
  readonly gradient?: (typeof GRADIENTS)[number];
  readonly copies?: number;
}

/** What a log was made from, opened again, and the gradient to attack it with. */
export interface AttackSources {
  readonly dataset: Dataset;
  readonly sampler: Sampler;
  readonly gradient: SmoothedGradient;
  /** SHA-256 of the model that gradients go through; empty for votes. */
  readonly gradientModel: string;
}

const COPIES = { model: 32, votes: 2000 };

/**
 * Opens the model and the data that a log certifies.
 *
 * @throws FileError if they are not those of the log's header
 * @throws ArgumentError if they must be named, or a model for gradients is missing
 */
export async function openAttackSources(
  log: string,
  header: LogHeader,
  options: AttackSourceOptions,
): Promise<AttackSources> {
  const path = options.model ?? defaultModel(log);
  const noise = smoothingOfHeader(header);
  if (noise === undefined) throw new FileError(log, `this version does not know its noise, ${header.noise}`);
  requireEuclidean(header, log);
  const source = await findModel(path, options.engine, options.runtime ?? runtimeOf(header));
  const split = header.data.split === "train" ? "train" : "test";
  const data = await openData(options.data ?? dataSpecFor(path, source.metadata), split);
  const { classifier: base, dataset } = await withLoggedProvider(header, options, (flags) =>
    openModel(source, data, flags, header.data.labels),
  );
  const named = `${dataset.name} ${split}`;
  requireSame(log, "data", dataset.hash(), header.data.hash, named, "Name the certified data with --data");
  requireSame(log, "a model", base.hash, header.model.hash, path, SAME_MODEL);
  const gradient = await openGradient(path, base, noise, header, options);
  return { dataset, sampler: new Sampler(base, noise), ...gradient };
}

const SAME_MODEL =
  "Name the certified model with --model, and give the same --layout, --scale, --mean, --std, --output and --binary";

/**
 * The run folder that holds the log, or the .onnx file that `certify` put it beside.
 *
 * @throws ArgumentError if there is neither
 */
function defaultModel(log: string): string {
  const onnx = log.replace(/\.certify\.tsv$/, ".onnx");
  if (onnx !== log && existsSync(onnx)) return onnx;
  const folder = dirname(log);
  if (["model.onnx", "model", "model.json"].some((name) => existsSync(join(folder, name)))) return folder;
  throw new ArgumentError(`--model must be given: no model lies beside ${log}`, "--model", undefined);
}

function requireSame(log: string, what: string, found: string, logged: string, name: string, next: string): void {
  if (found === logged) return;
  throw new FileError(log, `was made from ${what} with SHA-256 ${logged}, but ${name} has ${found}. ${next}`);
}

async function openGradient(
  path: string,
  base: BaseClassifier,
  noise: NoiseSource,
  header: LogHeader,
  options: AttackSourceOptions,
): Promise<{ gradient: SmoothedGradient; gradientModel: string }> {
  const folder = layersModelOf(path);
  const kind = options.gradient ?? (folder === undefined ? "votes" : "model");
  const copies = options.copies ?? COPIES[kind];
  if (kind === "votes") {
    const noiseAt = (sigma: number): NoiseSource => smoothingOfHeader({ ...header, sigma }) ?? noise;
    return { gradient: voteGradient(base, noiseAt, noise.sigma, copies), gradientModel: "" };
  }
  if (folder === undefined) {
    const message = `--gradient model needs a TensorFlow.js model, found none beside ${path}`;
    throw new ArgumentError(`${message}. Leave it out, or use --gradient votes`, "--gradient", kind);
  }
  await useEngine(options.engine);
  const { model, hash } = await loadModel(folder);
  const scaling = feedOf(options).scaling;
  const gradient = modelGradient(model, { imageShape: base.inputShape, noise, copies, scaling });
  return { gradient, gradientModel: hash };
}

/** The TensorFlow.js model that a model's path stands for; an .onnx file has one if it is that of a run folder. */
function layersModelOf(path: string): string | undefined {
  const folder = basename(path) === "model.onnx" ? dirname(path) : path;
  if (!statSync(folder).isDirectory()) return folder.endsWith(".json") ? folder : undefined;
  return ["model.json", join("model", "model.json")].map((file) => join(folder, file)).find(existsSync);
}

/** @throws FileError for a log of another norm than that of the balls in which the attack searches */
function requireEuclidean(header: LogHeader, log: string): void {
  if (normOf(header) === "l2") return;
  const next = "Certify with --noise gaussian into another log to attack that";
  throw new FileError(log, `has ${normName(normOf(header))} radii, and the attack searches L2 balls. ${next}`);
}
