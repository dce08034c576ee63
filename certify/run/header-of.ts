import { type Dataset, dimensionOf, type Smoothing, VERSION } from "../../src/core.js";
import type { ExampleRange, Shard } from "../log/example-range.js";
import type { LogHeader } from "../log/header.js";
import type { BaseClassifier } from "../sampling/base-classifier.js";
import type { Fingerprint } from "../sampling/fingerprint.js";
import { type StopRule, stopsEarly } from "../theorem/rule.js";
import type { CertifySettings } from "../theorem/settings.js";

/** What a log is made from, beside its settings. */
export interface LoggedRun extends CertifySettings, ExampleRange {
  readonly classifier: BaseClassifier;
  readonly dataset: Dataset;
  readonly smoothing: Smoothing;
  readonly seed: number;
  /** Sigma that the model was trained with, where it tells. */
  readonly trainingSigma?: number | undefined;
  /** Hash of the set that the model was trained on, or on a part of, where it tells. */
  readonly trainingData?: string | undefined;
  readonly familyAlpha?: number | undefined;
  /** The share of the examples that this run certifies. @defaultValue all */
  readonly shard?: Shard | undefined;
  /** What computes the votes, for a log that other machines write to, or that is merged with theirs. */
  readonly fingerprint?: Fingerprint | undefined;
}

/**
 * The header of a log of this run.
 */
export function headerOf(run: LoggedRun): LogHeader {
  const { classifier, dataset, smoothing, trainingSigma, trainingData, familyAlpha } = run;
  const distance = smoothing.distance?.(dimensionOf(dataset.shape));
  return {
    format: "smoothcert-log",
    version: 2,
    method: "certify",
    smoothcert: VERSION,
    created: new Date().toISOString(),
    sigma: smoothing.sigma,
    n0: run.n0,
    n: run.n,
    ...(stopsEarly(run) && { stop: loggedRule(run.stop) }),
    alpha: run.alpha,
    ...(familyAlpha !== undefined && { familyAlpha }),
    seed: run.seed,
    noise: smoothing.id,
    ...(smoothing.norm !== "l2" && { norm: smoothing.norm }),
    ...(distance !== undefined && { noiseDistance: distance }),
    bound: run.bound ?? "one-sided",
    interval: run.interval ?? "clopper-pearson",
    skip: run.skip,
    max: Math.min(run.max, dataset.length),
    ...(run.shard && { shard: { ...run.shard } }),
    ...(run.fingerprint && { computedBy: [run.fingerprint] }),
    model: {
      name: classifier.name,
      hash: classifier.hash,
      runtime: classifier.runtime,
      ...(trainingSigma !== undefined && { trainingSigma }),
      ...(trainingData !== undefined && { trainingData }),
    },
    data: {
      name: dataset.name,
      split: dataset.split,
      hash: dataset.hash(),
      length: dataset.length,
      shape: [...dataset.shape],
      pixelType: dataset.pixelType,
      classes: [...dataset.classes],
      ...(dataset.labelMap !== undefined && { labels: [...dataset.labelMap] }),
    },
  };
}

function loggedRule(stop: StopRule): LogHeader["stop"] {
  return stop.kind === "radii" ? { ...stop, radii: [...stop.radii] } : stop;
}
