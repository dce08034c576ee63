import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { LayersModel } from "@tensorflow/tfjs-layers";
import { exportOnnx, gridNoise, type ImageShape, quantizationProbe, quantizeOnnx } from "smoothcert";
import { calibrate } from "smoothcert/certify";
import { randomImages } from "./random-images.js";

const SIGMA = 0.5;

/** A model as ONNX files in a folder, in float32 and in int8; the ranges of int8 are those of so many noisy images. */
export async function floatAndInt8(
  model: LayersModel,
  { folder, name, shape, images }: { folder: string; name: string; shape: ImageShape; images: number },
): Promise<{ float: string; int8: string }> {
  const [float, int8] = [join(folder, `${name}.onnx`), join(folder, `${name}.int8.onnx`)];
  writeFileSync(float, exportOnnx(model));
  const bytes = readFileSync(float);
  const dataset = randomImages(shape, images);
  const indices = Array.from({ length: images }, (_, i) => i);
  const noise = gridNoise(SIGMA);
  const probe = quantizationProbe(bytes, float);
  const ranges = await calibrate(probe, { path: float, dataset, indices, noise, seed: 0, method: "minmax" });
  writeFileSync(int8, quantizeOnnx(bytes, ranges, { path: float }));
  return { float, int8 };
}
