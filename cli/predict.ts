import { Command } from "commander";
import { ABSTAIN, type BaseClassifier, SmoothedClassifier } from "../certify/index.js";
import {
  ArgumentError,
  decodeImage,
  floorTo,
  type ImageShape,
  type Norm,
  normName,
  type Pixels,
  type PixelType,
  requireThat,
  smoothingFor,
  visibleLine,
} from "../src/index.js";
import { dataSpecFor, sigmaFor } from "./model-defaults.js";
import { type ModelOptions, withClassifierOptions, withDataOptions, withNoiseOptions } from "./model-options.js";
import { findModel, type ModelSource } from "./model-source.js";
import { openData } from "./open-data.js";
import { openAlone, openModel } from "./open-model.js";
import { imageSize, integer, number } from "./options.js";
import { print, warn } from "./print.js";

interface PredictOptions extends ModelOptions {
  readonly n: number;
  readonly n0: number;
  readonly alpha: number;
  readonly radius?: true;
  readonly resize?: true;
  readonly size?: ImageShape;
  readonly json?: true;
}

const HELP = `
An image file needs no --data: its size must be that of the model's input, or
--size if the input leaves it open.

Examples:
  smoothcert predict runs/maxup 7
  smoothcert predict runs/maxup seven.png --radius --n 10000
  smoothcert predict foreign.onnx seven.png --sigma 0.25
  smoothcert predict flat.onnx seven.png --sigma 0.25 --size 28x28x1`;

/** `smoothcert predict MODEL INPUT`: Cohen's PREDICT, or CERTIFY with --radius, on one image. */
export function predictCommand(): Command {
  const command = new Command("predict")
    .description("predict the class of one image under noise, or abstain; with --radius, certify it")
    .argument("<model>", "a run folder, a TensorFlow.js model folder, or an .onnx file")
    .argument("<input>", "an image file, or the index of an image in --data");
  withDataOptions(command, "What is predicted:")
    .option("--size <HxWxC>", "height, width and channels, if the model leaves them open", imageSize("--size"))
    .option("--resize", "resize an image file to the size of the model's input");
  withNoiseOptions(command).option(
    "--alpha <a>",
    "failure probability: of a class that is not the smoothed classifier's, or of a radius that is too large",
    number("--alpha"),
    0.001,
  );
  withSampleOptions(command);
  withClassifierOptions(command);
  return command
    .optionsGroup("Output:")
    .option("--radius", "certify the prediction: give its radius too")
    .option("--json", "print one JSON object")
    .addHelpText("after", HELP)
    .action(predict);
}

function withSampleOptions(command: Command): Command {
  return command
    .optionsGroup("Samples:")
    .option(
      "--n0 <n>",
      "with --radius, samples that select the class; 0: the n samples below select it too, at alpha/classes",
      integer("--n0", 0),
      100,
    )
    .option(
      "--n <n>",
      "samples that choose the class; with --radius, that bound its probability",
      integer("--n", 1),
      1000,
    );
}

/**
 * What is predicted: an image, by what, its kind of noise and place in its address, and what the classes are called.
 */
interface Input {
  readonly classifier: BaseClassifier;
  readonly pixels: Pixels;
  readonly pixelType: PixelType;
  readonly example: number;
  readonly classes: readonly string[];
  readonly label?: number;
}

/** What is printed of a prediction. */
interface Result {
  readonly predict: number;
  readonly class: string;
  readonly radius?: number;
  readonly norm?: Norm;
  readonly pALower?: number;
  readonly label?: number;
  readonly labelName?: string;
  readonly sigma: number;
  readonly n: number;
  readonly alpha: number;
  readonly votes: readonly { readonly class: string; readonly count: number }[];
}

async function predict(path: string, input: string, options: PredictOptions): Promise<void> {
  const source = await findModel(path, options.engine, options.runtime);
  const sigma = options.sigma ?? sigmaFor(path, source.metadata);
  const opened = await openInput(path, input, source, options);
  const result = await resultOf(opened, sigma, options);
  print(options.json ? JSON.stringify(result) : describe(result));
}

