import * as tf from "@tensorflow/tfjs-core";
import { gaussianNoise, type NoiseAddress, normalQuantile } from "../../src/index.js";

const unitNoise = gaussianNoise(1);

/** Writes independent standard normals, those of coordinates 0, 1, ... at the address, in single precision. */
export function writeNormals(out: Float32Array, offset: number, count: number, address: NoiseAddress): void {
  unitNoise.perturb(out, offset, new Float32Array(count), address, 1);
}

/**
 * The factors of dropout (Srivastava et al. 2014): 0 with probability `rate`, else 1 / (1 - rate), independently. A
 * factor is 0 where the standard normal of its coordinate at the address lies below the quantile of `rate`.
 *
 * @param rate in [0, 1)
 */
export function dropoutFactors(shape: readonly number[], rate: number, address: NoiseAddress): tf.Tensor {
  const count = tf.util.sizeFromShape([...shape]);
  const normals = unitNoise.room!(count);
  unitNoise.perturb(normals, 0, new Float32Array(count), address, 1);
  const [quantile, kept] = [Math.fround(normalQuantile(rate)), 1 / (1 - rate)];
  const factors = new Float32Array(count);
  // No branch, which processors would guess wrong half of the time.
  for (let i = 0; i < count; i++) factors[i] = Number(normals[i] > quantile) * kept;
  return tf.tensor(factors, [...shape]);
}
