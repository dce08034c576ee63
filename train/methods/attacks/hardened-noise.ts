import * as tf from "@tensorflow/tfjs-core";
import type * as tfl from "@tensorflow/tfjs-layers";
import type { CopyBatch } from "../../copies.js";
import { inputGradients } from "../classifier.js";
import { unit } from "../directions.js";
import { inBall } from "./shifts.js";

/**
 * Copies whose noise is made harder (Jeong et al. 2023): T steps of length 2 epsilon / T along the normalised gradient
 * of each copy's cross-entropy with its target, each followed by a cut to `epsilon` in L2 norm around the noise as
 * drawn, and by a shift and a scaling that give the noise the mean and the root mean square that it had. Pixels are not
 * clipped.
 *
 * @param batch with the targets of the attack @param clean the examples of the batch
 */
export function hardenedNoise(
  model: tfl.LayersModel,
  batch: CopyBatch,
  clean: tf.Tensor4D,
  { epsilon, steps }: { readonly epsilon: number; readonly steps: number },
): tf.Tensor4D {
  return tf.tidy(() => {
    const { targets, copies } = batch;
    const [height, width, channels] = clean.shape.slice(1);
    const tiled = tf.tile(tf.expandDims(clean, 1), [1, copies, 1, 1, 1]);
    const images = tf.reshape(tiled, [-1, height, width, channels]) as tf.Tensor4D;
    const drawn = tf.sub(batch.images, images) as tf.Tensor4D;
    let noise = drawn;
    for (let step = 0; step < steps; step++) {
      noise = tf.tidy(() => {
        const gradients = inputGradients(model, { images: tf.add(images, noise) as tf.Tensor4D, targets, copies });
        const moved = tf.add(noise, tf.mul(unit(gradients), (2 * epsilon) / steps));
        const near = inBall(tf.sub(moved, drawn) as tf.Tensor4D, epsilon);
        return withMomentsOf(drawn, tf.add(drawn, near) as tf.Tensor4D);
      });
    }
    return tf.add(images, noise) as tf.Tensor4D;
  });
}

/** Noise less its mean, over its root mean square, times that of `drawn`, plus the mean of `drawn`. */
function withMomentsOf(drawn: tf.Tensor4D, noise: tf.Tensor4D): tf.Tensor4D {
  const [mean, drawnMean] = [noise, drawn].map((each) => tf.mean(each, [1, 2, 3], true));
  const [size, drawnSize] = [noise, drawn].map((each) => tf.sqrt(tf.mean(tf.square(each), [1, 2, 3], true)));
  const scaled = tf.mul(tf.divNoNan(tf.sub(noise, mean), size), drawnSize);
  return tf.add(drawnMean, scaled) as tf.Tensor4D;
}