async function resultOf(input: Input, sigma: number, options: PredictOptions): Promise<Result> {
  const { classifier, pixels, pixelType, example, classes, label } = input;
  const { n, n0, alpha, seed } = options;
  const smoothing = smoothingFor(options.noise, pixelType, sigma);
  const smoothed = new SmoothedClassifier(classifier, smoothing, seed);
  const certificate = options.radius ? await smoothed.certify(pixels, example, { n0, n, alpha }) : undefined;
  const answer = certificate ?? (await smoothed.predict(pixels, example, n, alpha));
  const name = (c: number): string => (c === ABSTAIN ? "abstain" : (classes[c] ?? String(c)));
  return {
    predict: answer.predict,
    class: name(answer.predict),
    ...(certificate && { radius: certificate.radius, norm: smoothing.norm, pALower: certificate.pALower }),
    ...(label !== undefined && { label, labelName: name(label) }),
    sigma,
    n,
    alpha,
    votes: [...answer.counts].map((count, c) => ({ class: name(c), count })),
  };
}

async function openInput(path: string, input: string, source: ModelSource, options: PredictOptions): Promise<Input> {
  if (!/^\d+$/.test(input)) return openFile(path, input, source, options);
  const data = await openData(options.data ?? dataSpecFor(path, source.metadata), options.split);
  const { classifier, dataset } = await openModel(source, data, options);
  const example = integer("<input>", 0, dataset.length - 1)(input);
  const { classes, pixelType } = dataset;
  return { classifier, ...dataset.example(example), pixelType, example, classes };
}

async function openFile(path: string, input: string, source: ModelSource, options: PredictOptions): Promise<Input> {
  const { classifier, classes } = await openForFiles(path, source, options);
  const pixels = await decodeImage(input, classifier.inputShape, { resize: options.resize === true, warn });
  return { classifier, pixels, pixelType: "bytes", example: 0, classes };
}

/** The model, for images of the size that --data or --size or the model itself tells, and the names of its classes. */
async function openForFiles(
  path: string,
  source: ModelSource,
  options: PredictOptions,
): Promise<{ classifier: BaseClassifier; classes: readonly string[] }> {
  const { data, size, labels } = options;
  if (data !== undefined) {
    requireThat(size === undefined, "predict", "--size", "left out with --data, which gives the size", size);
    const { classifier, dataset } = await openModel(source, await openData(data, options.split), options);
    return { classifier, classes: dataset.classes };
  }
  requireThat(labels === undefined, "predict", "--labels", "left out without --data, whose classes it maps", labels);
  const shape = size ?? source.metadata?.inputShape ?? source.imageShape(options.layout);
  if (shape !== undefined) {
    const classifier = await openAlone(source, shape, options);
    return { classifier, classes: source.metadata?.classes ?? [] };
  }
  const found = `${path} doesn't say the size of its images${source.inputs === "" ? "" : ` (${source.inputs})`}`;
  const message = `--data or --size must be given: ${found}. For instance --size 28x28x1. See: smoothcert data`;
  throw new ArgumentError(message, "--data", undefined);
}

function describe(result: Result): string {
  const top = result.votes.filter(({ count }) => count > 0).sort((a, b) => b.count - a.count);
  const votes = top.slice(0, 5).map(({ class: name, count }) => `${visibleLine(name)} ${count}`);
  const radius = result.norm === undefined ? "" : `, ${normName(result.norm)} radius ${floorTo(result.radius!, 4)}`;
  const truth = result.labelName === undefined ? "" : ` (label ${visibleLine(result.labelName)})`;
  const counts = `votes of ${result.n} at sigma ${result.sigma}: ${votes.join(", ")}`;
  return `${visibleLine(result.class)}${radius}${truth}\n${counts}; failure probability at most ${result.alpha}`;
}
