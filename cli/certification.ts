import {
  type CertifySettings,
  certifyDataset,
  headerOf,
  type LoggedRun,
  type LogRow,
  largestRadius,
  type NoiseLaw,
  openLog,
  requireCertifiable,
  SmoothedClassifier,
  type StopRule,
  samplesPerSecond,
  selectIndices,
  simultaneousAlpha,
  unanimousEnd,
} from "../certify/index.js";
import { dimensionOf, noiseFor, requireThat } from "../src/index.js";
import { interruptible } from "./interrupt.js";
import { type ForeignModel, tellNoiseFree } from "./noise-free.js";
import { requireSameClasses } from "./open-model.js";
import { counted, floorTo, inUnits, note, warn } from "./print.js";
import { formatDuration, startProgress } from "./progress.js";
import { stopText } from "./stop.js";
import { packageVersion } from "./version.js";

/** A certification run: what is certified, how, and where the rows go. */
export interface CertificationRun extends Omit<LoggedRun, "noise" | "familyAlpha"> {
  readonly sigma: number;
  /** Whether alpha is the failure probability of all certificates together, and not of each. */
  readonly simultaneous?: boolean;
  /** The log; its header lies beside it. */
  readonly out: string;
  /** The command that goes on after an interruption. */
  readonly resumeCommand: string;
  /** The model as it could be fed otherwise, where nothing tells how it is to be. */
  readonly foreign?: ForeignModel | undefined;
}

/**
 * Certifies the selected examples into a log, going on where an earlier run of the same settings stopped.
 *
 * @throws InterruptedError after Ctrl-C; the rows so far are in the log
 */
export async function runCertification(run: CertificationRun): Promise<void> {
  requireThat(run.sigma > 0 && run.sigma < Infinity, "certify", "sigma", "finite and greater than 0", run.sigma);
  const { classifier, dataset } = run;
  requireSameClasses(classifier, dataset);
  const indices = selectIndices(dataset.length, run);
  const logged = withAlphaOfEach({ ...run, noise: noiseFor(dataset.pixelType, run.sigma) }, indices.length);
  requireCertifiable(logged, classifier.classes);
  requireReach(logged);
  const log = await openLog(run.out, headerOf(logged, packageVersion()));
  try {
    const done = new Set(log.rows.map(({ idx }) => idx));
    const remaining = indices.filter((idx) => !done.has(idx));
    const seconds = await announce(logged, run, indices, remaining);
    const tune = seconds >= WORTH_TUNING && logged.classifier.tuned !== undefined;
    const fast = tune ? await tuned(logged, remaining[0]) : logged;
    await certifyRemaining(fast, run.resumeCommand, remaining, (row) => log.append(row));
    await fast.classifier.close?.();
  } finally {
    log.close();
  }
}

function withAlphaOfEach(run: LoggedRun & { readonly simultaneous?: boolean }, images: number): LoggedRun {
  if (!run.simultaneous) return run;
  requireThat(run.alpha > 0 && run.alpha <= 0.5, "certify", "alpha", "in (0, 1/2]", run.alpha);
  return { ...run, alpha: simultaneousAlpha(run.alpha, images), familyAlpha: run.alpha };
}

/** Refuses radii to decide that not even n equal votes certify: every image would stop in vain. */
function requireReach({ stop, ...run }: LoggedRun): void {
  if (stop?.kind !== "radii") return;
  const reach = reachOf({ ...run, stop });
  const beyond = stop.radii.find((radius) => radius > reach);
  const rule = `at most ${floorTo(reach, 4)}, the largest that ${run.n} samples certify`;
  requireThat(beyond === undefined, "certify", "--stop radii", rule, beyond, "Take a larger --n, or smaller radii");
}

function reachOf(run: LoggedRun): number {
  return largestRadius(run, run.classifier.classes, noiseLawOf(run));
}

function noiseLawOf({ noise, dataset }: LoggedRun): NoiseLaw {
  return { sigma: noise.sigma, distance: noise.distance?.(dimensionOf(dataset.shape)) ?? 0 };
}

