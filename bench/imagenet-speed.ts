import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { exportOnnx, gridNoise, quantizationProbe, quantizeOnnx, useEngine } from "smoothcert";
import { type BaseClassifier, calibrate, describeOpenvino, onnxClassifier } from "smoothcert/certify";
import { resnet50 } from "./gpu/resnet50.js";
import { randomImages } from "./random-images.js";
import { samplingSpeed } from "./sampling-speed.js";
import { summary } from "./summary.js";

/**
 * Noisy samples a second of a ResNet-50 of random weights at 224x224, noise and counting included, on all cores: in
 * ONNX Runtime and, where it is installed, in OpenVINO, in floats, bfloat16 and int8, in alternating rounds. After `npm
 * run build`: node dist/bench/imagenet-speed.js [rounds]
 */

const SHAPE = [224, 224, 3] as const;
const SIGMA = 0.5;
/** Images that set the ranges of int8. */
const CALIBRATION = 16;
/** Samples of one measurement: several seconds. */
const SAMPLES = 200;

const rounds = Number(process.argv[2] ?? 3);
const folder = mkdtempSync(join(tmpdir(), "smoothcert-bench-"));
const [float, int8] = ["float", "int8"].map((name) => join(folder, `${name}.onnx`));
await useEngine();
const bytes = exportOnnx(resnet50(SHAPE));
writeFileSync(float, bytes);
const images = {
  dataset: randomImages(SHAPE, CALIBRATION),
  indices: Array.from({ length: CALIBRATION }, (_, i) => i),
  noise: gridNoise(SIGMA),
  seed: 0,
};
const ranges = await calibrate(quantizationProbe(bytes, float), { path: float, ...images, method: "minmax" });
writeFileSync(int8, quantizeOnnx(bytes, ranges, { path: float }));

const cases: [string, string, string][] = [
  ["float32, ONNX Runtime", float, "cpu"],
  ["int8, ONNX Runtime", int8, "cpu"],
];
if ("version" in (await describeOpenvino())) {
  cases.push(["float32, OpenVINO", float, "openvino"], ["bfloat16, OpenVINO", float, "openvino-bf16"]);
  cases.push(["int8, OpenVINO", int8, "openvino"]);
}
/** The classifier at its fastest, or undefined where this processor can't compute it so, which is told. */
async function tuned(path: string, provider: string): Promise<BaseClassifier | undefined> {
  try {
    const usual = await onnxClassifier(path, { imageShape: SHAPE, provider });
    return await usual.tuned!(gridNoise(SIGMA), images.dataset.example(0).pixels);
  } catch (error) {
    console.log(`${provider}: ${(error as Error).message}`);
    return undefined;
  }
}

const speeds = new Map<string, number[]>(cases.map(([name]) => [name, []]));
for (let round = 0; round < rounds; round++) {
  for (const [name, path, provider] of cases) {
    const classifier = await tuned(path, provider);
    if (classifier === undefined) continue;
    speeds.get(name)!.push(await samplingSpeed(classifier, SIGMA, SAMPLES));
    await classifier.close?.();
  }
}
for (const [name, each] of speeds) if (each.length > 0) console.log(`${name} | ${summary(each, 1)}`);
rmSync(folder, { recursive: true });
