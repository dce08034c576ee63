import { type EngineChoice, floorTo, InterruptedError, VERSION } from "../src/index.js";
import { counted } from "../src/text/counted.js";
import {
  DivergenceError,
  type EpochRecord,
  type MethodSettings,
  methodCost,
  NO_TRANSFORMS,
  type RunHooks,
  type RunOptions,
  type RunResult,
  type RunSettings,
  type RunStart,
  type Scalars,
  type StepProgress,
  type TestRecord,
  trainRun,
  type ValidationRecord,
  type ValidationSettings,
} from "../train/index.js";
import { interruptible } from "./interrupt.js";
import { methodText } from "./method-flags.js";
import { inUnits, note, shellCommand, warn } from "./print.js";
import { type Progress, startProgress } from "./progress.js";

/** A training run as a command asks for it. */
export interface TrainingRun extends Omit<RunOptions, "version" | "hooks" | "signal"> {
  /** The command that resumes after an interruption. */
  readonly resumeCommand: string;
}

/**
 * Trains into a run folder, telling on standard error what is done and how far it is.
 *
 * @throws DivergenceError when a loss or a weight is no number; the message holds a command with a lower learning rate
 * @throws InterruptedError after Ctrl-C; the state is saved and the message holds the command that resumes
 */
export async function runTraining(run: TrainingRun): Promise<RunResult> {
  const watch = new Watch();
  try {
    return await interruptible((signal) => trainRun({ ...run, version: VERSION, hooks: watch, signal }));
  } catch (error) {
    if (error instanceof InterruptedError) {
      throw new InterruptedError(`${error.message} Resume with: ${run.resumeCommand}`, { cause: error });
    }
    if (error instanceof DivergenceError) {
      throw new DivergenceError(`${error.message} For example: ${slowerCommand(run, watch)}`, { cause: error });
    }
    throw error;
  } finally {
    watch.stop();
  }
}

/** Resumes from the last checkpoint with half the learning rate. */
function slowerCommand({ out, engine = "auto" }: { out: string; engine?: EngineChoice }, watch: Watch): string {
  const engineWords = engine === "auto" ? [] : ["--engine", engine];
  const lr = String(watch.learningRate / 2);
  return shellCommand(["smoothcert", "train", "--resume", "--out", out, "--lr", lr, ...engineWords]);
}

/** Follows a run with a header and a progress bar. */
class Watch implements RunHooks {
  #start: RunStart | undefined;
  #progress: Progress | undefined;
  #validated = "";
  #tested = "";

  /** That of the run's settings, once it has started. */
  get learningRate(): number {
    return this.#start!.settings.lr;
  }

  onStart(start: RunStart): void {
    announce(start);
    const { length } = start.dataset;
    this.#start = start;
    this.#progress = startProgress(
      "train",
      start.settings.epochs * length,
      "images",
      start.epoch * length + start.examples,
    );
  }

  onValidation(epoch: number): void {
    const { dataset, settings } = this.#start!;
    this.#progress!.update(epoch * dataset.length, `epoch ${epoch}/${settings.epochs}, validating`);
  }

  onEpoch({ epoch, validation, test }: EpochRecord): void {
    if (validation !== undefined) this.#validated = `, ${validationText(validation)} after epoch ${epoch}`;
    if (test !== undefined) this.#tested = `, ${testText(test)} after epoch ${epoch}`;
  }

  onStep({ epoch, step, loss, log, imagesPerSecond }: StepProgress): void {
    const { dataset, settings } = this.#start!;
    const images = (epoch - 1) * dataset.length + Math.min(step * settings.batch, dataset.length);
    const speed = `${Math.round(imagesPerSecond)} images/s`;
    const means = `loss ${loss.toFixed(3)}, ${speed}, ${logText(log)}`;
    this.#progress!.update(images, `epoch ${epoch}/${settings.epochs}, ${means}${this.#validated}${this.#tested}`);
  }

  stop(): void {
    this.#progress?.stop();
  }
}

/** What a method logs, for people: `accuracy 93.1 %, gradientNorm 0.27`. */
export function logText(log: Scalars): string {
  const figure = (name: string, value: number): string =>
    name === "accuracy" ? `${(100 * value).toFixed(1)} %` : String(Number(value.toPrecision(3)));
  return Object.entries(log)
    .map(([name, value]) => `${name} ${figure(name, value)}`)
    .join(", ");
}

