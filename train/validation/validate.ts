import type * as tfl from "@tensorflow/tfjs-layers";
import {
  averageCertifiedRadius,
  type BaseClassifier,
  type CertifySettings,
  certifiedAccuracy,
  certifyDataset,
  evaluate,
  type LogRow,
  largestRadius,
  NOISES,
  SmoothedClassifier,
  type Smoothing,
  sampledTheorem,
  smoothingFor,
} from "../../certify/index.js";
import { type Dataset, dimensionOf, requireThat } from "../../src/index.js";
import { modelInTraining } from "./model-in-training.js";
import type { ValidationRecord } from "./record.js";
import type { ValidationSettings } from "./settings.js";

/** Failure probability of each certificate. */
const ALPHA = 0.001;

/** What a model is validated on, and how. */
export interface ValidationTask {
  /** The images held back. */
  readonly dataset: Dataset;
  readonly settings: ValidationSettings;
  /** Undefined where there is no noise. */
  readonly smoothing: Smoothing | undefined;
  /** Keys the noise: the same at every validation, so that models are compared under the same noise. */
  readonly seed: number;
}

/**
 * The task of validating a run.
 *
 * @param sigma that of the training
 * @throws ArgumentError for a radius that the samples can't certify
 */
export function validationTask(
  dataset: Dataset,
  settings: ValidationSettings,
  { sigma, seed }: { readonly sigma: number; readonly seed: number },
  where = "train",
): ValidationTask {
  if (sigma === 0) return { dataset, settings, smoothing: undefined, seed };
  const smoothing = smoothingFor(NOISES[0], dataset.pixelType, sigma);
  const theorem = sampledTheorem(smoothing, dimensionOf(dataset.shape));
  const reach = largestRadius(certifySettings(settings), dataset.classes.length, theorem);
  const rule = `below ${reach.toPrecision(3)}, the largest radius that ${settings.samples} samples certify`;
  const within = settings.radii.every((radius) => radius < reach);
  requireThat(within, where, "validateRadii", rule, settings.radii, "Take smaller ones or more samples");
  return { dataset, settings, smoothing, seed };
}

/**
 * Evaluates and certifies the images held back: their certificates are as good as any, with few samples and so small
 * radii.
 */
export async function validate(model: tfl.LayersModel, task: ValidationTask): Promise<ValidationRecord> {
  const { dataset, smoothing } = task;
  const begun = performance.now();
  const base = modelInTraining(model, dataset.shape);
  try {
    const indices = Array.from({ length: dataset.length }, (_, i) => i);
    const { right, images } = await evaluate(base, dataset, indices);
    const certified = smoothing && (await certifiedFigures(base, indices, { ...task, smoothing }));
    return { accuracy: right / images, ...certified, seconds: (performance.now() - begun) / 1000 };
  } finally {
    await base.close?.();
  }
}

async function certifiedFigures(
  base: BaseClassifier,
  indices: readonly number[],
  { dataset, settings, smoothing, seed }: ValidationTask & { readonly smoothing: Smoothing },
): Promise<Pick<ValidationRecord, "acr" | "certified">> {
  const smoothed = new SmoothedClassifier(base, smoothing, seed);
  const rows: LogRow[] = [];
  for await (const row of certifyDataset(smoothed, dataset, indices, certifySettings(settings))) rows.push(row);
  const certified = [0, ...settings.radii].map((radius) => [String(radius), certifiedAccuracy(rows, radius)]);
  return { acr: averageCertifiedRadius(rows), certified: Object.fromEntries(certified) };
}

/** All samples select the class and estimate its probability. */
function certifySettings({ samples: n }: ValidationSettings): CertifySettings {
  return { n0: 0, n, alpha: ALPHA };
}
