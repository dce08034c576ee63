import { Command } from "commander";
import { type Evaluation, evaluate, exampleIndices } from "../certify/index.js";
import type { Split } from "../src/index.js";
import { floorTo } from "../src/index.js";
import { counted } from "../src/text/counted.js";
import { interruptible } from "./interrupt.js";
import { dataSpecFor } from "./model-defaults.js";
import { type ClassifierOptions, withClassifierOptions, withDataOptions } from "./model-options.js";
import { findModel } from "./model-source.js";
import { openData } from "./open-data.js";
import { openModel } from "./open-model.js";
import { integer } from "./options.js";
import { print, table } from "./print.js";
import { startProgress } from "./progress.js";

interface EvaluateOptions extends ClassifierOptions {
  readonly data?: string;
  readonly split: Split;
  readonly skip: number;
  readonly max?: number;
  readonly top: number;
  readonly confusion?: true;
  readonly json?: true;
}

const HELP = `
Accuracies are fractions of the images, rounded down. They say nothing of
robustness: see certify.

Examples:
  smoothcert evaluate runs/maxup
  smoothcert evaluate foreign.onnx --data cifar10:data --confusion
  smoothcert evaluate runs/maxup --split train --max 10000 --json`;

/** `smoothcert evaluate MODEL`: accuracy of the base classifier without noise. */
export function evaluateCommand(): Command {
  const command = new Command("evaluate")
    .description("measure a model's accuracy without noise: top 1, top k, confusion matrix")
    .argument("<model>", "a run folder, a TensorFlow.js model folder, or an .onnx file");
  withDataOptions(command, "What is evaluated:")
    .option("--skip <k>", "every k-th image", integer("--skip", 1), 1)
    .option("--max <n>", "of the first n images only", integer("--max", 1));
  withClassifierOptions(command);
  return command
    .optionsGroup("Output:")
    .option("--top <k>", "also count labels among the k largest scores", integer("--top", 1), 5)
    .option("--confusion", "print the confusion matrix: a row for each label, a column for each class given")
    .option("--json", "print one JSON object, with the confusion matrix")
    .addHelpText("after", HELP)
    .action(evaluateAction);
}

async function evaluateAction(path: string, options: EvaluateOptions): Promise<void> {
  const { skip, top } = options;
  const source = await findModel(path, options.engine, options.runtime);
  const data = await openData(options.data ?? dataSpecFor(path, source.metadata), options.split);
  const { classifier, dataset } = await openModel(source, data, options);
  const indices = exampleIndices(dataset.length, { skip, max: options.max ?? dataset.length });
  const progress = startProgress("evaluate", indices.length, "images");
  let done = 0;
  const stopped = (): string => `evaluate: stopped after ${done} of ${indices.length} images; nothing is kept of them.`;
  try {
    const found = await interruptible(
      (signal) =>
        evaluate(classifier, dataset, indices, {
          top,
          onBatch(images, right) {
            done = images;
            progress.update(images, `${right} right`);
            signal.throwIfAborted();
          },
        }),
      stopped,
    );
    progress.stop();
    const { classes } = dataset;
    print(options.json ? JSON.stringify({ ...found, top, classes }) : textOf(found, classes, options));
  } finally {
    progress.stop();
    await classifier.close?.();
  }
}

function textOf(found: Evaluation, classes: readonly string[], { top, confusion }: EvaluateOptions): string {
  const { images, right, rightInTop } = found;
  const inTop = rightInTop === undefined ? "" : `, among the top ${top}: ${percent(rightInTop, images)}`;
  const lines = [`accuracy of ${counted(images, "image")} without noise: ${percent(right, images)}${inTop}`];
  if (confusion) lines.push("", confusionTable(found, classes));
  return lines.join("\n");
}

function percent(count: number, images: number): string {
  return `${floorTo((100 * count) / images, 2)} %`;
}

function confusionTable({ confusion }: Evaluation, classes: readonly string[]): string {
  const rows = confusion.map((row, label) => [classes[label], ...row.map(String)]);
  return table([["label", ...classes], ...rows]);
}
