import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { LayersModel } from "@tensorflow/tfjs-layers";
import { buildModel, describeEngines, saveOnnx, useEngine } from "smoothcert";
import { type BaseClassifier, layersClassifier, onnxClassifier } from "smoothcert/certify";
import { completeSettings, createObjective, gaussianCopies, train } from "smoothcert/train";
import { randomImages } from "../random-images.js";
import { samplingSpeed } from "../sampling-speed.js";
import {
  type Case,
  type CertificationCase,
  READ_EVERY,
  SIGMA,
  type Size,
  shapeOf,
  type TrainingCase,
} from "./cases.js";
import { conformance } from "./conformance.js";
import { resnet50 } from "./resnet50.js";

/**
 * Measures one case on WebGPU in a process of its own, so that a driver that fails ends nothing else. Arguments: the
 * case as JSON, and the size. Prints one JSON object.
 */

const [one, size] = [JSON.parse(process.argv[2]) as Case, process.argv[3] as Size];

async function measure(): Promise<object> {
  switch (one.kind) {
    case "adapter":
      return (await describeEngines()).find(({ name }) => name === "webgpu")!;
    case "conformance":
      return conformance(size);
    case "train":
      await useEngine("webgpu");
      return { perSecond: await trainingSpeed(one) };
    case "certify":
      await useEngine("webgpu");
      return { perSecond: await certificationSpeed(one) };
  }
}

/** Images a second of training, its first steps left out. */
async function trainingSpeed({ net, batch, copies, steps }: TrainingCase): Promise<number> {
  const inputShape = shapeOf(net, size);
  const dataset = randomImages(inputShape, batch * (READ_EVERY + steps));
  const model = buildModel(net, { inputShape, classes: 10, seed: 0 });
  const settings = completeSettings({ epochs: 1, batch, lr: 0.01, warmup: 0 });
  const objective = createObjective(copies === 1 ? { name: "gaussian" } : { name: "maxup", copies });
  let [start, end] = [0, 0];
  const onStep = ({ step }: { step: number }): void => {
    if (step === READ_EVERY) start = performance.now();
    end = performance.now();
  };
  const augmentation = gaussianCopies(SIGMA);
  await train({ model, dataset, objective, augmentation, settings, readEvery: READ_EVERY, hooks: { onStep } });
  return (batch * steps * 1000) / (end - start);
}

/** Noisy samples a second, noise and counting included. */
async function certificationSpeed({ net, runtime, batch, samples }: CertificationCase): Promise<number> {
  const inputShape = shapeOf(net, size);
  const model = net === "resnet50" ? resnet50(inputShape) : buildModel(net, { inputShape, classes: 10, seed: 0 });
  const folder = mkdtempSync(join(tmpdir(), "smoothcert-gpu-"));
  try {
    const classifier = await open(model, runtime, { batch, folder });
    const speed = await samplingSpeed(classifier, SIGMA, samples);
    await classifier.close?.();
    return speed;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function open(
  model: LayersModel,
  runtime: CertificationCase["runtime"],
  { batch: batchSize, folder }: { batch: number; folder: string },
): Promise<BaseClassifier> {
  const imageShape = model.inputs[0].shape.slice(1) as [number, number, number];
  if (runtime === "tfjs") {
    return layersClassifier(model, { name: model.name, hash: "", imageShape, engine: "webgpu", batchSize });
  }
  const path = join(folder, "model.onnx");
  await saveOnnx(model, path);
  return onnxClassifier(path, { imageShape, provider: "webgpu", batchSize });
}

process.stdout.write(`${JSON.stringify(await measure())}\n`);
// Dawn and ONNX Runtime may keep threads.
process.exit(0);
