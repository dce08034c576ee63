import * as tf from "@tensorflow/tfjs-core";
import { loadEngine } from "./load.js";
import type { NativeKind } from "./versions.js";

/**
 * A program of its own, run in a child process at installation: does the engine in this folder load and compute?
 * Arguments: folder, kind. Prints one JSON object: TensorFlow's version and whether it uses a GPU.
 */
const [folder, kind] = process.argv.slice(2);
tf.env().set("PROD", true);
loadEngine(folder, kind as NativeKind);
await tf.setBackend("tensorflow");
const product = tf.matMul(tf.tensor2d([[1, 2]]), tf.tensor2d([[3], [4]]));
const [value] = await product.data();
if (value !== 11) throw new Error(`1 * 3 + 2 * 4 gave ${value}`);
const { binding, isUsingGpuDevice } = tf.backend() as unknown as {
  binding: { TF_Version: string };
  isUsingGpuDevice: boolean;
};
process.stdout.write(`${JSON.stringify({ tensorflow: binding.TF_Version, usesGpu: isUsingGpuDevice })}\n`);
