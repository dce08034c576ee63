import { statSync } from "node:fs";
import { join } from "node:path";
import { Command, Option } from "commander";
import {
  BOUNDED_CLASSES,
  type BoundedClasses,
  type CertificationRun,
  CONFIDENCE_BOUNDS,
  type ConfidenceBound,
  FIXED,
  headerPath,
  normOf,
  readHeader,
  readLog,
  type StopRule,
  summarizeLog,
  summarizeStopping,
  tableRadii,
  usualBound,
} from "../certify/index.js";
import { FOREIGN, type ImageShape, requireWritable, smoothingFor } from "../src/index.js";
import { runCertification } from "./certification.js";
import { logJson, reportText } from "./curve-report.js";
import { dataSpecFor, sigmaFor } from "./model-defaults.js";
import { type ModelOptions, withClassifierOptions, withDataOptions, withNoiseOptions } from "./model-options.js";
import { type FeedOptions, findModel, type ModelSource } from "./model-source.js";
import type { ForeignModel } from "./noise-free.js";
import { openData } from "./open-data.js";
import { openModel } from "./open-model.js";
import { integer, number, oneOf, outputName } from "./options.js";
import { print, thisCommand } from "./print.js";
import { shardLog, shardOf } from "./shard.js";
import { type ShardOptions, shardSettings, withShardOptions, writeJobScripts } from "./shard-options.js";
import { stopReport, stopRule } from "./stop.js";

interface CertifyOptions extends ModelOptions, ShardOptions {
  readonly n0: number;
  readonly n: number;
  readonly alpha: number;
  readonly bound: BoundedClasses;
  readonly stop: StopRule;
  readonly interval?: ConfidenceBound;
  readonly simultaneous?: true;
  readonly skip: number;
  readonly max?: number;
  readonly out?: string;
  readonly json?: true;
}

const HELP = `
The log starts with the columns of Cohen et al. (idx label predict radius
correct time); a predict of -1 means that the classifier abstains. LOG.json
beside it records the settings. Radii are for pixels in [0, 1], rounded down; for
a table (npy [N, features]), sigma and radii are in the data's own units. Their
norm is that of the noise. docs/soundness.md says exactly what is claimed.
If the command is interrupted, rerun it to resume.

Before certifying, the command reports how many of 100 images the model labels
correctly without noise. If few, it suggests what may be wrong with the input.
docs/models.md explains the inputs and outputs of models from other tools.

--stop saves samples: easy images end after a few hundred, hopeless ones even
sooner. Each certificate still holds with probability 1 - alpha.
  radii:LIST   An image ends once every radius in LIST is certified, or once the
               smallest of the others is unlikely to be certified with n
               samples. A radius that is neither certified nor ruled out is
               undecided: it counts as not certified, and the summary says how
               many there are. The log speaks only of the radii in LIST, since
               an image ends before its own radius is known: it has neither
               curve nor average radius.
  precision:X  An image ends once n samples are unlikely to certify a radius
               larger by more than X.

--interval, with --stop radii or precision, is how the bounds hold at whatever
number of samples an image ends. union divides alpha among the numbers at which
it may end. betting bets against each probability that would be too small, and
rules it out once the stake has grown 1/alpha-fold. betting-prior does so too,
by what the n0 samples of the selection showed: it needs the fewest samples,
most so for clear images, but certifies less of what only about n samples can
certify. Each is sound.

Examples:
  smoothcert certify runs/maxup --n 100000 --skip 20
  smoothcert certify runs/maxup --stop radii:0,0.25,0.5,0.75,1
  smoothcert certify runs/maxup --bound multi-class --n0 0 --out runs/maxup/multi-class.tsv
  smoothcert certify foreign.onnx --data mnist --sigma 0.5 --n 10000 --skip 100 --out foreign.tsv
  smoothcert certify imagenet.onnx --data folder:imagenette --labels imagenette.txt --sigma 0.5
  smoothcert certify runs/maxup --noise uniform --sigma 0.5 --out runs/maxup/uniform.tsv
  smoothcert certify spam.onnx --data npy:x.npy,y.npy --binary probability --sigma 0.1`;

