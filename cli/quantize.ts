import { existsSync, statSync } from "node:fs";
import { join } from "node:path";
import { Command } from "commander";
import {
  type BaseClassifier,
  CALIBRATIONS,
  type CalibrationMethod,
  calibrate,
  type OnnxClassifierOptions,
  onnxClassifier,
} from "../certify/index.js";
import {
  ArgumentError,
  type Dataset,
  FileError,
  keptExamples,
  type QuantizationProbe,
  quantizationProbe,
  quantizeOnnx,
  readLabelMap,
  readOnnx,
  readOnnxMetadata,
  requireThat,
  requireWritable,
  type Split,
  shellWord,
  smoothingFor,
  type TensorRange,
  type WeightBits,
  writeTarget,
  writeWhole,
} from "../src/index.js";
import { interruptible } from "./interrupt.js";
import { dataSpecFor, sigmaFor } from "./model-defaults.js";
import { type ForeignFeed, feedOf, withFeedOptions } from "./model-options.js";
import { openData } from "./open-data.js";
import { feedFor, underLabelsOf } from "./open-model.js";
import { integer, number, oneOf, outputName } from "./options.js";
import { inUnits, note, print } from "./print.js";
import { startProgress } from "./progress.js";
import { type Comparison, compare } from "./quantize-check.js";
import { reportJson, reportText } from "./quantize-report.js";
import { spread } from "./spread.js";

interface QuantizeOptions extends ForeignFeed {
  readonly data?: string;
  readonly split: Split;
  readonly sigma?: number;
  readonly seed: number;
  readonly out?: string;
  readonly images: number;
  readonly calibration: CalibrationMethod;
  readonly perTensor?: true;
  readonly weightBits: string;
  readonly check: number;
  readonly json?: true;
}

const HELP = `
The int8 model is a classifier of its own: certify it with 'smoothcert certify'.
Its certificates are about itself, not about the float model. Rerunning the same
command writes the same bytes. docs/quantize.md says how the model is made.

Examples:
  smoothcert quantize runs/maxup
  smoothcert quantize foreign.onnx --data cifar10:data --sigma 0.25 --out foreign.int8.onnx
  smoothcert certify runs/maxup/model.int8.onnx --n 100000 --skip 20`;

/** `smoothcert quantize MODEL`: an int8 model, calibrated under noise, and what it costs and gains. */
export function quantizeCommand(): Command {
  const command = new Command("quantize")
    .description("make an int8 ONNX model, calibrated on noisy images, that runs faster on CPUs")
    .argument("<model>", "an .onnx file, or a run folder that holds one");
  withCalibrationOptions(command);
  withFeedOptions(command);
  return command
    .optionsGroup("Check and output:")
    .option(
      "--check <n>",
      "test images on which both models are certified and compared; 0: none",
      integer("--check", 0),
      100,
    )
    .option("--out <file>", "the file to write; by default MODEL.int8.onnx beside the model", outputName("--out"))
    .option("--json", "print one JSON object")
    .addHelpText("after", HELP)
    .action(quantize);
}

function withCalibrationOptions(command: Command): Command {
  return command
    .optionsGroup("Calibration images:")
    .option("--data <spec>", "data set (see 'smoothcert data'); by default the one the model was trained on")
    .option("--split <split>", "train or test", oneOf("--split", ["train", "test"]), "train")
    .option("--images <n>", "how many, one noisy copy of each", integer("--images", 1), 256)
    .option("--sigma <s>", "noise level; by default that of training", number("--sigma"))
    .option("--seed <s>", "seed of the noise", integer("--seed", 0), 0)
    .optionsGroup("Quantisation:")
    .option(
      "--calibration <m>",
      "minmax (the whole range seen) or percentile (without 0.001 % at each end)",
      oneOf("--calibration", CALIBRATIONS),
      "minmax",
    )
    .option("--per-tensor", "one scale for all weights of a layer, instead of one per channel")
    .option(
      "--weight-bits <b>",
      "7 (no x86 processor saturates) or 8 (more exact, for processors with VNNI)",
      oneOf("--weight-bits", ["7", "8"]),
      "7",
    );
}

async function quantize(path: string, options: QuantizeOptions): Promise<void> {
  const file = onnxFileOf(path);
  const out = outputOf(file, options);
  const bytes = await readOnnx(file);
  const { metadata } = readOnnxMetadata(bytes, file);
  const probe = quantizationProbe(bytes, file);
  const sigma = options.sigma ?? sigmaFor(path, metadata);
  requireThat(sigma > 0 && sigma < Infinity, "quantize", "--sigma", "finite and greater than 0", sigma);
  const spec = options.data ?? dataSpecFor(path, metadata);
  const dataset = await openData(spec, options.split);
  const indices = spread(dataset.length, options.images);
  const test = options.check === 0 ? undefined : await openTest(file, { spec, indices, dataset }, options);
  const ranges = await observe(probe, { file, dataset, indices, sigma, options });
  const quantized = quantizeOnnx(bytes, ranges, {
    path: file,
    perChannel: options.perTensor !== true,
    weightBits: Number(options.weightBits) as WeightBits,
    record: recordOf(dataset, indices, sigma, options),
  });
  await writeWhole(out, quantized);
  const comparison = test && (await check(out, sigma, test, options));
  const report = { file, out, sizes: [bytes.length, quantized.length] as const, ranges, comparison };
  print(options.json ? JSON.stringify(reportJson(report)) : reportText(report));
}

