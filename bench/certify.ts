import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildModel, dimensionOf, gridNoise, type ImageShape, useEngine } from "smoothcert";
import { type BaseClassifier, describeOpenvino, layersClassifier, onnxClassifier } from "smoothcert/certify";
import { floatAndInt8 } from "./float-and-int8.js";
import { samplingSpeed } from "./sampling-speed.js";
import { summary } from "./summary.js";
import { startTorch } from "./torch-process.js";

/**
 * Noisy samples a second, noise and counting included: ours in ONNX Runtime and OpenVINO, in float32 and int8, and on
 * the native engine, beside Cohen et al.'s loop in PyTorch, as they run it and in PyTorch's faster modes, and in
 * OpenVINO, on the same weights; in alternating rounds of one run, ratios taken within a round. Set up and run with:
 * bash bench/certify.sh [rounds]
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

/** Images that set the ranges of int8. */
const CALIBRATION = 64;

/** Each way that we have to compute a network: those too that `smoothcert engine install` adds, where it did. */
async function open(
  net: Net,
): Promise<{ files: { float: string; int8: string }; ways: Record<string, BaseClassifier> }> {
  const imageShape = SHAPES[net];
  const model = buildModel(net, { inputShape: imageShape, classes: 10, seed: 0 });
  const { float, int8 } = await floatAndInt8(model, { folder, name: net, shape: imageShape, images: CALIBRATION });
  const tuned = (classifier: BaseClassifier): Promise<BaseClassifier> =>
    classifier.tuned!(gridNoise(SIGMA), new Uint8Array(dimensionOf(imageShape)));
  const ways: Record<string, BaseClassifier> = {
    "float32, ONNX Runtime": await tuned(await onnxClassifier(float, { imageShape })),
    "int8, ONNX Runtime": await tuned(await onnxClassifier(int8, { imageShape })),
  };
  if ("version" in openvino) {
    const provider = { imageShape, provider: "openvino" };
    ways["float32, OpenVINO"] = await tuned(await onnxClassifier(float, provider));
    ways["int8, OpenVINO"] = await tuned(await onnxClassifier(int8, provider));
  }
  if (engine.backend === "tensorflow") {
    const classifier = layersClassifier(model, { name: net, hash: "", imageShape, engine: engine.name });
    ways["float32, native engine"] = await tuned(classifier);
  }
  return { files: { float, int8 }, ways };
}

/** Ways in which Python computes a network: Cohen et al.'s loop, PyTorch's modes, and OpenVINO. */
type Peer = "default" | "tuned" | "frozen" | "compiled" | "compiled and frozen" | "OpenVINO" | "OpenVINO float32";
const PYTORCH: readonly Peer[] = ["default", "tuned", "frozen", "compiled", "compiled and frozen"];
/** Compiled for each size of batch, which takes a minute: these have the batch that is best for `frozen`. */
const COMPILED: readonly Peer[] = ["compiled", "compiled and frozen"];

interface PeerCase {
  readonly net: Net;
  readonly onnx: string;
  readonly variant: Peer;
  readonly batch: number;
  readonly samples: number;
}

interface PeerAnswer {
  readonly samplesPerSecond: number;
}

const [rounds = "5", python = "bench/.venv/bin/python"] = process.argv.slice(2);
const engine = await useEngine();
const openvino = await describeOpenvino();
const peers = await startTorch<PeerCase, PeerAnswer>("certify.py", python);

/** The batch size with which a peer is fastest. */
async function bestBatch(of: Omit<PeerCase, "batch">): Promise<number> {
  let best = { batch: 0, rate: 0 };
  for (const batch of BATCHES) {
    const { samplesPerSecond: rate } = await peers.ask({ ...of, batch });
    if (rate > best.rate) best = { batch, rate };
  }
  return best.batch;
}

/** What our ways are compared with, by name. */
async function peerCases(
  net: Net,
  { float, int8 }: { float: string; int8: string },
): Promise<Record<string, PeerCase>> {
  const samples = SAMPLES[net].torch;
  const tuned = async (onnx: string, variant: Peer): Promise<PeerCase> => {
    const common = { net, onnx, variant, samples };
    return { ...common, batch: await bestBatch(common) };
  };
  const frozen = await tuned(float, "frozen");
  return {
    "PyTorch default": { net, onnx: float, variant: "default", batch: COHENS_BATCH, samples },
    "PyTorch tuned": await tuned(float, "tuned"),
    "PyTorch frozen": frozen,
    ...Object.fromEntries(COMPILED.map((variant) => [`PyTorch ${variant}`, { ...frozen, variant }])),
    "OpenVINO, floats as it likes": await tuned(float, "OpenVINO"),
    "OpenVINO float32": await tuned(float, "OpenVINO float32"),
    "OpenVINO int8": await tuned(int8, "OpenVINO"),
  };
}

async function compare(net: Net): Promise<void> {
  const { files, ways } = await open(net);
  const cases = await peerCases(net, files);
  // Samples a second of each, by name; one of these a round.
  const measured: Record<string, number>[] = [];
  for (let round = 0; round < Number(rounds); round++) {
    const rates: Record<string, number> = {};
    for (const [name, of] of Object.entries(cases)) rates[name] = (await peers.ask(of)).samplesPerSecond;
    for (const [name, way] of Object.entries(ways)) {
      rates[name] = await samplingSpeed(way, SIGMA, SAMPLES[net].ours);
    }
    measured.push(rates);
  }
  const column = (of: (rates: Record<string, number>) => number, digits: number): string =>
    summary(measured.map(of), digits);
  console.log(`\n${net}: samples/s, median (least-most) of ${rounds} rounds`);
  for (const [name, { batch }] of Object.entries(cases)) {
    console.log(`${name}, batch ${batch} | ${column((rates) => rates[name], 0)}`);
  }
  console.log("ours | samples/s | / PyTorch default | / best PyTorch | / OpenVINO, same precision");
  for (const name of Object.keys(ways)) {
    const openvino = name.startsWith("int8") ? "OpenVINO int8" : "OpenVINO float32";
    const ratios = [
      (rates: Record<string, number>) => rates["PyTorch default"],
      (rates: Record<string, number>) => Math.max(...PYTORCH.map((variant) => rates[`PyTorch ${variant}`])),
      (rates: Record<string, number>) => rates[openvino],
    ].map((peer) => column((rates) => rates[name] / peer(rates), 2));
    console.log([name, column((rates) => rates[name], 0), ...ratios].join(" | "));
  }
  for (const classifier of Object.values(ways)) await classifier.close?.();
}

for (const net of ["resnet20", "lenet"] as const) await compare(net);
peers.stop();
rmSync(folder, { recursive: true });
