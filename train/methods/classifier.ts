import * as tf from "@tensorflow/tfjs-core";
import type * as tfl from "@tensorflow/tfjs-layers";
import { crossEntropy, trainingOutputs } from "../../src/index.js";
import type { CopyBatch } from "../copies.js";
import type { ObjectiveValue } from "../objective.js";

/** What the methods share: logits, mean cross-entropy, accuracy, constants. */

/** Logits [n, classes] in inference mode: the model does not change. */
export function inferenceLogits(model: tfl.LayersModel, images: tf.Tensor4D): tf.Tensor2D {
  return model.apply(images, { training: false }) as tf.Tensor2D;
}

/** Gradient of each image's cross-entropy for its pixels, in inference mode: [n, height, width, channels]. */
export function inputGradients(model: tfl.LayersModel, { images, targets }: CopyBatch): tf.Tensor4D {
  // The rows do not see each other in inference mode: the gradient of the sum holds the gradient of each.
  const sum = (pixels: tf.Tensor4D) => tf.sum(crossEntropy(inferenceLogits(model, pixels), targets));
  return tf.grad(sum as (pixels: tf.Tensor) => tf.Tensor)(images) as tf.Tensor4D;
}

/** Mean cross-entropy of every image in the batch in training mode, and how many of them were classified correctly. */
export function meanCrossEntropy(model: tfl.LayersModel, batch: CopyBatch): ObjectiveValue {
  const logits = trainingOutputs(model, batch.images) as tf.Tensor2D;
  const loss = tf.mean(crossEntropy(logits, batch.targets)) as tf.Scalar;
  return { loss, log: { accuracy: accuracy(logits, batch.targets) } };
}

/** Fraction of rows whose largest logit is where the largest target is; the first of equals. */
export function accuracy(logits: tf.Tensor2D, targets: tf.Tensor2D): tf.Scalar {
  return tf.tidy(() => tf.mean(tf.cast(tf.equal(tf.argMax(logits, 1), tf.argMax(targets, 1)), "float32")) as tf.Scalar);
}

/** What `compute` makes of a tensor, as a constant: gradients do not pass it, and its operations need none. */
export function constantOf(x: tf.Tensor, compute: (x: tf.Tensor) => tf.Tensor): tf.Tensor {
  return tf.customGrad((input) => {
    const { shape } = input as tf.Tensor;
    return { value: tf.tidy(() => compute(input as tf.Tensor)), gradFunc: () => tf.zeros(shape) };
  })(x);
}