function outputOf(file: string, options: QuantizeOptions): string {
  const out = options.out ?? file.replace(/\.onnx$/, ".int8.onnx");
  const isAnother = writeTarget(out) !== writeTarget(file);
  requireThat(out.endsWith(".onnx") && isAnother, "quantize", "--out", "another file name that ends in .onnx", out);
  requireWritable(out);
  return out;
}

function onnxFileOf(path: string): string {
  if (!existsSync(path)) throw new FileError(path, "expected an .onnx file or a run folder, found nothing");
  const file = statSync(path).isDirectory() ? join(path, "model.onnx") : path;
  if (file.endsWith(".onnx") && existsSync(file)) return file;
  const remedy = `Make one with: smoothcert export ${shellWord(path)} --out model.onnx`;
  throw new ArgumentError(`quantize needs an .onnx file, found none in ${path}. ${remedy}`, "<model>", path);
}

/** What the file says of how it was made. */
function recordOf(dataset: Dataset, indices: readonly number[], sigma: number, options: QuantizeOptions): object {
  const { calibration, seed } = options;
  const { name, split } = dataset;
  return { calibration, images: indices.length, data: { name, split, hash: dataset.hash() }, sigma, seed };
}

interface Observation {
  readonly file: string;
  readonly dataset: Dataset;
  readonly indices: readonly number[];
  readonly sigma: number;
  readonly options: QuantizeOptions;
}

/** @throws InterruptedError after Ctrl-C */
async function observe(probe: QuantizationProbe, observation: Observation): Promise<Map<string, TensorRange>> {
  const { file, dataset, indices, sigma, options } = observation;
  const { calibration: method, seed } = options;
  const { layout, scaling } = feedOf(options);
  note(`Quantising ${file} on ${indices.length} noisy images of ${dataset.name} ${dataset.split}`);
  note(`  sigma ${inUnits(sigma, dataset.pixelType)}, ${method} calibration, seed ${seed}`);
  const progress = startProgress("calibrate", (method === "percentile" ? 2 : 1) * indices.length, "images");
  let seen = 0;
  const onImages = (more: number): void => {
    seen += more;
    progress.update(seen, `${probe.values.length} values`);
  };
  const feed = { ...(layout && { layout }), ...(scaling && { scaling }) };
  const noise = smoothingFor("gaussian", dataset.pixelType, sigma);
  const settings = { path: file, dataset, indices, noise, seed, method, onImages, ...feed };
  try {
    return await interruptible(
      (signal) => calibrate(probe, { ...settings, signal }),
      () => "stopped before the calibration was done; nothing was written",
    );
  } finally {
    progress.stop();
  }
}

/** What the models are compared with, opened before the calibration so that what doesn't fit is found at once. */
interface TestImages {
  readonly float: BaseClassifier;
  readonly feed: OnnxClassifierOptions;
  /** The test set, under the model's labels. */
  readonly dataset: Dataset;
  /** Its images that the calibration doesn't see. */
  readonly heldOut: readonly number[];
}

interface CalibrationImages {
  readonly spec: string;
  readonly indices: readonly number[];
  readonly dataset: Dataset;
}

async function openTest(file: string, calibrated: CalibrationImages, options: QuantizeOptions): Promise<TestImages> {
  const { dataset, spec, indices } = calibrated;
  const data = dataset.split === "test" ? dataset : await openData(spec, "test");
  const map = options.labels === undefined ? undefined : await readLabelMap(options.labels, data.classes);
  const feed = { ...feedFor(data, map, options), imageShape: data.shape };
  const float = await onnxClassifier(file, feed);
  const seen = new Set(data === dataset ? indices : []);
  const kept = map === undefined ? Array.from({ length: data.length }, (_, i) => i) : keptExamples(data, map);
  const heldOut = kept.flatMap((original, i) => (seen.has(original) ? [] : [i]));
  requireThat(heldOut.length > 0, "quantize", "--images", `fewer than the ${data.length} images`, options.images);
  return { float, feed, dataset: underLabelsOf(float, data, map), heldOut };
}

/** Compares both models on test images that the calibration didn't see. */
async function check(
  out: string,
  sigma: number,
  { float, feed, dataset, heldOut }: TestImages,
  options: QuantizeOptions,
): Promise<Comparison> {
  const int8 = await onnxClassifier(out, feed);
  const indices = spread(heldOut.length, options.check).map((i) => heldOut[i]);
  return compare({ float, int8, out, dataset, indices, sigma, seed: options.seed });
}
