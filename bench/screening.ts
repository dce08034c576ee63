import { appendFileSync, existsSync, readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import * as tf from "@tensorflow/tfjs-core";
import type * as tfl from "@tensorflow/tfjs-layers";
import {
  buildModel,
  type Dataset,
  type EngineChoice,
  gaussianNoise,
  gridNoise,
  loadDataset,
  saveOnnx,
  takeFirst,
  useEngine,
} from "smoothcert";
import { certifyDataset, type LogRow, onnxClassifier, SmoothedClassifier, summarizeCurve } from "smoothcert/certify";
import {
  completeSettings,
  copyLosses,
  drawCopies,
  exampleBatch,
  gaussian,
  gaussianCopies,
  inputGradients,
  maxup,
  noisyCopies,
  type Objective,
  type TrainState,
  train,
} from "smoothcert/train";

/**
 * MaxUp with linear screening beside exact MaxUp, LeNet on MNIST: what a step costs, which copies are found, and what
 * the trained networks are certified for. Rows go to bench/screening.tsv as they are measured; what is there is not
 * measured again. After `npm run build`: node dist/bench/screening.js [engine] [step|agreement|training]
 */

const FILE = fileURLToPath(new URL("../../bench/screening.tsv", import.meta.url));
const SIGMAS = [0.25, 0.5, 1] as const;

/** The rows of one measurement: its key, columns joined by tabs, and values by name. */
async function measureOnce(
  key: readonly (string | number)[],
  measure: () => Record<string, number> | Promise<Record<string, number>>,
): Promise<void> {
  const start = key.join("\t");
  if (existsSync(FILE) && readFileSync(FILE, "utf8").includes(`${start}\t`)) return;
  const values = Object.entries(await measure());
  appendFileSync(FILE, values.map(([name, value]) => `${start}\t${name}\t${Number(value.toPrecision(5))}\n`).join(""));
  console.log(key.join(" "), values.map(([name, value]) => `${name} ${value.toPrecision(4)}`).join(", "));
}

function lenet(dataset: Dataset): tfl.LayersModel {
  return buildModel("lenet", { inputShape: dataset.shape, classes: dataset.classes.length, seed: 1 });
}

/** Copies m and screening K; K = m scores all copies. */
type Method = readonly [copies: number, screen: number];

const BATCH = 64;
const ROUNDS = 9;
const STEP_METHODS: readonly Method[] = [
  [1, 1],
  [4, 4],
  [25, 25],
  [25, 1],
  [25, 3],
  [25, 5],
  [100, 3],
  [150, 3],
];

/** Milliseconds of a step, all methods in each round, and of drawing its copies alone. */
async function measureSteps(engine: string, training: Dataset): Promise<void> {
  for (let round = 0; round <= ROUNDS; round++) {
    for (const [copies, screen] of STEP_METHODS) {
      const key = ["step", engine, 0.5, copies, screen, round];
      await measureOnce(key, async () => ({
        step: await stepTime(training, maxup(copies, screen)),
        draw: drawTime(training, screen),
      }));
    }
  }
}

async function stepTime(training: Dataset, objective: Objective): Promise<number> {
  const model = lenet(training);
  const seconds: number[] = [];
  const hooks = { onStep: ({ last }: { last: { seconds: number } }) => void seconds.push(last.seconds) };
  const settings = completeSettings({ epochs: 1, warmup: 0, batch: BATCH });
  const dataset = takeFirst(training, 4 * BATCH);
  await train({ model, dataset, objective, augmentation: gaussianCopies(0.5), settings, hooks });
  model.dispose();
  return 1000 * Math.min(...seconds);
}

function drawTime(dataset: Dataset, copies: number): number {
  const start = performance.now();
  const examples = Array.from({ length: BATCH }, (_, i) => i);
  const draw = { dataset, augmentation: gaussianCopies(0.5), examples, copies, seed: 1, firstSample: 0 };
  tf.tidy(() => void drawCopies(draw).images.shape);
  return performance.now() - start;
}

const PROBES = 200;

/** On a partly trained network: how often the screened copies hold the worst of m, and the largest loss among them. */
async function measureAgreement(engine: string, training: Dataset, test: Dataset): Promise<void> {
  for (const sigma of SIGMAS) {
    const model = lenet(training);
    const settings = completeSettings({ epochs: 1, warmup: 0, batch: BATCH, schedule: "step", seed: 1 });
    const dataset = takeFirst(training, 10_000);
    await train({ model, dataset, objective: gaussian(), augmentation: gaussianCopies(sigma), settings });
    for (const copies of [4, 25, 100]) {
      const table = scoredCopies(model, test, sigma, copies);
      for (const screen of [1, 2, 3, 5, 10].filter((k) => k < copies)) {
        await measureOnce(["agreement", engine, sigma, copies, screen, 0], () => agreement(table, screen));
      }
    }
    model.dispose();
  }
}

/**
 * Of each probe's copies, in the order of their first-order losses: the losses. And in the order in which they were
 * drawn.
 */
interface ScoredCopies {
  readonly ranked: readonly (readonly number[])[];
  readonly drawn: readonly (readonly number[])[];
}

function scoredCopies(model: tfl.LayersModel, test: Dataset, sigma: number, copies: number): ScoredCopies {
  const examples = Array.from({ length: PROBES }, (_, i) => i);
  const augmentation = noisyCopies(gaussianNoise(sigma));
  return tf.tidy(() => {
    const batch = exampleBatch({ dataset: test, augmentation, examples, copies, seed: 3, firstSample: 0 });
    const drawn = batch.draw();
    const losses = copyLosses(model, drawn);
    const gradients = tf.reshape(inputGradients(model, batch.clean()), [PROBES, -1, 1]);
    const products = tf.matMul(tf.reshape(drawn.images, [PROBES, copies, -1]), gradients).dataSync();
    const rows = examples.map((e) => Array.from({ length: copies }, (_, c) => e * copies + c));
    return {
      drawn: rows.map((own) => own.map((row) => losses[row])),
      ranked: rows.map((own) => own.sort((a, b) => products[b] - products[a]).map((row) => losses[row])),
    };
  });
}

function agreement({ ranked, drawn }: ScoredCopies, screen: number): Record<string, number> {
  const mean = (of: (losses: readonly number[]) => number, table = ranked): number =>
    table.reduce((sum, losses) => sum + of(losses), 0) / table.length;
  const exact = mean((losses) => Math.max(...losses));
  return {
    agreement: mean((losses) => (Math.max(...losses.slice(0, screen)) === Math.max(...losses) ? 1 : 0)),
    found: mean((losses) => Math.max(...losses.slice(0, screen))) / exact,
    foundWithoutRanking: mean((losses) => Math.max(...losses.slice(0, screen)), drawn) / exact,
    exact,
  };
}

const TRAINED: readonly Method[] = [
  [1, 1],
  [4, 4],
  [25, 25],
  [25, 1],
  [25, 3],
  [100, 3],
];
const EPOCHS = 4;
const WARMUP = 2;

/** Networks that share their warm-up, certified on 100 test images. */
async function measureTraining(engine: string, training: Dataset, test: Dataset): Promise<void> {
  const dataset = takeFirst(training, 8000);
  const settings = completeSettings({ epochs: EPOCHS, warmup: WARMUP, batch: BATCH, seed: 1 });
  for (const sigma of SIGMAS) {
    const warm = await warmState(dataset, sigma);
    for (const [copies, screen] of TRAINED) {
      await measureOnce(["training", engine, sigma, copies, screen, 0], async () => {
        const model = lenet(training);
        const [objective, augmentation] = [maxup(copies, screen), gaussianCopies(sigma)];
        const { history } = await train({ model, dataset, objective, augmentation, settings, resume: warm });
        const rows = await certified(model, test, sigma);
        model.dispose();
        const { acr, radii } = summarizeCurve(rows, [0, sigma, 2 * sigma], 0.95);
        const [at0, at1, at2] = radii.map(({ accuracy }) => accuracy);
        const seconds = history.reduce((sum, epoch) => sum + epoch.seconds, 0);
        return { acr, at0, at1Sigma: at1, at2Sigma: at2, loss: history.at(-1)!.loss, seconds };
      });
    }
  }
}

async function warmState(dataset: Dataset, sigma: number): Promise<TrainState> {
  const model = lenet(dataset);
  const states: TrainState[] = [];
  const stop = new AbortController();
  const settings = completeSettings({ epochs: EPOCHS, warmup: WARMUP, batch: BATCH, seed: 1 });
  await train({
    model,
    dataset,
    objective: gaussian(),
    augmentation: gaussianCopies(sigma),
    settings,
    signal: stop.signal,
    checkpoint: { where: "memory", save: async (state) => void states.push(state) },
    hooks: { onEpoch: ({ epoch }) => void (epoch === WARMUP && stop.abort()) },
  }).catch((error: Error) => {
    if (error.name !== "InterruptedError") throw error;
  });
  model.dispose();
  return states.at(-1)!;
}

async function certified(model: tfl.LayersModel, test: Dataset, sigma: number): Promise<LogRow[]> {
  const folder = await mkdtemp(join(tmpdir(), "smoothcert-bench-"));
  const path = join(folder, "model.onnx");
  await saveOnnx(model, path);
  const smoothed = new SmoothedClassifier(await onnxClassifier(path, { imageShape: test.shape }), gridNoise(sigma), 1);
  const indices = Array.from({ length: 100 }, (_, i) => 100 * i);
  const rows: LogRow[] = [];
  for await (const row of certifyDataset(smoothed, test, indices, { n0: 100, n: 1000, alpha: 0.001 })) rows.push(row);
  await rm(folder, { recursive: true });
  return rows;
}

const [choice = "auto", only] = process.argv.slice(2);
const { name } = await useEngine(choice as EngineChoice);
const [training, test] = [await loadDataset("mnist", "train"), await loadDataset("mnist", "test")];
if (!existsSync(FILE)) appendFileSync(FILE, "part\tengine\tsigma\tcopies\tscreen\tround\tquantity\tvalue\n");
if (only === undefined || only === "step") await measureSteps(name, training);
if (only === undefined || only === "agreement") await measureAgreement(name, training, test);
if (only === undefined || only === "training") await measureTraining(name, training, test);
