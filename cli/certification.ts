import {
  type AnnouncedPlan,
  type CertificationRun,
  type CertifySettings,
  certify,
  fileLogStore,
  type LoggedRun,
  type SpeedEstimate,
  stopsEarly,
  stopText,
} from "../certify/index.js";
import { floorTo, normName } from "../src/index.js";
import { counted } from "../src/text/counted.js";
import { interruptible } from "./interrupt.js";
import { type ForeignModel, tellNoiseFree } from "./noise-free.js";
import { inUnits, note, warn } from "./print.js";
import { formatDuration, type Progress, startProgress } from "./progress.js";

/** A certification that a command runs. */
export interface CertificationTask {
  readonly run: CertificationRun;
  /** The log; its header lies beside it. */
  readonly out: string;
  /** The command that goes on after an interruption. */
  readonly resumeCommand: string;
  /** The model as it could be fed otherwise, where nothing tells how it is to be. */
  readonly foreign?: ForeignModel | undefined;
}

/**
 * Certifies into a log, going on where an earlier run of the same settings stopped, and tells how it goes.
 *
 * @throws InterruptedError after Ctrl-C; the rows so far are in the log
 */
export async function runCertification(task: CertificationTask): Promise<void> {
  const { run, out, resumeCommand } = task;
  let plan: AnnouncedPlan | undefined;
  let progress: Progress | undefined;
  let certified = 0;
  const announce = async (announced: AnnouncedPlan): Promise<void> => {
    plan = announced;
    await tellPlan(announced, task);
  };
  const watch = (signal: AbortSignal): Promise<AnnouncedPlan> =>
    certify(run, fileLogStore(out), {
      announce,
      estimated: (estimate) => tellSpeed(plan as AnnouncedPlan, estimate),
      progress({ images, correct, samples }) {
        const { remaining } = plan as AnnouncedPlan;
        certified = images;
        const accuracy = images === 0 ? "" : `, ${correct} correct`;
        // How many samples a run takes that may stop nobody knows: it counts its images.
        const byImages = stopsEarly(run);
        const total = remaining.length * (byImages ? 1 : run.n0 + run.n);
        progress ??= startProgress("certify", total, byImages ? "images" : "samples");
        if (byImages) progress.update(images, `${samples} samples${accuracy}`);
        else progress.update(samples, `${images}/${remaining.length} images${accuracy}`);
      },
      signal,
    });
  try {
    const next = `Resume with: ${resumeCommand}`;
    await interruptible(
      watch,
      () => `stopped with ${counted(certified, "more image")} certified. ${next}`,
      run.shard !== undefined,
    );
  } finally {
    progress?.stop();
  }
}

/** Says before the first sample what can come of a run. */
async function tellPlan(plan: AnnouncedPlan, { out, foreign }: CertificationTask): Promise<void> {
  const { run, indices, remaining } = plan;
  const { classifier, dataset } = run;
  const total = indices.length;
  const share = run.shard === undefined ? "" : `, shard ${run.shard.index} of ${run.shard.count}`;
  const images = `${counted(total, "image")} of ${dataset.name} ${dataset.split}${share}`;
  note(`Certifying ${classifier.name} (${classifier.runtime}) on ${images}`);
  tellSettings(plan);
  tellCaveats(run);
  if (remaining.length === 0) return note(`  all of them are in ${out} already: nothing is left to do`);
  if (remaining.length < total) note(`  ${total - remaining.length} of them are in ${out} already`);
  await tellNoiseFree(classifier, dataset, indices, foreign);
}

function tellSettings({ run, largestRadius, fewestSamples }: AnnouncedPlan): void {
  const { dataset, smoothing, n, seed } = run;
  note(`  sigma ${inUnits(smoothing.sigma, dataset.pixelType)}, ${settingsText(run)}, seed ${seed}`);
  const radius = smoothing.norm === "l2" ? "radius" : `${normName(smoothing.norm)} radius`;
  note(`  largest reachable ${radius}: ${floorTo(largestRadius, 4)}, if all ${n} votes agree`);
  if (stopsEarly(run)) note(`  ${stopText(run.stop)}: after ${fewestSamples} votes of an image that all agree`);
}

/** Warns of what a person should know of a run before it begins. */
export function tellCaveats({ dataset, smoothing, trainingSigma, trainingData }: LoggedRun): void {
  const { sigma } = smoothing;
  if (smoothing.distance === undefined) {
    const what = { bytes: "noise is", floats: "pixels are", values: "values are" }[dataset.pixelType];
    warn(`the ${what} floats: certificates hold up to the rounding of floating-point noise (docs/noise.md)`);
  }
  if (trainingSigma !== undefined && trainingSigma !== sigma) {
    warn(`the model was trained with sigma ${trainingSigma}, not ${sigma}; its accuracy under this noise may be poor`);
  }
  if (trainingData === dataset.hash()) {
    warn(`the model was trained on this very set of images, ${dataset.name}: on others it may do worse (docs/data.md)`);
  }
}

function tellSpeed({ run, remaining }: AnnouncedPlan, { samplesPerSecond, seconds, tuned }: SpeedEstimate): void {
  const rate = `  ${Math.round(samplesPerSecond)} samples/s`;
  const [fewest, most] = seconds.map(formatDuration);
  const time = stopsEarly(run) ? `between ${fewest} and ${most}` : `about ${most}`;
  note(tuned ? `${rate} after tuning` : `${rate}: ${time} for ${counted(remaining.length, "image")}`);
}

function settingsText(run: CertifySettings & Pick<LoggedRun, "familyAlpha">): string {
  const { n0, n, alpha, bound, interval, familyAlpha } = run;
  const most = stopsEarly(run) ? `n = ${n} at most` : `n = ${n}`;
  return [
    n0 > 0 ? `n0 = ${n0}, ${most}` : `${most} without a selection of its own`,
    familyAlpha === undefined ? `alpha = ${alpha}` : `alpha = ${familyAlpha} for all of them together`,
    ...(bound === undefined || bound === "one-sided" ? [] : [BOUNDED_TEXT[bound]]),
    ...(interval === undefined || interval === "clopper-pearson" ? [] : [BOUND_TEXT[interval]]),
  ].join(", ");
}

const BOUNDED_TEXT = {
  "multi-class": "all classes bounded",
  "per-image": "one class or more bounded, by the selection's votes",
} as const;

const BOUND_TEXT = {
  "randomised-clopper-pearson": "randomised bounds",
  union: "bounds that hold at all looks (union)",
  betting: "bounds that hold at all looks (betting)",
  "betting-prior": "bounds that hold at all looks (betting-prior)",
} as const;
