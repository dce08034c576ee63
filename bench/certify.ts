import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { LayersModel } from "@tensorflow/tfjs-layers";
import {
  buildModel,
  dimensionOf,
  exportOnnx,
  gridNoise,
  type ImageShape,
  quantizationProbe,
  quantizeOnnx,
  useEngine,
} from "smoothcert";
import { type BaseClassifier, calibrate, layersClassifier, onnxClassifier } from "smoothcert/certify";
import { randomImages } from "./random-images.js";
import { samplingSpeed } from "./sampling-speed.js";
import { summary } from "./summary.js";
import { startTorch } from "./torch-process.js";

/**
 * Noisy samples a second, noise and counting included: ours in ONNX Runtime, in float32 and int8, and on the native
 * engine, beside Cohen et al.'s loop in PyTorch, as they run it and tuned, on the same weights; in alternating rounds
 * of one run, ratios taken within a round. Set up and run with: bash bench/certify.sh [rounds]
 */

type Net = "lenet" | "resnet20";

const SIGMA = 0.5;
const COHENS_BATCH = 1000;
const BATCHES = [16, 32, 64, 128, 256, 512];
const SHAPES: Record<Net, ImageShape> = { lenet: [28, 28, 1], resnet20: [32, 32, 3] };
/** Samples of one measurement: two to four seconds. */
const SAMPLES: Record<Net, { readonly torch: number; readonly ours: number }> = {
  lenet: { torch: 20_000, ours: 60_000 },
  resnet20: { torch: 2_000, ours: 8_000 },
};
const folder = mkdtempSync(join(tmpdir(), "smoothcert-bench-"));

/** A network of random weights as ONNX files, in float32 and int8. */
async function makeModels(net: Net): Promise<{ model: LayersModel; float: string; int8: string }> {
  const model = buildModel(net, { inputShape: SHAPES[net], classes: 10, seed: 0 });
  const [float, int8] = [join(folder, `${net}.onnx`), join(folder, `${net}.int8.onnx`)];
  writeFileSync(float, exportOnnx(model));
  const bytes = readFileSync(float);
  const probe = quantizationProbe(bytes, float);
  const dataset = randomImages(SHAPES[net], 64);
  const indices = Array.from({ length: dataset.length }, (_, i) => i);
  const noise = gridNoise(SIGMA);
  const ranges = await calibrate(probe, { path: float, dataset, indices, noise, seed: 0, method: "minmax" });
  writeFileSync(int8, quantizeOnnx(bytes, ranges, { path: float }));
  return { model, float, int8 };
}

/** Each way that we have to compute a network: on the native engine too, where `smoothcert engine install` put it. */
async function open(net: Net): Promise<{ torch: string; ways: Record<string, BaseClassifier> }> {
  const { model, float, int8 } = await makeModels(net);
  const imageShape = SHAPES[net];
  const tuned = (classifier: BaseClassifier): Promise<BaseClassifier> =>
    classifier.tuned!(gridNoise(SIGMA), new Uint8Array(dimensionOf(imageShape)));
  const ways: Record<string, BaseClassifier> = {
    "float32, ONNX Runtime": await tuned(await onnxClassifier(float, { imageShape })),
    "int8, ONNX Runtime": await tuned(await onnxClassifier(int8, { imageShape })),
  };
  if (engine.backend === "tensorflow") {
    const classifier = layersClassifier(model, { name: net, hash: "", imageShape, engine: engine.name });
    ways["float32, native engine"] = await tuned(classifier);
  }
  return { torch: float, ways };
}

interface TorchCase {
  readonly net: Net;
  readonly onnx: string;
  readonly variant: "default" | "tuned" | "frozen";
  readonly batch: number;
  readonly samples: number;
}

interface TorchAnswer {
  readonly samplesPerSecond: number;
}

const [rounds = "5", python = "bench/.venv/bin/python"] = process.argv.slice(2);
const engine = await useEngine();
const torch = await startTorch<TorchCase, TorchAnswer>("certify.py", python);

/** The batch size with which PyTorch is fastest. */
async function bestBatch(of: Omit<TorchCase, "batch">): Promise<number> {
  let best = { batch: 0, rate: 0 };
  for (const batch of BATCHES) {
    const { samplesPerSecond: rate } = await torch.ask({ ...of, batch });
    if (rate > best.rate) best = { batch, rate };
  }
  return best.batch;
}

async function compare(net: Net): Promise<void> {
  const { torch: onnx, ways } = await open(net);
  const common = { net, onnx, samples: SAMPLES[net].torch };
  const cases: TorchCase[] = [{ ...common, variant: "default", batch: COHENS_BATCH }];
  for (const variant of ["tuned", "frozen"] as const) {
    cases.push({ ...common, variant, batch: await bestBatch({ ...common, variant }) });
  }
  const measured: number[][] = [];
  for (let round = 0; round < Number(rounds); round++) {
    const row: number[] = [];
    for (const each of cases) row.push((await torch.ask(each)).samplesPerSecond);
    for (const classifier of Object.values(ways)) row.push(await samplingSpeed(classifier, SIGMA, SAMPLES[net].ours));
    measured.push(row);
  }
  const column = (of: (row: number[]) => number, digits: number): string => summary(measured.map(of), digits);
  console.log(`\n${net}: samples/s, median (least-most) of ${rounds} rounds`);
  for (const [i, { variant, batch }] of cases.entries()) {
    console.log(`PyTorch ${variant}, batch ${batch} | ${column((row) => row[i], 0)}`);
  }
  console.log("ours | samples/s | / default | / tuned | / frozen");
  for (const [i, name] of Object.keys(ways).entries()) {
    const ratios = [0, 1, 2].map((peer) => column((row) => row[3 + i] / row[peer], 2));
    console.log([name, column((row) => row[3 + i], 0), ...ratios].join(" | "));
  }
  for (const classifier of Object.values(ways)) await classifier.close?.();
}

for (const net of ["resnet20", "lenet"] as const) await compare(net);
torch.stop();
rmSync(folder, { recursive: true });