/** Says before the first sample what can come of it and how long it takes. Returns the seconds, the fewest. */
async function announce(
  run: LoggedRun,
  { out, foreign }: CertificationRun,
  indices: readonly number[],
  remaining: readonly number[],
): Promise<number> {
  const total = indices.length;
  const { classifier, dataset, noise, n0, n, trainingSigma } = run;
  const stopping = stops(run);
  const { sigma } = noise;
  note(`Certifying ${classifier.name} (${classifier.runtime}) on ${total} images of ${dataset.name} ${dataset.split}`);
  note(`  sigma ${inUnits(sigma, dataset.pixelType)}, ${settingsText(run)}, seed ${run.seed}`);
  note(`  largest reachable radius: ${floorTo(reachOf(run), 4)}, if all ${n} votes agree`);
  const fewest = stopping ? unanimousEnd(run, classifier.classes, noiseLawOf(run)) : n;
  if (stopping) note(`  ${stopText(run.stop)}: after ${fewest} votes of an image that all agree`);
  if (noise.distance === undefined) {
    const what = dataset.pixelType === "values" ? "values" : "pixels";
    warn(`the ${what} are floats: certificates hold up to the rounding of floating-point noise (docs/noise.md)`);
  }
  if (trainingSigma !== undefined && trainingSigma !== sigma) {
    warn(`the model was trained with sigma ${trainingSigma}, not ${sigma}; its accuracy under this noise may be poor`);
  }
  if (remaining.length === 0) {
    note(`  all of them are in ${out} already: nothing is left to do`);
    return 0;
  }
  if (remaining.length < total) note(`  ${total - remaining.length} of them are in ${out} already`);
  await tellNoiseFree(classifier, dataset, indices, foreign);
  const { pixels } = dataset.example(remaining[0]);
  const rate = await samplesPerSecond(classifier, noise, pixels, TRIAL_SECONDS, remaining[0]);
  const duration = (samples: number): string => formatDuration((remaining.length * (n0 + samples)) / rate);
  const time = stopping ? `between ${duration(fewest)} and ${duration(n)}` : `about ${duration(n)}`;
  note(`  ${Math.round(rate)} samples/s: ${time} for ${counted(remaining.length, "image")}`);
  return (remaining.length * (n0 + fewest)) / rate;
}

/** How long the speed is measured. */
const TRIAL_SECONDS = 0.5;

/** Seconds of work from which on it pays to look for the fastest way to compute the classifier, which takes about two. */
const WORTH_TUNING = 60;

/** The run with its classifier computed in the fastest way found. */
async function tuned(run: LoggedRun, example: number): Promise<LoggedRun> {
  const { pixels } = run.dataset.example(example);
  const classifier = await run.classifier.tuned!(run.noise, pixels, example);
  const rate = await samplesPerSecond(classifier, run.noise, pixels, TRIAL_SECONDS, example);
  note(`  ${Math.round(rate)} samples/s after tuning`);
  return { ...run, classifier };
}

/** Whether the samples of an image may end before n. */
function stops<R extends { readonly stop?: StopRule | undefined }>(run: R): run is R & { readonly stop: StopRule } {
  return run.stop !== undefined && run.stop.kind !== "fixed";
}

function settingsText(run: CertifySettings & Pick<LoggedRun, "familyAlpha">): string {
  const { n0, n, alpha, bound, interval, familyAlpha } = run;
  const most = stops(run) ? `n = ${n} at most` : `n = ${n}`;
  return [
    n0 > 0 ? `n0 = ${n0}, ${most}` : `${most} without a selection of its own`,
    familyAlpha === undefined ? `alpha = ${alpha}` : `alpha = ${familyAlpha} for all of them together`,
    ...(bound === "multi-class" ? ["all classes bounded"] : []),
    ...(interval === undefined || interval === "clopper-pearson" ? [] : [INTERVAL_TEXT[interval]]),
  ].join(", ");
}

const INTERVAL_TEXT = {
  "randomised-clopper-pearson": "randomised bounds",
  union: "bounds that hold at all looks (union)",
  betting: "bounds that hold at all looks (betting)",
} as const;

async function certifyRemaining(
  run: LoggedRun,
  resumeCommand: string,
  remaining: readonly number[],
  append: (row: LogRow) => void,
): Promise<void> {
  if (remaining.length === 0) return;
  const smoothed = new SmoothedClassifier(run.classifier, run.noise, run.seed);
  // How many samples a stopped run takes nobody knows: it counts its images.
  const byImages = stops(run);
  const total = byImages ? remaining.length : remaining.length * (run.n0 + run.n);
  const progress = startProgress("certify", total, byImages ? "images" : "samples");
  let [samples, certified, correct] = [0, 0, 0];
  const onSamples = (more: number): void => {
    samples += more;
    const accuracy = certified === 0 ? "" : `, ${correct} correct`;
    if (byImages) progress.update(certified, `${samples} samples${accuracy}`);
    else progress.update(samples, `${certified}/${remaining.length} images${accuracy}`);
  };
  const certify = async (signal: AbortSignal): Promise<void> => {
    for await (const row of certifyDataset(smoothed, run.dataset, remaining, run, { signal, onSamples })) {
      append(row);
      certified += 1;
      if (row.correct) correct += 1;
      onSamples(0);
    }
  };
  try {
    await interruptible(certify, () => `stopped with ${certified} more images certified. Go on with: ${resumeCommand}`);
  } finally {
    progress.stop();
  }
}
