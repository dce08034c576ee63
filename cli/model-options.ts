import type { Command } from "commander";
import { BINARY_SCORES, type BinaryScore, type Layout, type PixelScaling } from "../certify/index.js";
import { ENGINE_CHOICES, type EngineChoice, MAX_THREADS, type Split } from "../src/index.js";
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

/** What commands that smooth a model are told of it, its data and the noise. */
export interface ModelOptions extends ClassifierOptions {
  readonly data?: string;
  readonly split: Split;
  readonly sigma?: number;
  readonly seed: number;
}

/** Adds the options of {@link ModelOptions} to a command. */
export function withModelOptions(command: Command): Command {
  command
    .option("--data <spec>", "data set (see 'smoothcert data'); by default the one the model was trained on")
    .option("--split <split>", "train or test", oneOf("--split", ["train", "test"]), "test")
    .option(
      "--sigma <s>",
      "noise level for pixels in [0, 1], e.g. 0.5 or 64/255, or in a table's own units; by default that of training",
      number("--sigma"),
    )
    .option("--seed <s>", "seed of the noise", integer("--seed", 0), 0);
  return withClassifierOptions(command);
}

/** Adds the options of {@link ClassifierOptions} to a command. */
export function withClassifierOptions(command: Command): Command {
  command
    .option("--runtime <r>", "onnx or tfjs; by default onnx where there is an .onnx file", oneOf("--runtime", RUNTIMES))
    .option("--engine <e>", "TensorFlow.js engine for --runtime tfjs", oneOf("--engine", ENGINE_CHOICES), "auto");
  return withFeedOptions(command)
    .option(
      "--threads <t>",
      "onnx: threads that label noisy copies; by default one a core",
      integer("--threads", 1, MAX_THREADS),
    )
    .option(
      "--batch-size <b>",
      "noisy copies in a batch, which changes nothing but the speed; by default as many as prove fast",
      integer("--batch-size", 1),
    )
    .option(
      "--provider <p>",
      "onnx: ONNX Runtime's execution provider: cpu, wasm, webgpu, cuda, coreml, dml; by default cpu, or wasm where " +
        "onnxruntime-node is not installed",
    );
}

/** Adds the options that tell how a foreign model is to be fed and read. */
export function withFeedOptions(command: Command): Command {
  return command
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
    .option("--output <name>", "onnx: the output that holds the scores, where the model has several")
    .option(
      "--binary <s>",
      "onnx: one score an image is two classes: logit (class 1 where it is above 0) or probability (above 1/2)",
      oneOf("--binary", BINARY_SCORES),
    )
    .option(
      "--labels <map>",
      "the model's class for each class of the data, in order, e.g. 0,217,-,482 (- leaves its images out), or a file " +
        "of lines 'index' or 'name<TAB>index'; radii and votes are then over all classes of the model",
    );
}

/** How the options want the model to be fed, read and computed. */
export function feedOf(options: Partial<ClassifierOptions>): FeedOptions {
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
