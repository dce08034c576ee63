import {
  type BaseClassifier,
  type CertifySettings,
  certifyDataset,
  clopperPearson,
  type LogHeader,
  type LogRow,
  largestRadius,
  openLog,
  requireCertifiable,
  type Selection,
  SmoothedClassifier,
  samplesPerSecond,
  selectIndices,
} from "../certify/index.js";
import { type Dataset, dimensionOf, InterruptedError, type NoiseSource, noiseFor, requireThat } from "../src/index.js";
import { interruptible } from "./interrupt.js";
import { floorTo, inBothUnits, note, warn } from "./print.js";
import { formatDuration, type Progress, startProgress } from "./progress.js";
import { packageVersion } from "./version.js";

/** A certification run: what is certified, how, and where the rows go. */
export interface CertificationRun extends CertifySettings, Selection {
  readonly classifier: BaseClassifier;
  readonly dataset: Dataset;
  readonly sigma: number;
  /** Sigma that the model was trained with, where it tells. */
  readonly trainingSigma: number | undefined;
  readonly seed: number;
  /** The log; its header lies beside it. */
  readonly out: string;
  /** The command that goes on after an interruption. */
  readonly resumeCommand: string;
}

/**
 * Certifies the selected examples into a log, going on where an earlier run of the same settings stopped.
 *
 * @throws InterruptedError after Ctrl-C; the rows so far are in the log
 */
export async function runCertification(run: CertificationRun): Promise<void> {
  requireThat(run.sigma > 0 && run.sigma < Infinity, "certify", "sigma", "finite and greater than 0", run.sigma);
  requireCertifiable(run);
  const { classifier, dataset } = run;
  requireThat(
    classifier.classes === dataset.classes.length,
    "certify",
    "model",
    `a classifier of ${dataset.name}'s ${dataset.classes.length} classes`,
    classifier.classes,
  );
  const noise = noiseFor(dataset.pixelType, run.sigma);
  const indices = selectIndices(dataset.length, run);
  const log = await openLog(run.out, headerOf(run, noise));
  try {
    const done = new Set(log.rows.map(({ idx }) => idx));
    const remaining = indices.filter((idx) => !done.has(idx));
    await announce(run, noise, indices.length, remaining);
    await certifyRemaining(run, noise, remaining, (row) => log.append(row));
  } finally {
    log.close();
  }
}

function headerOf(run: CertificationRun, noise: NoiseSource): LogHeader {
  const { classifier, dataset, trainingSigma } = run;
  const distance = distanceOf(run, noise);
  return {
    format: "smoothcert-log",
    version: 1,
    method: "certify",
    smoothcert: packageVersion(),
    created: new Date().toISOString(),
    sigma: run.sigma,
    n0: run.n0,
    n: run.n,
    alpha: run.alpha,
    seed: run.seed,
    noise: noise.law,
    ...(distance !== undefined && { noiseDistance: distance }),
    bound: clopperPearson.name,
    skip: run.skip,
    model: {
      name: classifier.name,
      hash: classifier.hash,
      runtime: classifier.runtime,
      ...(trainingSigma !== undefined && { trainingSigma }),
    },
    data: {
      name: dataset.name,
      split: dataset.split,
      hash: dataset.hash(),
      length: dataset.length,
      shape: [...dataset.shape],
      pixelType: dataset.pixelType,
      classes: [...dataset.classes],
    },
  };
}

function distanceOf({ dataset }: CertificationRun, noise: NoiseSource): number | undefined {
  return noise.distance?.(dimensionOf(dataset.shape));
}

/** Says before the first sample what can come of it and how long it takes. */
async function announce(
  run: CertificationRun,
  noise: NoiseSource,
  total: number,
  remaining: readonly number[],
): Promise<void> {
  const { classifier, dataset, sigma, n0, n, alpha, trainingSigma } = run;
  note(`Certifying ${classifier.name} (${classifier.runtime}) on ${total} images of ${dataset.name} ${dataset.split}`);
  note(`  sigma ${inBothUnits(sigma)}, n0 = ${n0}, n = ${n}, alpha = ${alpha}, seed ${run.seed}`);
  const reach = largestRadius(sigma, n, alpha, distanceOf(run, noise));
  note(`  largest reachable radius: ${floorTo(reach, 4)}, if all ${n} votes agree`);
  if (noise.distance === undefined) {
    warn("the pixels are floats: certificates hold up to the rounding of floating-point noise (docs/noise.md)");
  }
  if (trainingSigma !== undefined && trainingSigma !== sigma) {
    warn(`the model was trained with sigma ${trainingSigma}, not ${sigma}; its accuracy under this noise may be poor`);
  }
  if (remaining.length === 0) return note(`  all of them are in ${run.out} already: nothing is left to do`);
  if (remaining.length < total) note(`  ${total - remaining.length} of them are in ${run.out} already`);
  const rate = await samplesPerSecond(classifier, noise, dataset.example(remaining[0]).pixels);
  const seconds = (remaining.length * (n0 + n)) / rate;
  note(`  ${Math.round(rate)} samples/s: about ${formatDuration(seconds)} for ${remaining.length} images`);
}

async function certifyRemaining(
  run: CertificationRun,
  noise: NoiseSource,
  remaining: readonly number[],
  append: (row: LogRow) => void,
): Promise<void> {
  if (remaining.length === 0) return;
  const smoothed = new SmoothedClassifier(run.classifier, noise, run.seed);
  const progress = startProgress("certify", remaining.length * (run.n0 + run.n), "samples");
  const rows: LogRow[] = [];
  try {
    await interruptible(async (signal) => {
      const onSamples = countInto(progress, rows, remaining.length);
      const hooks = { signal, onSamples };
      for await (const row of certifyDataset(smoothed, run.dataset, remaining, run, hooks)) {
        append(row);
        rows.push(row);
        onSamples(0);
      }
    });
  } catch (error) {
    if (!(error instanceof DOMException && error.name === "AbortError")) throw error;
    throw new InterruptedError(`stopped with ${rows.length} more images certified. Go on with: ${run.resumeCommand}`);
  } finally {
    progress.stop();
  }
}

function countInto(progress: Progress, rows: readonly LogRow[], total: number): (samples: number) => void {
  let samples = 0;
  return (more) => {
    samples += more;
    const correct = rows.filter((row) => row.correct).length;
    const accuracy = rows.length === 0 ? "" : `, ${correct} correct`;
    progress.update(samples, `${rows.length}/${total} images${accuracy}`);
  };
}
