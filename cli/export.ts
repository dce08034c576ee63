import { Command } from "commander";
import {
  loadModel,
  readOnnx,
  readOnnxMetadata,
  requireThat,
  requireWritable,
  saveOnnx,
  useEngine,
} from "../src/index.js";
import { oneOf, outputName } from "./options.js";
import { print } from "./print.js";

interface ExportOptions {
  readonly out: string;
  readonly layout: "nchw" | "nhwc";
  readonly fold: boolean;
  readonly json?: true;
}

const EXAMPLES = `
Examples:
  smoothcert export runs/maxup --out model.onnx
  smoothcert export path/to/tfjs-model --out model.onnx --layout nhwc --no-fold`;

/** `smoothcert export`: a TensorFlow.js model as an ONNX file. */
export function exportCommand(): Command {
  return new Command("export")
    .description("write a TensorFlow.js model as an ONNX file, with the record of its training")
    .argument("<model>", "a run folder, or the folder of a TensorFlow.js layers model")
    .requiredOption("--out <file>", "the ONNX file to write", outputName("--out"))
    .option(
      "--layout <layout>",
      "order of the input dimensions: nchw or nhwc",
      oneOf("--layout", ["nchw", "nhwc"]),
      "nchw",
    )
    .option("--no-fold", "do not fold batch norms into the convolutions before them")
    .option("--json", "print one JSON object")
    .addHelpText("after", EXAMPLES)
    .action(exportModel);
}

async function exportModel(path: string, { out, layout, fold, json }: ExportOptions): Promise<void> {
  requireThat(!path.endsWith(".onnx"), "export", "<model>", "a TensorFlow.js model, not an .onnx file already", path);
  requireThat(out.endsWith(".onnx"), "export", "--out", "a file name that ends in .onnx", out);
  requireWritable(out);
  // Only the weights are read: the engine that starts fastest will do.
  await useEngine("cpu");
  const { model, metadata, hash } = await loadModel(path);
  await saveOnnx(model, out, { layout, foldBatchNorm: fold, metadata });
  const bytes = await readOnnx(out);
  const { inputs, outputs } = readOnnxMetadata(bytes, out);
  const input = `${inputs[0].name} [${inputs[0].shape.join(", ")}]`;
  const output = `${outputs[0].name} [${outputs[0].shape.join(", ")}]`;
  const summary = { file: out, bytes: bytes.length, layout, input: inputs[0], output: outputs[0], model: path, hash };
  const size = `${(bytes.length / 1000).toFixed(1)} kB`;
  const text = `${out}: ${size}, input ${input}, output ${output}, ${metadata.architecture}`;
  print(json ? JSON.stringify(summary) : text);
}
