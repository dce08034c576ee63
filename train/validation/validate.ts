import type * as tfl from "@tensorflow/tfjs-layers";
import {
  averageCertifiedRadius,
  type CertifySettings,
  certifiedAccuracy,
  certifyDataset,
  type LogRow,
  largestRadius,
  layersClassifier,
  NOISES,
  SmoothedClassifier,
  type Smoothing,
  sampledTheorem,
  smoothingFor,
} from "../../certify/index.js";
import { type Dataset, dimensionOf, requireThat } from "../../src/index.js";
import type { ValidationRecord } from "./record.js";
import type { ValidationSettings } from "./settings.js";

/** Failure probability of each certificate. */
const ALPHA = 0.001;

/** What a model is validated on, and how. */
export interface ValidationTask {
  /** The images held back. */
  readonly dataset: Dataset;
  readonly settings: ValidationSettings;
  readonly smoothing: Smoothing;
  /** Keys the noise: the same at every validation, so that models are compared under the same noise. */
  readonly seed: number;
}

/**
 * The task of validating a run.
 *
 * @param sigma that of the training, greater than 0
 * @throws ArgumentError for a radius that the samples can't certify
 */
export function validationTask(
  dataset: Dataset,
  settings: ValidationSettings,
  { sigma, seed }: { readonly sigma: number; readonly seed: number },
  where = "train",
): ValidationTask {
  const smoothing = smoothingFor(NOISES[0], dataset.pixelType, sigma);
  const theorem = sampledTheorem(smoothing, dimensionOf(dataset.shape));
  const reach = largestRadius(certifySettings(settings), dataset.classes.length, theorem);
  const rule = `below ${reach.toPrecision(3)}, the largest radius that ${settings.samples} samples certify`;
  const within = settings.radii.every((radius) => radius < reach);
  requireThat(within, where, "validateRadii", rule, settings.radii, "Take smaller ones or more samples");
  return { dataset, settings, smoothing, seed };
}

/** Certifies the images held back: their certificates are as good as any, with few samples and so small radii. */
export async function validate(model: tfl.LayersModel, task: ValidationTask): Promise<ValidationRecord> {
  const { dataset, settings, smoothing, seed } = task;
  const begun = performance.now();
  const { shape: imageShape } = dataset;
  const base = layersClassifier(model, { name: "the model in training", hash: "", imageShape, engine: "tfjs" });
  try {
    const smoothed = new SmoothedClassifier(base, smoothing, seed);
    const indices = Array.from({ length: dataset.length }, (_, i) => i);
    const rows: LogRow[] = [];
    for await (const row of certifyDataset(smoothed, dataset, indices, certifySettings(settings))) rows.push(row);
    return recordOf(rows, settings.radii, (performance.now() - begun) / 1000);
  } finally {
    await base.close?.();
  }
}

/** All samples select the class and estimate its probability. */
function certifySettings({ samples: n }: ValidationSettings): CertifySettings {
  return { n0: 0, n, alpha: ALPHA };
}

function recordOf(rows: readonly LogRow[], radii: readonly number[], seconds: number): ValidationRecord {
  const certified = [0, ...radii].map((radius) => [String(radius), certifiedAccuracy(rows, radius)]);
  return { acr: averageCertifiedRadius(rows), certified: Object.fromEntries(certified), seconds };
}
