import { join } from "node:path";
import { Command } from "commander";
import { headerPath } from "../certify/index.js";
import { ENGINE_CHOICES, type EngineChoice, requireWritable, smoothingFor } from "../src/index.js";
import type { GivenSettings } from "../train/index.js";
import { runCertification } from "./certification.js";
import { drawCurves } from "./curve.js";
import { findModel } from "./model-source.js";
import { openData } from "./open-data.js";
import { oneOf, outputName } from "./options.js";
import { note, print, thisCommand } from "./print.js";
import { formatDuration } from "./progress.js";
import { runTraining } from "./training.js";

interface DemoOptions {
  readonly out: string;
  readonly engine: EngineChoice;
}

/** Small enough for minutes on two cores without a native engine, large enough for a curve worth looking at. */
const TRAINING = {
  data: "mnist",
  limit: 20_000,
  model: "lenet",
  objective: { name: "maxup", copies: 4 },
  sigma: 0.5,
  epochs: 2,
  warmup: 1,
  batch: 64,
} satisfies GivenSettings;

const CERTIFICATION = { n0: 100, n: 5000, alpha: 0.001, skip: 100, seed: 0 };

const HELP = `
If the demo is interrupted, rerun it to resume.

Example:
  smoothcert demo --out runs/demo`;

/** `smoothcert demo`: the main job from data to curve. */
export function demoCommand(): Command {
  return new Command("demo")
    .description("train on MNIST with MaxUp, certify 100 test images and draw the curve, in a few minutes")
    .option("--out <run>", "the run folder", outputName("--out"), join("runs", "demo"))
    .option("--engine <e>", "TensorFlow.js engine for training", oneOf("--engine", ENGINE_CHOICES), "auto")
    .addHelpText("after", HELP)
    .action(demo);
}

async function demo({ out, engine }: DemoOptions): Promise<void> {
  const start = performance.now();
  const [log, figure] = [join(out, "certify.tsv"), join(out, "curve.svg")];
  for (const file of [log, headerPath(log), figure]) requireWritable(file);
  const resumeCommand = thisCommand();
  note("1. Train");
  await runTraining({ out, settings: TRAINING, engine, resumeCommand });
  note("2. Certify");
  await certifyRun(out, log, resumeCommand);
  note("3. Draw the curve");
  await drawCurves([log], { out: figure, confidence: 0.95 });
  print(
    `model: ${join(out, "model")}, ${join(out, "model.onnx")}\nlog: ${log}, its header ${join(out, "certify.json")}`,
  );
  print(`Done in ${formatDuration((performance.now() - start) / 1000)}. Look at ${figure}.`);
}

async function certifyRun(run: string, log: string, resumeCommand: string): Promise<void> {
  const { sigma } = TRAINING;
  const dataset = await openData(TRAINING.data, "test");
  const classifier = await (await findModel(run, "auto", "onnx")).open(dataset.shape, {});
  const smoothing = smoothingFor("gaussian", dataset.pixelType, sigma);
  const certification = { ...CERTIFICATION, classifier, dataset, smoothing, trainingSigma: sigma, max: dataset.length };
  await runCertification({ run: certification, out: log, resumeCommand });
}
