/** What the theory needs of a trained model: its loss at many points, and its Taylor polynomial at one. */

import * as tf from "@tensorflow/tfjs-core";
import type * as tfl from "@tensorflow/tfjs-layers";
import { requireInteger, requireThat } from "../../src/errors.js";
import { signatureOf } from "../../src/models/image-model.js";
import type { BatchLoss } from "./risk.js";
import { gaussNewtonTaylor, logitLoss, type TaylorPolynomial } from "./taylor.js";

/**
 * The cross-entropy of a model of images at points given as pixels in [0, 1], HWC. The model computes logits in
 * float32; the loss is made of them in double precision, so its error is that of the logits: some 1e-7 of their size.
 *
 * @param model - a classifier whose output is logits, without softmax
 * @param label - the class of the points
 * @throws ArgumentError if label is no class of the model
 */
export function modelLoss(model: tfl.LayersModel, label: number): BatchLoss {
  const { inputShape, classes } = signatureOf(model);
  requireInteger(label, "modelLoss", "label", 0, classes - 1);
  return async (points, count) => {
    const logits = tf.tidy(() => forward(model, tf.tensor4d(new Float32Array(points), [count, ...inputShape])));
    const values = await logits.data<"float32">();
    logits.dispose();
    return Float64Array.from({ length: count }, (_, i) =>
      logitLoss(values.subarray(i * classes, (i + 1) * classes), label),
    );
  };
}

/**
 * The Taylor polynomial of the cross-entropy of a model at one image, with the Gauss-Newton form for its Hessian (see
 * {@link gaussNewtonTaylor}): exact where the network is linear around the image, as ReLU networks are almost
 * everywhere. Costs one forward and one backward pass over as many copies as there are classes.
 *
 * @param pixels - the image in [0, 1], HWC
 * @throws ArgumentError if the image does not fit the model, or label is no class of it
 */
export async function modelTaylor(
  model: tfl.LayersModel,
  pixels: Float32Array,
  label: number,
): Promise<TaylorPolynomial> {
  const { inputShape, classes } = signatureOf(model);
  const size = inputShape[0] * inputShape[1] * inputShape[2];
  requireThat(pixels.length === size, "modelTaylor", "pixels", `${inputShape.join("x")} numbers`, pixels.length);
  requireInteger(label, "modelTaylor", "label", 0, classes - 1);
  const tensors = tf.tidy(() => {
    const image = tf.tensor4d(pixels, [1, ...inputShape]);
    const chosen = tf.eye(classes);
    // Row k of the batch is asked for logit k alone: its gradient is row k of the Jacobian.
    const traces = tf.grad((batch) => tf.sum(tf.mul(forward(model, batch), chosen)));
    const jacobian = traces(tf.tile(image, [classes, 1, 1, 1]));
    return [forward(model, image), jacobian];
  });
  const [logits, rows] = await Promise.all(tensors.map((tensor) => tensor.data<"float32">()));
  tf.dispose(tensors);
  const jacobian = Array.from(logits, (_, k) => rows.slice(k * size, (k + 1) * size));
  return gaussNewtonTaylor(pixels, logits, jacobian, label);
}

function forward(model: tfl.LayersModel, batch: tf.Tensor): tf.Tensor {
  return model.apply(batch, { training: false }) as tf.Tensor;
}
