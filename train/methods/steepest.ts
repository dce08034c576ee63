import * as tf from "@tensorflow/tfjs-core";
import { dimensionOf, fillStandardNormal, STREAM } from "../../src/index.js";
import type { CopyBatch } from "../copies.js";
import { type CopyDraw, cleanImages, drawCopies } from "../copies.js";
import { inParts } from "../example-batch.js";
import type { ExampleBatch } from "../objective.js";
import { unit } from "./directions.js";

/**
 * The copies of each example that lie farthest along a direction: the first-order maximum of a loss with that gradient.
 */

/**
 * Of m copies of each example the `keep` with the largest inner products with its direction. Where copies are Gaussian,
 * those `keep` are drawn from their joint law at once, and are other draws than those of `batch.draw`; elsewhere all m
 * are drawn and ranked.
 *
 * @param directions [length, height, width, channels] @param keep an integer in [1, m]
 */
export function steepest(batch: ExampleBatch, directions: tf.Tensor4D, keep: number): CopyBatch {
  const { augmentation, dataset } = batch.source;
  if (augmentation.gaussianSigma !== undefined && keep < batch.copies) {
    return steeredCopies(batch.source, directions, keep, augmentation.gaussianSigma);
  }
  const atOnce = Math.max(1, Math.floor(PIXELS_AT_ONCE / (dimensionOf(dataset.shape) * batch.copies)));
  return inParts(batch.length, atOnce, (first, count) =>
    rankedCopies(batch.draw(first, count), tf.slice(directions, first, count), keep),
  );
}

/** Pixels of all copies that are in memory at once: 64 MiB as float32. */
const PIXELS_AT_ONCE = 2 ** 24;

/**
 * Ranks all copies of a batch and keeps the first `keep` of each example, in the order in which they lie in the batch.
 *
 * @param directions [examples, height, width, channels]
 */
export function rankedCopies(batch: CopyBatch, directions: tf.Tensor4D, keep: number): CopyBatch {
  const [examples] = directions.shape;
  const images = tf.reshape(batch.images, [examples, batch.copies, -1]);
  const products = tf.matMul(images, tf.reshape(directions, [examples, -1, 1])) as tf.Tensor3D;
  const rows = largestRows(tf.reshape(products, [examples, batch.copies]), keep);
  return { images: tf.gather(batch.images, rows), targets: tf.gather(batch.targets, rows), copies: keep };
}

/**
 * For each example the positions of its `keep` largest values, ascending; the first ones on ties.
 *
 * @param values [examples, copies]
 * @returns [examples * keep], positions in `values`, int32
 */
export function largestRows(values: tf.Tensor2D, keep: number): tf.Tensor1D {
  return tf.tidy(() => {
    const [examples, copies] = values.shape;
    const { indices } = tf.topk(values, keep);
    const descending = tf.topk(tf.cast(indices, "float32"), keep).values;
    const ascending = tf.cast(tf.reverse(descending, 1), "int32");
    const first = tf.reshape(tf.mul(tf.range(0, examples, 1, "int32"), tf.scalar(copies, "int32")), [examples, 1]);
    return tf.reshape(tf.add(first, ascending), [-1]) as tf.Tensor1D;
  });
}

/**
 * Gaussian copies x + sigma z_i of which only the `keep` farthest along g are drawn. The inner products with the unit
 * vector u = g / |g| of m standard normal vectors are m standard normals, independent of what is orthogonal to u. So it
 * is enough to draw the m products t_i, keep the largest, and make z = w + (t - <u, w>) u of one fresh vector w for
 * each: this has the law of drawing m vectors and ranking them, at the price of `keep`. With g = 0, z = w.
 *
 * Of an example's samples the first gives the products, the next `keep` give the vectors.
 *
 * @param directions g: [examples, height, width, channels] @param keep an integer in [1, m)
 */
export function steeredCopies(draw: CopyDraw, directions: tf.Tensor4D, keep: number, sigma: number): CopyBatch {
  const { examples, firstSample } = draw;
  const batch = drawCopies({ ...draw, copies: keep, firstSample: firstSample + 1 });
  const images = tf.tidy(() => {
    const units = tf.reshape(unit(directions), [examples.length, 1, -1]);
    const clean = tf.reshape(cleanImages(draw).images, [examples.length, 1, -1]);
    const noise = tf.sub(tf.reshape(batch.images, [examples.length, keep, -1]), clean);
    const drawn = tf.matMul(noise, units, false, true);
    const wanted = tf.tensor3d(largestProducts(draw, keep, sigma), [examples.length, keep, 1]);
    const steered = tf.add(noise, tf.mul(tf.sub(wanted, drawn), units));
    return tf.reshape(tf.add(clean, steered), batch.images.shape) as tf.Tensor4D;
  });
  batch.images.dispose();
  return { ...batch, images };
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
