import { statSync } from "node:fs";
import { join } from "node:path";
import { Command } from "commander";
import { type Layout, radiusGrid, readHeader, readLog, summarizeCurve } from "../certify/index.js";
import { ENGINE_CHOICES, type EngineChoice, loadDataset, type Split } from "../src/index.js";
import { runCertification } from "./certification.js";
import { logJson, reportText } from "./curve-report.js";
import { dataSpecFor, scalingOf, sigmaFor } from "./model-defaults.js";
import { findModel, RUNTIMES, type Runtime } from "./model-source.js";
import { integer, number, numberList, oneOf } from "./options.js";
import { print, shellCommand } from "./print.js";
import { packageVersion } from "./version.js";

interface CertifyOptions {
  readonly data?: string;
  readonly split: Split;
  readonly sigma?: number;
  readonly n0: number;
  readonly n: number;
  readonly alpha: number;
  readonly skip: number;
  readonly max?: number;
  readonly seed: number;
  readonly out?: string;
  readonly runtime?: Runtime;
  readonly engine: EngineChoice;
  readonly layout?: Layout;
  readonly scale?: number;
  readonly mean?: number[];
  readonly std?: number[];
  readonly json?: true;
}

/** `smoothcert certify MODEL`: Cohen's CERTIFY on a test set, one row an image. */
export function certifyCommand(): Command {
  return new Command("certify")
    .description(
      "certify a model's predictions under Gaussian noise, one row an image; the same command goes on after a stop",
    )
    .argument("<model>", "a run folder, a TensorFlow.js model folder, or an .onnx file")
    .option("--data <spec>", "data set (see 'smoothcert data'); by default the one the model was trained on")
    .option("--split <split>", "train or test", oneOf("--split", ["train", "test"]), "test")
    .option(
      "--sigma <s>",
      "noise level for pixels in [0, 1], e.g. 0.5 or 64/255; by default that of training",
      number("--sigma"),
    )
    .option("--n0 <n>", "samples that select the class", integer("--n0", 1), 100)
    .option("--n <n>", "samples that estimate its probability", integer("--n", 1), 100_000)
    .option("--alpha <a>", "failure probability of each certificate", number("--alpha"), 0.001)
    .option("--skip <k>", "certify the images whose index is a multiple of k", integer("--skip", 1), 1)
    .option("--max <i>", "certify images of index below i only", integer("--max", 1))
    .option("--seed <s>", "seed of the noise", integer("--seed", 0), 0)
    .option("--out <log>", "the log (tab-separated); by default certify.tsv in the run folder or beside the model")
    .option("--runtime <r>", "onnx or tfjs; by default onnx where there is an .onnx file", oneOf("--runtime", RUNTIMES))
    .option("--engine <e>", "TensorFlow.js engine for --runtime tfjs", oneOf("--engine", ENGINE_CHOICES), "auto")
    .option(
      "--layout <l>",
      "nchw or nhwc, where the model's input shape leaves it open",
      oneOf("--layout", ["nchw", "nhwc"]),
    )
    .option("--scale <k>", "foreign models: factor on pixels in [0, 1], e.g. 255", number("--scale"))
    .option(
      "--mean <list>",
      "foreign models: subtracted after scaling, one number or one a channel",
      numberList("--mean"),
    )
    .option("--std <list>", "foreign models: divided by after that", numberList("--std"))
    .option("--json", "print the summary as one JSON object")
    .addHelpText(
      "after",
      `
The log begins with the columns of Cohen et al. (idx label predict radius correct time); LOG.json beside it says what it
was made with. predict is -1 for an abstention. Radii are for L2 perturbations of pixels in [0, 1], rounded down.

Examples:
  smoothcert certify runs/maxup --n 100000 --skip 20
  smoothcert certify foreign.onnx --data mnist --sigma 0.5 --n0 100 --n 10000 --skip 100 --seed 1 --out foreign.tsv`,
    )
    .action(certify);
}

async function certify(path: string, options: CertifyOptions): Promise<void> {
  const source = await findModel(path, options.engine, options.runtime);
  const sigma = options.sigma ?? sigmaFor(path, source.metadata);
  const dataset = await loadDataset(options.data ?? dataSpecFor(path, source.metadata), options.split);
  const classifier = await source.open(dataset.shape, {
    ...(options.layout && { layout: options.layout }),
    ...scalingOf(options),
  });
  const out = options.out ?? defaultLog(path);
  await runCertification({
    ...options,
    classifier,
    dataset,
    sigma,
    trainingSigma: source.metadata?.training?.sigma,
    max: options.max ?? dataset.length,
    out,
    version: packageVersion(),
    resumeCommand: shellCommand(["smoothcert", ...process.argv.slice(2)]),
  });
  await summarize(out, classifier.name, options.json === true);
}

function defaultLog(path: string): string {
  return statSync(path).isDirectory() ? join(path, "certify.tsv") : `${path.replace(/\.\w+$/, "")}.certify.tsv`;
}

/** The figures of the whole log, which an earlier run of the command may have begun. */
async function summarize(file: string, label: string, json: boolean): Promise<void> {
  const [{ rows }, header] = [await readLog(file), await readHeader(file)];
  const report = { file, label, header, summary: summarizeCurve(rows, radiusGrid(rows), 0.95) };
  if (json) print(JSON.stringify(logJson(report)));
  else print(`${reportText([report])}\n\nThe curve: smoothcert curve ${file}`);
}
