import { Command } from "commander";
import { ABSTAIN, type Layout, SmoothedClassifier } from "../certify/index.js";
import {
  ArgumentError,
  type Dataset,
  decodeImage,
  ENGINE_CHOICES,
  type EngineChoice,
  gaussianNoise,
  type ImageShape,
  loadDataset,
  type Pixels,
  type Split,
} from "../src/index.js";
import { dataSpecFor, scalingOf, sigmaFor } from "./model-defaults.js";
import { findModel, type ModelSource, RUNTIMES, type Runtime } from "./model-source.js";
import { integer, number, numberList, oneOf } from "./options.js";
import { floorTo, print } from "./print.js";

interface PredictOptions {
  readonly data?: string;
  readonly split: Split;
  readonly sigma?: number;
  readonly n: number;
  readonly n0: number;
  readonly alpha: number;
  readonly seed: number;
  readonly radius?: true;
  readonly resize?: true;
  readonly runtime?: Runtime;
  readonly engine: EngineChoice;
  readonly layout?: Layout;
  readonly scale?: number;
  readonly mean?: number[];
  readonly std?: number[];
  readonly json?: true;
}

/** `smoothcert predict MODEL INPUT`: Cohen's PREDICT, or CERTIFY with --radius, on one image. */
export function predictCommand(): Command {
  return new Command("predict")
    .description("predict the class of one image under Gaussian noise, or abstain; with --radius, certify it")
    .argument("<model>", "a run folder, a TensorFlow.js model folder, or an .onnx file")
    .argument("<input>", "an image file, or the index of an image in --data")
    .option("--data <spec>", "data set of the index, and of the classes' names; by default that of training")
    .option("--split <split>", "train or test", oneOf("--split", ["train", "test"]), "test")
    .option("--sigma <s>", "noise level for pixels in [0, 1]; by default that of training", number("--sigma"))
    .option("--n <n>", "samples", integer("--n", 1), 1000)
    .option("--n0 <n>", "samples that select the class, with --radius", integer("--n0", 1), 100)
    .option("--alpha <a>", "probability of a wrong answer", number("--alpha"), 0.001)
    .option("--radius", "certify: give the L2 radius too")
    .option("--resize", "bring an image file to the model's size")
    .option("--seed <s>", "seed of the noise", integer("--seed", 0), 0)
    .option("--runtime <r>", "onnx or tfjs; by default onnx where there is an .onnx file", oneOf("--runtime", RUNTIMES))
    .option("--engine <e>", "TensorFlow.js engine for --runtime tfjs", oneOf("--engine", ENGINE_CHOICES), "auto")
    .option("--layout <l>", "nchw or nhwc, where the model leaves it open", oneOf("--layout", ["nchw", "nhwc"]))
    .option("--scale <k>", "foreign models: factor on pixels in [0, 1], e.g. 255", number("--scale"))
    .option(
      "--mean <list>",
      "foreign models: subtracted after scaling, one number or one a channel",
      numberList("--mean"),
    )
    .option("--std <list>", "foreign models: divided by after that", numberList("--std"))
    .option("--json", "print one JSON object")
    .addHelpText(
      "after",
      "\nExamples:\n  smoothcert predict runs/maxup 7\n  smoothcert predict runs/maxup seven.png --radius --n 10000",
    )
    .action(predict);
}

/** What is predicted: an image, its place in the noise's address, and what its classes are called. */
interface Input {
  readonly pixels: Pixels;
  readonly shape: ImageShape;
  readonly example: number;
  readonly classes: readonly string[];
  readonly label?: number;
}

async function predict(path: string, input: string, options: PredictOptions): Promise<void> {
  const source = await findModel(path, options.engine, options.runtime);
  const sigma = options.sigma ?? sigmaFor(path, source.metadata);
  const { pixels, shape, example, classes, label } = await readInput(path, input, source, options);
  const feed = { ...(options.layout && { layout: options.layout }), ...scalingOf(options) };
  const smoothed = new SmoothedClassifier(await source.open(shape, feed), gaussianNoise(sigma), options.seed);
  const { n, n0, alpha } = options;
  const certificate = options.radius ? await smoothed.certify(pixels, example, { n0, n, alpha }) : undefined;
  const answer = certificate ?? (await smoothed.predict(pixels, example, n, alpha));
  const name = (c: number): string => (c === ABSTAIN ? "abstain" : (classes[c] ?? String(c)));
  const votes = [...answer.counts].map((count, c) => ({ class: name(c), count }));
  const result = {
    predict: answer.predict,
    class: name(answer.predict),
    ...(certificate && { radius: certificate.radius, pALower: certificate.pALower }),
    ...(label !== undefined && { label, labelName: name(label) }),
    sigma,
    n,
    alpha,
    votes,
  };
  print(options.json ? JSON.stringify(result) : describe(result));
}

async function readInput(path: string, input: string, source: ModelSource, options: PredictOptions): Promise<Input> {
  if (/^\d+$/.test(input)) {
    const dataset = await loadDataset(options.data ?? dataSpecFor(path, source.metadata), options.split);
    const example = integer("<input>", 0, dataset.length - 1)(input);
    return { ...dataset.example(example), shape: dataset.shape, example, classes: dataset.classes };
  }
  const { shape, classes } = await imageForm(path, source, options);
  const pixels = await decodeImage(input, shape, { resize: options.resize === true });
  return { pixels, shape, example: 0, classes };
}

/** The form of images that the model takes: from the model's own record, or from --data. */
async function imageForm(
  path: string,
  { metadata }: ModelSource,
  options: PredictOptions,
): Promise<{ shape: ImageShape; classes: readonly string[] }> {
  if (options.data === undefined && metadata !== undefined) {
    return { shape: metadata.inputShape, classes: metadata.classes };
  }
  if (options.data === undefined) {
    throw new ArgumentError(
      `--data must be given: ${path} doesn't tell the size of its images. See: smoothcert data`,
      "--data",
      undefined,
    );
  }
  const dataset: Dataset = await loadDataset(options.data, options.split);
  return { shape: dataset.shape, classes: dataset.classes };
}

function describe(result: {
  readonly class: string;
  readonly radius?: number;
  readonly labelName?: string;
  readonly sigma: number;
  readonly n: number;
  readonly alpha: number;
  readonly votes: readonly { class: string; count: number }[];
}): string {
  const top = result.votes.filter(({ count }) => count > 0).sort((a, b) => b.count - a.count);
  const votes = top.slice(0, 5).map(({ class: name, count }) => `${name} ${count}`);
  const radius = result.radius === undefined ? "" : `, L2 radius ${floorTo(result.radius, 4)}`;
  const truth = result.labelName === undefined ? "" : ` (label ${result.labelName})`;
  return `${result.class}${radius}${truth}\nvotes of ${result.n} at sigma ${result.sigma}: ${votes.join(", ")}; wrong with probability at most ${result.alpha}`;
}
