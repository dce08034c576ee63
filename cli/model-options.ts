import type { Command } from "commander";
import { BINARY_SCORES, type BinaryScore, type Layout, type PixelScaling } from "../certify/index.js";
import { ENGINE_CHOICES, type EngineChoice, LAWS, MAX_THREADS, NOISES, normName, type Split } from "../src/index.js";
import { type FeedOptions, RUNTIMES, type Runtime } from "./model-source.js";
import { integer, number, numberList, oneOf } from "./options.js";

/** What commands are told of how a foreign model is to be fed and read. */
export interface ForeignFeed {
  readonly layout?: Layout;
  readonly scale?: number;
  readonly mean?: number[];
  readonly std?: number[];
  readonly output?: string;
  readonly binary?: BinaryScore;
  /** The model's class for each class of the data set: a list, or a file. */
  readonly labels?: string;
}

/** What commands are told of how a model is to be run. */
export interface ClassifierOptions extends ForeignFeed {
  readonly runtime?: Runtime;
  readonly engine: EngineChoice;
  readonly threads?: number;
  readonly batchSize?: number;
  readonly provider?: string;
}

/** Those that say how a model is fed and computed, whatever computes it. */
export type FeedFlags = Partial<Omit<ClassifierOptions, "runtime" | "engine">>;

/** What commands that smooth a model are told of it, its data and the noise. */
export interface ModelOptions extends ClassifierOptions {
  readonly data?: string;
  readonly split: Split;
  readonly noise: string;
  readonly sigma?: number;
  readonly seed: number;
}

/** Adds --data and --split, the first group of a command. */
export function withDataOptions(command: Command, heading = "What is certified:"): Command {
  return command
    .optionsGroup(heading)
    .option("--data <spec>", "data set (see 'smoothcert data'); by default the one the model was trained on")
    .option("--split <split>", "train or test", oneOf("--split", ["train", "test"]), "test");
}

/** Adds --noise, --sigma and --seed, and begins the group of noise and bounds. */
export function withNoiseOptions(command: Command): Command {
  return command
    .optionsGroup("Noise and bounds:")
    .option("--noise <law>", noiseHelp(), oneOf("--noise", NOISES), NOISES[0])
    .option(
      "--sigma <s>",
      "noise level (standard deviation) for pixels in [0, 1], e.g. 0.5 or 64/255, or in a table's own units; by " +
        "default that of training",
      number("--sigma"),
    )
    .option("--seed <s>", "seed of the noise", integer("--seed", 0), 0);
}

/** What each law of smoothing is, and which norm its radii have: `gaussian (L2 radii) or uniform (L1 radii)`. */
function noiseHelp(): string {
  const radii = (noise: string): string =>
    normName(LAWS.filter((law) => law.noise === noise).map((law) => law.theorem(1).norm)[0]);
  return NOISES.map((noise) => `${noise} (${radii(noise)} radii)`).join(" or ");
}

/** Adds the options of {@link ClassifierOptions}, in two groups. */
export function withClassifierOptions(command: Command, runtimes: readonly string[] = RUNTIMES): Command {
  return withSpeedOptions(withRuntimeOptions(withFeedOptions(command), runtimes));
}

/** Adds the options that say how a model from another tool takes its input and gives its output, in a group. */
export function withFeedOptions(command: Command): Command {
  return command
    .optionsGroup("Model input and output (for models from other tools):")
    .option(
      "--layout <l>",
      "nchw or nhwc, if the shape of the model's input leaves it open",
      oneOf("--layout", ["nchw", "nhwc"]),
    )
    .option("--scale <k>", "multiply pixels in [0, 1] by this, e.g. 255", number("--scale"))
    .option("--mean <list>", "then subtract this: one number, or one per channel", numberList("--mean"))
    .option("--std <list>", "then divide by this: one number, or one per channel", numberList("--std"))
    .option("--output <name>", "onnx: the output that holds the scores, if the model has several")
    .option(
      "--binary <s>",
      "onnx: the model gives one score for two classes: logit (class 1 above 0) or probability (class 1 above 1/2)",
      oneOf("--binary", BINARY_SCORES),
    )
    .option(
      "--labels <map>",
      "the model's class for each class of the data, in order, e.g. 0,217,-,482, where - leaves out a class's " +
        "images; or a file with lines 'index' or 'name<TAB>index'. The model may still answer any of its classes",
    );
}

function withRuntimeOptions(command: Command, runtimes: readonly string[]): Command {
  return command
    .optionsGroup("Computation:")
    .option(
      "--runtime <r>",
      `${runtimes.join(", ")}${runtimes.includes("auto") ? " (the faster one, measured)" : ""}; by default ` +
        "that of a log, where there is one, or onnx if there is an .onnx file",
      oneOf("--runtime", runtimes),
    )
    .option("--engine <e>", "TensorFlow.js engine for --runtime tfjs", oneOf("--engine", ENGINE_CHOICES), "auto");
}

/** Adds --threads, --batch-size and --provider: how fast a model is computed. */
export function withSpeedOptions(command: Command): Command {
  return command
    .optionsGroup("Computation:")
    .option(
      "--threads <t>",
      "onnx: threads that run the model; by default OMP_NUM_THREADS, else one per core",
      integer("--threads", 1, MAX_THREADS),
    )
    .option(
      "--batch-size <b>",
      "inputs per batch; affects only the speed, by default the fastest found",
      integer("--batch-size", 1),
    )
    .option(
      "--provider <p>",
      "onnx: execution provider: cpu, openvino, openvino-bf16, wasm, webgpu, cuda, coreml or dml; by default cpu, or " +
        "wasm if onnxruntime-node is not installed",
    );
}

/** How the options want the model to be fed, read and computed. */
export function feedOf(options: FeedFlags): FeedOptions {
  const { layout, scale, mean, std, output, binary, threads, batchSize, provider } = options;
  const scaling: PixelScaling = { ...(scale !== undefined && { scale }), ...(mean && { mean }), ...(std && { std }) };
  return {
    ...(layout && { layout }),
    ...(Object.keys(scaling).length > 0 && { scaling }),
    ...(output !== undefined && { output }),
    ...(binary !== undefined && { binary }),
    ...(threads !== undefined && { threads }),
    ...(batchSize !== undefined && { batchSize }),
    ...(provider !== undefined && { provider }),
  };
}