/** What the test set said, for people. */
export function testText({ images, accuracy, top5 }: TestRecord): string {
  const percent = (part: number): string => `${(100 * part).toFixed(2)} %`;
  return `right ${percent(accuracy)} of ${images} test images, ${percent(top5)} in the top 5`;
}

/**
 * What a validation found, for people, rounded down: `right 98.0 %, ACR 0.612, certified 97.2 % at 0, 93.6 % at 0.25`.
 */
export function validationText({ accuracy, acr, certified = {} }: ValidationRecord): string {
  const percent = (part: number): string => `${(100 * Number(floorTo(part, 3))).toFixed(1)} %`;
  const radii = Object.entries(certified).map(([radius, part]) => `${percent(part)} at ${radius}`);
  const proved = acr === undefined ? "" : `, ACR ${floorTo(acr, 3)}, certified ${radii.join(", ")}`;
  return `right ${percent(accuracy)}${proved}`;
}

function announce({ settings, engine, dataset, parameters, epoch, examples, formerEngine }: RunStart): void {
  const { model, objective, sigma, augment, epochs, batch, schedule, lr, lrStep, momentum, weightDecay, seed } =
    settings;
  const { validation, nesterov, ema, labelSmoothing, initialization } = settings;
  const { name, version } = engine;
  const data = `${dataset.length} images of ${dataset.name}`;
  note(`Training ${model} (${parameters} weights) on ${data} (tfjs-${name} ${version})`);
  note(`  ${methodText(objective)}, sigma ${inUnits(sigma, dataset.pixelType)}${costText(objective)}`);
  if (augment !== NO_TRANSFORMS) note(`  images transformed before the noise: ${augment}`);
  for (const warning of dataset.warnings ?? []) warn(warning);
  tellWarmUp(settings);
  if (validation !== undefined) note(`  ${heldBackText(validation, sigma)}`);
  const steps = `${counted(epochs, "epoch")}, batch ${batch}, learning rate ${lr} (${schedule})`;
  const smoothing = labelSmoothing > 0 ? `, label smoothing ${labelSmoothing}` : "";
  const kind = nesterov ? "Nesterov's momentum" : "momentum";
  note(`  ${steps}, ${kind} ${momentum}, weight decay ${weightDecay}${smoothing}, seed ${seed}`);
  if (schedule === "step" && lrStep >= epochs) {
    note(`  the learning rate never falls: its first drop is due after ${counted(lrStep, "epoch")} (--lr-step)`);
  }
  if (initialization === "pytorch") note("  initial weights by PyTorch's law, uniform in ±1 / sqrt(fan-in)");
  if (ema > 0) note(`  the model's weights are a moving average, decay ${ema} per step`);
  if (epoch >= epochs) note(`  all of them are done already: nothing is left to do`);
  else if (epoch > 0 || examples > 0)
    note(`  resuming after ${counted(epoch, "epoch")} and ${counted(examples, "image")}`);
  if (formerEngine !== undefined) {
    warn(
      `the run was started on ${formerEngine}: its weights will differ in their last bits from an uninterrupted run`,
    );
  }
}

function tellWarmUp({ objective: { name }, warmup, epochs }: RunSettings): void {
  if (warmup === 0 || name === "gaussian") return;
  const on = "on a single noisy copy";
  if (warmup < epochs) note(`  the first ${counted(warmup, "epoch")} ${on}`);
  else warn(`all ${counted(epochs, "epoch")} are warm-up ${on} (--warmup ${warmup}): ${name} is never used`);
}

/** E.g. `; a step costs about 2.3 plain ones`. */
function costText(objective: MethodSettings): string {
  const cost = methodCost(objective);
  return cost === 1 ? "" : `; a step costs about ${Number(cost.toPrecision(2))} plain ones`;
}

function heldBackText({ images, every, samples, best }: ValidationSettings, sigma: number): string {
  const often = every === 1 ? "every epoch" : `every ${every} epochs`;
  const metric = typeof best === "number" ? `certified accuracy at ${best}` : best === "acr" ? "ACR" : best;
  const tried = sigma > 0 ? `certified ${often} with ${samples} samples` : `evaluated ${often}`;
  return `${counted(images, "image")} held back, ${tried}; the best by ${metric}`;
}
