import { statSync } from "node:fs";
import { join } from "node:path";
import { Command } from "commander";
import {
  BOUNDED_CLASSES,
  type BoundedClasses,
  CONFIDENCE_BOUNDS,
  type ConfidenceBound,
  headerPath,
  radiusGrid,
  readHeader,
  readLog,
  type StopRule,
  summarizeCurve,
  summarizeStopping,
} from "../certify/index.js";
import { FOREIGN, type ImageShape, requireThat, requireWritable, smoothingFor } from "../src/index.js";
import { runCertification } from "./certification.js";
import { logJson, reportText } from "./curve-report.js";
import { dataSpecFor, sigmaFor } from "./model-defaults.js";
import { type ModelOptions, withModelOptions } from "./model-options.js";
import { type FeedOptions, findModel, type ModelSource } from "./model-source.js";
import type { ForeignModel } from "./noise-free.js";
import { openData } from "./open-data.js";
import { openModel } from "./open-model.js";
import { integer, number, oneOf, outputName } from "./options.js";
import { print, thisCommand } from "./print.js";
import { stopReport, stopRule, stopWords } from "./stop.js";

interface CertifyOptions extends ModelOptions {
  readonly n0?: number;
  readonly n: number;
  readonly alpha: number;
  readonly bound: BoundedClasses;
  readonly selection: "separate" | "none";
  readonly stop?: readonly string[];
  readonly interval?: ConfidenceBound;
  readonly randomised?: true;
  readonly simultaneous?: true;
  readonly skip: number;
  readonly max?: number;
  readonly out?: string;
  readonly json?: true;
}

/** `smoothcert certify MODEL`: Cohen's CERTIFY on a test set, one row an image. */
export function certifyCommand(): Command {
  const command = new Command("certify")
    .description(
      "certify a model's predictions under Gaussian noise, one row an image; the same command goes on after a stop",
    )
    .argument("<model>", "a run folder, a TensorFlow.js model folder, or an .onnx file")
    .option("--n0 <n>", "samples that select the class; by default 100", integer("--n0", 1))
    .option("--n <n>", "samples that estimate its probability; with --stop, the most", integer("--n", 1), 100_000)
    .option(
      "--stop <rule...>",
      "fixed; radii LIST (until it is known which of these are certified); precision X (until within X of the radius of all n)",
      stopWords,
    )
    .option(
      "--interval <i>",
      "clopper-pearson, or with --stop radii or precision union or betting; by default clopper-pearson or union",
      oneOf("--interval", CONFIDENCE_BOUNDS),
    )
    .option("--alpha <a>", "failure probability of each certificate", number("--alpha"), 0.001)
    .option(
      "--bound <b>",
      "one-sided (the class alone) or multi-class (all classes together, at alpha/classes each)",
      oneOf("--bound", BOUNDED_CLASSES),
      "one-sided",
    )
    .option(
      "--selection <s>",
      "separate (n0 samples select the class) or none (all n do, at alpha/classes)",
      oneOf("--selection", ["separate", "none"]),
      "separate",
    )
    .option("--randomised", "randomised Clopper-Pearson: slightly larger radii, from one more draw an image")
    .option("--simultaneous", "let alpha hold for all certificates of the log together, not for each")
    .option("--skip <k>", "certify the images whose index is a multiple of k", integer("--skip", 1), 1)
    .option("--max <i>", "certify images of index below i only", integer("--max", 1))
    .option(
      "--out <log>",
      "the log (tab-separated); by default certify.tsv in the run folder or beside the model",
      outputName("--out"),
    )
    .option("--json", "print the summary as one JSON object")
    .addHelpText(
      "after",
      `
The log begins with the columns of Cohen et al. (idx label predict radius correct time); LOG.json beside it says what it
was made with. predict is -1 for an abstention. Radii are for L2 perturbations of pixels in [0, 1], rounded
down; for a table (npy [N, features]) sigma and radii are in the data's own units.
docs/soundness.md says what exactly is claimed, for each bound.

Before it certifies, it says how many of 100 images the model gets right without noise, and where few,
what would raise it.
A foreign model's inputs and outputs are explained, with what to export and how, in docs/models.md.

--stop spends samples only where they tell something: easy images end after a few hundred, hopeless ones after less. Each certificate holds
with probability 1 - alpha as it does without. radii: an image ends when all radii of the list are certified, or when the smallest that isn't will hardly be
at n samples; what then is neither certified nor known not to be is undecided, counts as not certified, and is listed. The radius written down is what
the votes prove, so curves hold at every radius; beyond the last of the list they show how far the samples happened to go. precision: an image
ends when n samples would hardly certify a radius larger by more than X.

Examples:
  smoothcert certify runs/maxup --n 100000 --skip 20
  smoothcert certify runs/maxup --n 100000 --stop radii 0,0.25,0.5,0.75,1
  smoothcert certify runs/maxup --bound multi-class --selection none --out runs/maxup/multi-class.tsv
  smoothcert certify foreign.onnx --data mnist --sigma 0.5 --n0 100 --n 10000 --skip 100 --seed 1 --out foreign.tsv
  smoothcert certify imagenet.onnx --data folder:imagenette --labels 0,217,482,491,497,566,569,571,574,701 --sigma 0.5
  smoothcert certify spam.onnx --data npy:x.npy,y.npy --binary probability --sigma 0.1`,
    )
    .action(certify);
  return withModelOptions(command);
}

