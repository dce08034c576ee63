import { Command } from "commander";
import { ABSTAIN, SmoothedClassifier } from "../certify/index.js";
import {
  ArgumentError,
  type Dataset,
  decodeImage,
  type ImageShape,
  noiseFor,
  type Pixels,
  requireThat,
  visibleLine,
} from "../src/index.js";
import { dataSpecFor, sigmaFor } from "./model-defaults.js";
import { feedOf, type ModelOptions, withModelOptions } from "./model-options.js";
import { findModel, type ModelSource } from "./model-source.js";
import { openData } from "./open-data.js";
import { integer, number } from "./options.js";
import { floorTo, print, warn } from "./print.js";

interface PredictOptions extends ModelOptions {
  readonly n: number;
  readonly n0: number;
  readonly alpha: number;
  readonly radius?: true;
  readonly resize?: true;
  readonly json?: true;
}

/** `smoothcert predict MODEL INPUT`: Cohen's PREDICT, or CERTIFY with --radius, on one image. */
export function predictCommand(): Command {
  const command = new Command("predict")
    .description("predict the class of one image under Gaussian noise, or abstain; with --radius, certify it")
    .argument("<model>", "a run folder, a TensorFlow.js model folder, or an .onnx file")
    .argument("<input>", "an image file, or the index of an image in --data")
    .option("--n <n>", "samples", integer("--n", 1), 1000)
    .option("--n0 <n>", "samples that select the class, with --radius", integer("--n0", 1), 100)
    .option("--alpha <a>", "probability of a wrong answer", number("--alpha"), 0.001)
    .option("--radius", "certify: give the L2 radius too")
    .option("--resize", "bring an image file to the model's size")
    .option("--json", "print one JSON object")
    .addHelpText(
      "after",
      "\nExamples:\n  smoothcert predict runs/maxup 7\n  smoothcert predict runs/maxup seven.png --radius --n 10000",
    )
    .action(predict);
  return withModelOptions(command);
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
  requireThat(sigma > 0 && sigma < Infinity, "predict", "sigma", "finite and greater than 0", sigma);
  const { pixels, shape, example, classes, label } = await readInput(path, input, source, options);
  const smoothed = new SmoothedClassifier(
    await source.open(shape, feedOf(options)),
    noiseFor(pixels instanceof Uint8Array ? "bytes" : "floats", sigma),
    options.seed,
  );
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
    const dataset = await openData(options.data ?? dataSpecFor(path, source.metadata), options.split);
    const example = integer("<input>", 0, dataset.length - 1)(input);
    return { ...dataset.example(example), shape: dataset.shape, example, classes: dataset.classes };
  }
  const { shape, classes } = await imageForm(path, source, options);
  const pixels = await decodeImage(input, shape, { resize: options.resize === true, warn });
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
  const dataset: Dataset = await openData(options.data, options.split);
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
  const votes = top.slice(0, 5).map(({ class: name, count }) => `${visibleLine(name)} ${count}`);
  const radius = result.radius === undefined ? "" : `, L2 radius ${floorTo(result.radius, 4)}`;
  const truth = result.labelName === undefined ? "" : ` (label ${visibleLine(result.labelName)})`;
  return `${visibleLine(result.class)}${radius}${truth}\nvotes of ${result.n} at sigma ${result.sigma}: ${votes.join(", ")}; wrong with probability at most ${result.alpha}`;
}