/** `smoothcert certify MODEL`: Cohen's CERTIFY on a test set, one row per image. */
export function certifyCommand(): Command {
  const command = new Command("certify")
    .description("certify a model's predictions under noise, one row per image")
    .argument("<model>", "a run folder, a TensorFlow.js model folder, or an .onnx file");
  withDataOptions(command)
    .option("--skip <k>", "certify only images whose index is a multiple of k", integer("--skip", 1), 1)
    .option("--max <i>", "certify only images whose index is below i", integer("--max", 1));
  withBoundOptions(withNoiseOptions(command));
  withSampleOptions(command);
  withClassifierOptions(command);
  withShardOptions(command);
  return command
    .optionsGroup("Output:")
    .option(
      "--out <log>",
      "the log (tab-separated); by default certify.tsv in the run folder or beside the model",
      outputName("--out"),
    )
    .option("--json", "print the summary as one JSON object")
    .addHelpText("after", HELP)
    .action(certify);
}

function withBoundOptions(command: Command): Command {
  return command
    .option("--alpha <a>", "failure probability of each certificate", number("--alpha"), 0.001)
    .option("--simultaneous", "let alpha hold for all certificates of the log together")
    .option(
      "--bound <b>",
      "one-sided (bound the predicted class) or multi-class (bound every class, at alpha/classes each)",
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
    );
}

async function certify(path: string, options: CertifyOptions): Promise<void> {
  const source = await findModel(path, options.engine, options.runtime);
  const whole = options.out ?? defaultLog(path);
  if (await writeJobScripts(options, process.argv.slice(2), whole)) return;
  const asked = options.shard === true ? {} : options.shard;
  const shard = asked && shardOf(asked, process.env);
  const out = shard === undefined ? whole : shardLog(whole, shard);
  for (const file of [out, headerPath(out)]) requireWritable(file);
  const sigma = options.sigma ?? sigmaFor(path, source.metadata);
  const data = await openData(options.data ?? dataSpecFor(path, source.metadata), options.split);
  const { classifier, dataset, feed } = await openModel(source, data, options);
  const run: CertificationRun = {
    ...settingsOf(options),
    interval: options.interval ?? usualBound(options.stop),
    classifier,
    dataset,
    smoothing: smoothingFor(options.noise, dataset.pixelType, sigma),
    trainingSigma: source.metadata?.training?.sigma,
    max: options.max ?? dataset.length,
    ...(await shardSettings(shard, classifier)),
  };
  const foreign = foreignModel(source, dataset.shape, feed);
  await runCertification({ run, out, foreign, resumeCommand: thisCommand() });
  await summarize(out, classifier.name, options.json === true);
}

function settingsOf({ shard: _, ...settings }: CertifyOptions): Omit<CertifyOptions, "shard"> {
  return settings;
}

/** The model as it could be fed otherwise; undefined for one of ours, which prepares pixels by itself. */
function foreignModel(source: ModelSource, shape: ImageShape, feed: FeedOptions): ForeignModel | undefined {
  if (source.metadata !== undefined && source.metadata.architecture !== FOREIGN) return undefined;
  return { feed, open: (other) => source.open(shape, other) };
}

function defaultLog(path: string): string {
  return statSync(path).isDirectory() ? join(path, "certify.tsv") : `${path.replace(/\.\w+$/, "")}.certify.tsv`;
}

/** The figures of the whole log, which an earlier run of the command may have begun. */
async function summarize(file: string, label: string, json: boolean): Promise<void> {
  const [{ rows }, header] = [await readLog(file), await readHeader(file)];
  const summary = summarizeLog(rows, header, tableRadii([{ rows, header }]), 0.95);
  const report = { file, label, header, summary };
  const stopping = header === undefined ? undefined : summarizeStopping(rows, header);
  if (json) return print(JSON.stringify({ ...logJson(report), ...(stopping && { stopping }) }));
  const parts = [
    reportText([report]),
    ...(stopping ? [stopReport(stopping, normOf(header))] : []),
    header?.shard === undefined
      ? `The curve: smoothcert curve ${file}`
      : `Shard ${header.shard.index} of ${header.shard.count}; once all are there: smoothcert merge`,
  ];
  print(parts.join("\n\n"));
}