async function certify(path: string, options: CertifyOptions): Promise<void> {
  const source = await findModel(path, options.engine, options.runtime);
  const out = options.out ?? defaultLog(path);
  for (const file of [out, headerPath(out)]) requireWritable(file);
  const sigma = options.sigma ?? sigmaFor(path, source.metadata);
  const data = await openData(options.data ?? dataSpecFor(path, source.metadata), options.split);
  const { classifier, dataset, feed } = await openModel(source, data, options);
  const stop = stopRule(options.stop ?? ["fixed"]);
  const run = {
    ...options,
    n0: samplesOfSelection(options),
    stop,
    interval: intervalOf(options, stop),
    classifier,
    dataset,
    smoothing: smoothingFor("gaussian", dataset.pixelType, sigma),
    trainingSigma: source.metadata?.training?.sigma,
    max: options.max ?? dataset.length,
  };
  const foreign = foreignModel(source, dataset.shape, feed);
  await runCertification({ run, out, foreign, resumeCommand: thisCommand() });
  await summarize(out, classifier.name, options.json === true);
}

/** The model as it could be fed otherwise; undefined for one of ours, which prepares pixels by itself. */
function foreignModel(source: ModelSource, shape: ImageShape, feed: FeedOptions): ForeignModel | undefined {
  if (source.metadata !== undefined && source.metadata.architecture !== FOREIGN) return undefined;
  return { feed, open: (other) => source.open(shape, other) };
}

function samplesOfSelection({ n0, selection }: CertifyOptions): number {
  if (selection === "separate") return n0 ?? 100;
  requireThat(n0 === undefined, "certify", "--n0", "left out with --selection none", n0);
  return 0;
}

function intervalOf({ interval, randomised }: CertifyOptions, stop: StopRule): ConfidenceBound {
  if (randomised) {
    requireThat(interval === undefined, "certify", "--interval", "left out with --randomised", interval);
    requireThat(stop.kind === "fixed", "certify", "--stop", "fixed with --randomised", stop.kind);
    return "randomised-clopper-pearson";
  }
  return interval ?? (stop.kind === "fixed" ? "clopper-pearson" : "union");
}

function defaultLog(path: string): string {
  return statSync(path).isDirectory() ? join(path, "certify.tsv") : `${path.replace(/\.\w+$/, "")}.certify.tsv`;
}

/** The figures of the whole log, which an earlier run of the command may have begun. */
async function summarize(file: string, label: string, json: boolean): Promise<void> {
  const [{ rows }, header] = [await readLog(file), await readHeader(file)];
  const report = { file, label, header, summary: summarizeCurve(rows, radiusGrid(rows), 0.95) };
  const stopping = header === undefined ? undefined : summarizeStopping(rows, header);
  if (json) return print(JSON.stringify({ ...logJson(report), ...(stopping && { stopping }) }));
  const parts = [
    reportText([report]),
    ...(stopping ? [stopReport(stopping)] : []),
    `The curve: smoothcert curve ${file}`,
  ];
  print(parts.join("\n\n"));
}
