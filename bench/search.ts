import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import type * as tfl from "@tensorflow/tfjs-layers";
import { buildModel, type Dataset, gaussianNoise, loadDataset, saveOnnx, useEngine } from "smoothcert";
import { certifyDataset, onnxClassifier, SmoothedClassifier } from "smoothcert/certify";
import {
  completeSettings,
  gaussianCopies,
  loadCheckpoint,
  saveCheckpoint,
  type TrainSettings,
  train,
} from "smoothcert/train";
import { type HeldBack, holdBack } from "../train/validation/hold-back.js";
import { CANDIDATES, type Candidate } from "./search/candidates.js";
import { SIGMA, searchRows } from "./search/rows.js";

/**
 * The search for a method of our own at equal cost: trains the candidates on all of MNIST's training images but 500,
 * and certifies those 500 at sigma 0.5, with 4,000 samples each. Votes go to bench/search/rows, one row per image; what
 * is there is neither trained nor certified again, and trainings go on where they were interrupted. After `npm run
 * build`: node dist/bench/search.js FOLDER [PROVIDER], where FOLDER keeps models and checkpoints, and ONNX Runtime's
 * provider is that of `certify`. `node dist/bench/search/table.js` compares what there is.
 */

const HELD_BACK = 500;
const SAMPLES = { n0: 100, n: 4000, alpha: 0.001 };

/** The steps of the recipe mnist/gaussian, but from He's weights with a rate that rises over the first 100 of them. */
function settingsOf({ epochs, warmup }: Candidate): TrainSettings {
  const lrStep = Math.ceil(epochs / 3);
  return completeSettings({ epochs, warmup, batch: 256, lr: 0.01, schedule: "step", lrStep, seed: 0 });
}

async function trained(candidate: Candidate, dataset: Dataset, folder: string): Promise<tfl.LayersModel> {
  const { sigma, objective, name, epochs } = candidate;
  const where = join(folder, "checkpoint");
  const model = buildModel("lenet", { inputShape: dataset.shape, classes: dataset.classes.length, seed: 0 });
  await train({
    model,
    dataset,
    objective,
    augmentation: gaussianCopies(sigma),
    settings: settingsOf(candidate),
    ...(existsSync(where) && { resume: await loadCheckpoint(where) }),
    checkpoint: { where, save: (state) => saveCheckpoint(where, state) },
    hooks: {
      onEpoch: ({ epoch, loss }) => console.error(`${name}: epoch ${epoch}/${epochs}, loss ${loss.toFixed(3)}`),
    },
  });
  return model;
}

async function measured(candidate: Candidate, { training, validation }: HeldBack, folder: string): Promise<void> {
  const rows = searchRows(candidate.name);
  const indices = Array.from({ length: HELD_BACK }, (_, i) => i).slice(rows.all().length);
  if (indices.length === 0) return;
  mkdirSync(folder, { recursive: true });
  const path = join(folder, "model.onnx");
  if (!existsSync(path)) await saveOnnx(await trained(candidate, training, folder), path);
  const base = await onnxClassifier(path, { imageShape: validation.shape, provider: process.argv[3] });
  const smoothed = new SmoothedClassifier(base, gaussianNoise(SIGMA), 0);
  for await (const row of certifyDataset(smoothed, validation, indices, SAMPLES)) {
    const { idx, label, predict, nA = 0, n = 0, radius } = row;
    rows.add({ idx, label, predict, nA, n, radius });
  }
  await base.close?.();
}

const [where = "runs/search"] = process.argv.slice(2);
await useEngine("auto");
const data = holdBack(await loadDataset("mnist", "train"), HELD_BACK);
for (const candidate of CANDIDATES) await measured(candidate, data, join(where, candidate.name));
