import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as tf from "@tensorflow/tfjs-core";
import type * as tfl from "@tensorflow/tfjs-layers";
import * as ort from "onnxruntime-node";
import {
  CounterRandom,
  type QuantizeOptions,
  quantizationProbe,
  quantizeOnnx,
  STREAM,
  type TensorRange,
} from "smoothcert";
import { decodeModel } from "../../src/models/onnx/proto.js";

/** Values between -1 and 1 that are the same in each run. */
export function randomBatch(dims: readonly number[], seed: number): Float32Array {
  const random = new CounterRandom({ seed, stream: STREAM.theory, example: 0, sample: 0 });
  return Float32Array.from({ length: dims.reduce((a, b) => a * b, 1) }, () => 2 * random.uniform() - 1);
}

/** Batch norms as after training: scales and shifts away from 1 and 0. */
export function randomizeNorms(model: tfl.LayersModel): void {
  model.weights.forEach((weight, salt) => {
    if (/kernel/.test(weight.originalName)) return;
    const shape = weight.shape as number[];
    const around = /variance|gamma/.test(weight.originalName) ? 1 : 0;
    weight.write(
      tf.tensor(
        randomBatch(shape, salt).map((v) => around + 0.4 * v),
        shape,
      ),
    );
  });
}

/** How a batch is run. */
export interface RunOptions {
  /** Images at a time. */
  readonly size?: number;
  readonly threads?: number;
}

/** The first output of an ONNX model that takes `pixels`. */
export async function logitsOf(
  bytes: Uint8Array,
  x: Float32Array,
  dims: readonly number[],
  { size = dims[0], threads = 1 }: RunOptions = {},
): Promise<number[]> {
  const session = await ort.InferenceSession.create(bytes, { intraOpNumThreads: threads });
  const dimension = x.length / dims[0];
  const logits: number[] = [];
  for (let start = 0; start < dims[0]; start += size) {
    const count = Math.min(size, dims[0] - start);
    const part = x.slice(start * dimension, (start + count) * dimension);
    const outputs = await session.run({ pixels: new ort.Tensor("float32", part, [count, ...dims.slice(1)]) });
    logits.push(...(outputs[session.outputNames[0]].data as Float32Array));
  }
  await session.release();
  return logits;
}

/** Logits of a model's probe: what is quantised, before any rounding. */
export function floatLogits(bytes: Uint8Array, x: Float32Array, dims: readonly number[]): Promise<number[]> {
  return logitsOf(quantizationProbe(bytes, "model").model, x, dims);
}

/** The model quantised for the ranges that its values have on a batch. */
export async function quantizedFor(
  bytes: Uint8Array,
  x: Float32Array,
  dims: readonly number[],
  options: Partial<QuantizeOptions> = {},
): Promise<Uint8Array> {
  const probe = quantizationProbe(bytes, "model");
  const session = await ort.InferenceSession.create(probe.model);
  const outputs = await session.run({ pixels: new ort.Tensor("float32", x, dims) });
  await session.release();
  const rangeOf = (name: string): TensorRange => {
    const values = name === "pixels" ? x : (outputs[name].data as Float32Array);
    return { min: values.reduce((a, b) => Math.min(a, b)), max: values.reduce((a, b) => Math.max(a, b)) };
  };
  return quantizeOnnx(bytes, new Map(probe.values.map((name) => [name, rangeOf(name)])), { path: "model", ...options });
}

/** How often each operator stands in what ONNX Runtime makes of a model. */
export async function countOperators(bytes: Uint8Array): Promise<Record<string, number>> {
  const folder = await mkdtemp(join(tmpdir(), "smoothcert-quantize-"));
  try {
    const optimizedModelFilePath = join(folder, "optimized.onnx");
    await (await ort.InferenceSession.create(bytes, { optimizedModelFilePath, logSeverityLevel: 3 })).release();
    const counts: Record<string, number> = {};
    for (const { opType } of decodeModel(await readFile(optimizedModelFilePath)).graph.node) {
      counts[opType] = (counts[opType] ?? 0) + 1;
    }
    return counts;
  } finally {
    await rm(folder, { recursive: true });
  }
}
