import type { LogStore } from "../log/log-store.js";
import type { LogRow } from "../log/row.js";
import { SmoothedClassifier } from "../sampling/smoothed-classifier.js";
import { samplesPerSecond } from "../sampling/speed.js";
import { certifyDataset } from "./certify-dataset.js";
import { headerOf, type LoggedRun } from "./header-of.js";
import { type CertificationPlan, type CertificationRun, planCertification } from "./plan.js";

/** What there is left to do of a plan. */
export interface AnnouncedPlan extends CertificationPlan {
  /** The examples that the log does not hold yet. */
  readonly remaining: readonly number[];
}

/** How fast the run is, measured before it begins and again after a faster way to compute the classifier was found. */
export interface SpeedEstimate {
  readonly samplesPerSecond: number;
  /** Seconds that the remaining examples take if all votes agree, and if they take all n samples. */
  readonly seconds: readonly [fewest: number, most: number];
  readonly tuned: boolean;
}

/** How far a run has come. */
export interface CertificationProgress {
  /** Of the remaining examples, those whose rows are in the log. */
  readonly images: number;
  /** Of these, those certified with the right class. */
  readonly correct: number;
  /** Samples drawn for them and for those under way. */
  readonly samples: number;
}

/** What a caller hears of a run. */
export interface CertificationHooks {
  /** Before the first sample; what it returns is awaited. */
  announce?(plan: AnnouncedPlan): void | Promise<void>;
  /** When the speed is known; not where nothing remains. */
  estimated?(estimate: SpeedEstimate): void;
  /** After each batch and each row. */
  progress?(progress: CertificationProgress): void;
  /** After a row was stored. */
  row?(row: LogRow): void;
  /** Stops the run between two batches: it throws the signal's reason, and the rows so far are stored. */
  readonly signal?: AbortSignal | undefined;
}

/** How long the speed is measured, at most. */
const TRIAL_SECONDS = 0.5;

/**
 * Seconds of work from which on it pays to look for the fastest way to compute the classifier, which takes about two.
 */
const WORTH_TUNING = 60;

/**
 * Certifies the examples that a run names into a store, going on where an earlier run of the same settings stopped.
 * Rows are a function of the run alone (but for their time), whatever was there before and wherever it was stopped.
 *
 * @returns the plan, with the examples that remained
 * @throws ArgumentError as {@link planCertification} does; FileError from the store; the reason of `hooks.signal`
 */
export async function certify(
  asked: CertificationRun,
  store: LogStore,
  hooks: CertificationHooks = {},
): Promise<AnnouncedPlan> {
  const plan = planCertification(asked);
  const log = await store.open(headerOf(plan.run));
  try {
    const done = new Set(log.rows.map(({ idx }) => idx));
    const announced = { ...plan, remaining: plan.indices.filter((idx) => !done.has(idx)) };
    await hooks.announce?.(announced);
    if (announced.remaining.length === 0) return announced;
    const classifier = await tunedClassifier(announced, hooks);
    await certifyRemaining({ ...plan.run, classifier }, announced.remaining, (row) => log.append(row), hooks);
    await classifier.close?.();
    return announced;
  } finally {
    log.close();
  }
}

/** The run's classifier, computed in the fastest way found where that is worth a search. */
export async function tunedClassifier(
  plan: AnnouncedPlan,
  { estimated }: Pick<CertificationHooks, "estimated"> = {},
): Promise<LoggedRun["classifier"]> {
  const { classifier, smoothing, dataset } = plan.run;
  const [example] = plan.remaining;
  const { pixels } = dataset.example(example);
  // A short run is measured on a tenth of its samples: it would be over before the seconds are.
  const samples = Math.ceil((plan.remaining.length * (plan.run.n0 + plan.fewestSamples)) / 10);
  const trial = { seconds: TRIAL_SECONDS, samples, example };
  const estimate = estimateOf(plan, await samplesPerSecond(classifier, smoothing, pixels, trial));
  estimated?.(estimate);
  if (classifier.tuned === undefined || estimate.seconds[0] < WORTH_TUNING) return classifier;
  const fast = await classifier.tuned(smoothing, pixels, example);
  const rate = await samplesPerSecond(fast, smoothing, pixels, trial);
  estimated?.({ ...estimateOf(plan, rate), tuned: true });
  return fast;
}

function estimateOf({ run, remaining, fewestSamples }: AnnouncedPlan, rate: number): SpeedEstimate {
  const seconds = (samples: number): number => (remaining.length * (run.n0 + samples)) / rate;
  return { samplesPerSecond: rate, seconds: [seconds(fewestSamples), seconds(run.n)], tuned: false };
}

async function certifyRemaining(
  run: LoggedRun,
  remaining: readonly number[],
  append: (row: LogRow) => void,
  hooks: CertificationHooks,
): Promise<void> {
  const smoothed = new SmoothedClassifier(run.classifier, run.smoothing, run.seed);
  let [images, correct, samples] = [0, 0, 0];
  const onSamples = (more: number): void => {
    samples += more;
    hooks.progress?.({ images, correct, samples });
  };
  const sampling = { onSamples, ...(hooks.signal && { signal: hooks.signal }) };
  for await (const row of certifyDataset(smoothed, run.dataset, remaining, run, sampling)) {
    append(row);
    images += 1;
    if (row.correct) correct += 1;
    hooks.row?.(row);
    onSamples(0);
  }
}
