import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { dimensionOf, gridNoise, useEngine } from "smoothcert";
import { type BaseClassifier, describeOpenvino, onnxClassifier } from "smoothcert/certify";
import { floatAndInt8 } from "./float-and-int8.js";
import { resnet50 } from "./gpu/resnet50.js";
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
await useEngine();
const files = { folder, name: "resnet50", shape: SHAPE, images: CALIBRATION };
const { float, int8 } = await floatAndInt8(resnet50(SHAPE), files);
const grey = new Uint8Array(dimensionOf(SHAPE)).fill(128);

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
    return await usual.tuned!(gridNoise(SIGMA), grey);
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
