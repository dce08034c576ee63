import { statSync } from "node:fs";
import { join } from "node:path";
import { type Command, Option } from "commander";
import {
  BOUNDED_CLASSES,
  type BoundedClasses,
  type CertificationRun,
  CONFIDENCE_BOUNDS,
  type ConfidenceBound,
  FIXED,
  type StopRule,
  usualBound,
} from "../certify/index.js";
import { smoothingFor, type TrainingRecord } from "../src/index.js";
import { dataSpecFor, sigmaFor } from "./model-defaults.js";
import { type ModelOptions, withDataOptions, withNoiseOptions } from "./model-options.js";
import type { FeedOptions, ModelSource } from "./model-source.js";
import { openData } from "./open-data.js";
import { openModel } from "./open-model.js";
import { integer, number, oneOf } from "./options.js";
import { warn } from "./print.js";
import { stopRule, withPatience } from "./stop.js";

/** What commands are told that certify a model on a data set, here or elsewhere. */
export interface CertificationOptions extends Omit<ModelOptions, "runtime" | "engine"> {
  readonly n0: number;
  readonly n: number;
  readonly alpha: number;
  readonly bound: BoundedClasses;
  readonly stop: StopRule;
  readonly patience?: number;
  readonly interval?: ConfidenceBound;
  readonly simultaneous?: true;
  readonly skip: number;
  readonly max?: number;
}

/** Adds the options of {@link CertificationOptions} that say what is certified, in several groups. */
export function withCertificationOptions(command: Command): Command {
  withDataOptions(command)
    .option("--skip <k>", "certify only images whose index is a multiple of k", integer("--skip", 1), 1)
    .option("--max <i>", "certify only images whose index is below i", integer("--max", 1));
  withBoundOptions(withNoiseOptions(command));
  return withSampleOptions(command);
}

function withBoundOptions(command: Command): Command {
  return command
    .option("--alpha <a>", "failure probability of each certificate", number("--alpha"), 0.001)
    .option("--simultaneous", "let alpha hold for all certificates of the log together")
    .option(
      "--bound <b>",
      "one-sided (bound the predicted class), multi-class (bound every class, at alpha/classes each) or per-image " +
        "(bound the predicted class, or it and the largest of the others, at alpha/2 each: see below)",
      oneOf("--bound", BOUNDED_CLASSES),
      "one-sided",
    )
    .option(
      "--interval <i>",
      "confidence bound: clopper-pearson (default) or randomised-clopper-pearson (slightly larger radii, from one " +
        "random draw per image); with --stop radii or precision: union (default), betting or betting-prior (see below)",
      oneOf("--interval", CONFIDENCE_BOUNDS),
    );
}

function withSampleOptions(command: Command): Command {
  return command
    .optionsGroup("Samples per image:")
    .option(
      "--n0 <n>",
      "samples that select the class; 0: the n samples below select it too, at alpha/classes",
      integer("--n0", 0),
      100,
    )
    .option("--n <n>", "samples that bound its probability; with --stop, at most", integer("--n", 1), 100_000)
    .addOption(
      new Option(
        "--stop <rule>",
        "when to stop sampling: fixed (after n), radii:LIST (once it is known which of these radii are certified) or " +
          "precision:X (once within X of the radius that n samples would give)",
      )
        .argParser(stopRule)
        .default(FIXED, FIXED.kind),
    )
    .option(
      "--patience <x>",
      "with --stop radii: draw more samples for a radius only as long as they cost less than x n samples per " +
        "certificate; a smaller x means fewer samples and more undecided radii (see below)",
      number("--patience"),
    );
}

/** A certification whose model and data are open. */
export interface OpenedCertification {
  readonly run: CertificationRun;
  /** How the model is fed. */
  readonly feed: FeedOptions;
}

/**
 * Opens what the options name.
 *
 * @param path of the model, for messages @throws FileError, ArgumentError for what is missing or doesn't fit
 */
export async function openCertification(
  path: string,
  source: ModelSource,
  options: CertificationOptions,
): Promise<OpenedCertification> {
  const training = source.metadata?.training;
  warnOfUnfinished(training);
  const sigma = options.sigma ?? sigmaFor(path, source.metadata);
  const data = await openData(options.data ?? dataSpecFor(path, source.metadata), options.split);
  const { classifier, dataset, feed } = await openModel(source, data, options);
  const { n0, n, alpha, bound, simultaneous, seed, skip } = options;
  const stop = withPatience(options.stop, options.patience);
  const run: CertificationRun = {
    ...{ n0, n, alpha, bound, stop, simultaneous, seed, skip },
    interval: options.interval ?? usualBound(stop),
    classifier,
    dataset,
    smoothing: smoothingFor(options.noise, dataset.pixelType, sigma),
    trainingSigma: training?.sigma,
    trainingData: training?.data?.partOf ?? training?.data?.hash,
    max: options.max ?? dataset.length,
  };
  return { run, feed };
}

function warnOfUnfinished({ epochs, plannedEpochs }: TrainingRecord = {}): void {
  if (epochs === undefined || plannedEpochs === undefined) return;
  warn(`the model was saved after ${epochs} of ${plannedEpochs} epochs: its training is not finished`);
}

/** Where the log of a model lies if nothing else is said. */
export function defaultLog(path: string): string {
  return statSync(path).isDirectory() ? join(path, "certify.tsv") : `${path.replace(/\.\w+$/, "")}.certify.tsv`;
}
