import * as tf from "@tensorflow/tfjs-core";
import { fillStandardNormal, STREAM } from "../src/index.js";
import { type CopyDraw, cleanImages, drawCopies } from "./copies.js";
import type { CopyBatch } from "./objective.js";

/**
 * The copies of each example that lie farthest along a direction: the first-order maximum of a loss with that gradient.
 */

/**
 * Ranks all copies of a batch and keeps the first `keep` of each example, in the order in which they lie in the batch.
 *
 * @param directions [examples, height, width, channels]
 */
export function rankedCopies(batch: CopyBatch, directions: tf.Tensor4D, keep: number): CopyBatch {
  const [examples] = directions.shape;
  const images = tf.reshape(batch.images, [examples, batch.copies, -1]);
  const products = tf.matMul(images, tf.reshape(directions, [examples, -1, 1])).dataSync<"float32">();
  const rows = tf.tensor1d(largestRows(products, batch.copies, keep), "int32");
  return { images: tf.gather(batch.images, rows), targets: tf.gather(batch.targets, rows), copies: keep };
}

/**
 * For each example the positions of its `keep` largest values, ascending; the first ones on ties, and also where values
 * are NaN.
 *
 * @param values [examples * copies], those of one example back to back
 * @returns [examples * keep], positions in `values`
 */
export function largestRows(values: Float32Array, copies: number, keep: number): Int32Array {
  const rows = new Int32Array((values.length / copies) * keep);
  for (let first = 0, example = 0; first < values.length; first += copies, example++) {
    const order = Array.from({ length: copies }, (_, c) => first + c);
    order.sort((a, b) => values[b] - values[a] || a - b);
    rows.set(
      order.slice(0, keep).sort((a, b) => a - b),
      example * keep,
    );
  }
  return rows;
}

/**
 * Gaussian copies x + sigma z_i of which only the `keep` farthest along g are drawn. The inner products with the unit
 * vector u = g / |g| of m standard normal vectors are m standard normals, independent of what is orthogonal to u. So it
 * is enough to draw the m products t_i, keep the largest, and make z = w + (t - <u, w>) u of one fresh vector w for
 * each: this has the law of drawing m vectors and ranking them, at the price of `keep`. With g = 0 the copies are x + sigma w.
 *
 * Of an example's samples the first gives the products, the next `keep` give the vectors.
 *
 * @param directions g: [examples, height, width, channels] @param keep an integer in [1, m)
 */
export function steeredCopies(draw: CopyDraw, directions: tf.Tensor4D, keep: number, sigma: number): CopyBatch {
  const { dataset, examples, firstSample } = draw;
  const batch = drawCopies({ ...draw, copies: keep, firstSample: firstSample + 1 });
  const images = tf.tidy(() => {
    const units = tf.reshape(unit(directions), [examples.length, 1, -1]);
    const clean = tf.reshape(cleanImages(dataset, examples).images, [examples.length, 1, -1]);
    const noise = tf.sub(tf.reshape(batch.images, [examples.length, keep, -1]), clean);
    const drawn = tf.matMul(noise, units, false, true);
    const wanted = tf.tensor3d(largestProducts(draw, keep, sigma), [examples.length, keep, 1]);
    const steered = tf.add(noise, tf.mul(tf.sub(wanted, drawn), units));
    return tf.reshape(tf.add(clean, steered), batch.images.shape) as tf.Tensor4D;
  });
  batch.images.dispose();
  return { ...batch, images };
}

/** Each direction divided by its length; 0 where that is 0. */
function unit(directions: tf.Tensor4D): tf.Tensor4D {
  // Gradients of confident networks are tiny: scaled by their largest part first, their squares do not vanish.
  const largest = tf.max(tf.abs(directions), [1, 2, 3], true);
  const scaled = tf.divNoNan(directions, largest);
  return tf.divNoNan(scaled, tf.sqrt(tf.sum(tf.square(scaled), [1, 2, 3], true))) as tf.Tensor4D;
}

/** sigma times the `keep` largest of m standard normals for each example, descending: [examples * keep]. */
function largestProducts({ examples, copies, seed, firstSample }: CopyDraw, keep: number, sigma: number): Float32Array {
  const largest = new Float32Array(examples.length * keep);
  const products = new Float32Array(copies);
  for (let i = 0; i < examples.length; i++) {
    fillStandardNormal(products, { seed, stream: STREAM.training, example: examples[i], sample: firstSample });
    products.sort();
    for (let k = 0; k < keep; k++) largest[i * keep + k] = sigma * products[copies - 1 - k];
  }
  return largest;
}
