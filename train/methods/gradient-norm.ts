import * as tf from "@tensorflow/tfjs-core";
import type * as tfl from "@tensorflow/tfjs-layers";
import { z } from "zod";
import { crossEntropy, requireThat, trainingOutputs } from "../../src/index.js";
import type { CopyBatch } from "../copies.js";
import { defineMethod } from "../method.js";
import type { Objective } from "../objective.js";
import { accuracy, inputGradients } from "./classifier.js";
import { unit } from "./directions.js";

/**
 * The loss plus the norm of its input gradient, to which MaxUp with Gaussian noise is equal to first order (Gong et al.
 * 2020, Theorem 1): the mean over the examples of
 *
 *     L(x', theta) + lambda |grad_x L(x', theta)|,   x' a noisy copy of x.
 *
 * Second derivatives are not needed: with u the direction of the gradient at the weights as they are,
 * grad_theta |grad_x L| is the gradient of the slope <u, grad_x L> with u held fixed, and the slope is
 * (L(x' + h u) - L(x' - h u)) / 2h but for O(h^2). So a step costs two forward and backward passes for the slope, one
 * for the loss, and one for u: about 4 plain steps. Where the gradient is 0, so is its term.
 *
 * @param lambda weight of the norm, at least 0; MaxUp's is c(m, sigma), e.g. 0.51 for m = 4 at sigma 0.5
 * @param h half the distance of the two points, in units of pixels in [0, 1]; greater than 0
 * @throws ArgumentError if one is out of range
 */
export function gradientNorm(lambda: number, h: number): Objective {
  requireThat(lambda >= 0 && lambda < Infinity, "gradient-norm", "lambda", "finite and at least 0", lambda);
  requireThat(h > 0 && h < Infinity, "gradient-norm", "h", "finite and greater than 0", h);
  return {
    name: "gradient-norm",
    copies: 1,
    prepare(model, batch) {
      const copies = batch.draw();
      const gradients = inputGradients(model, copies);
      const directions = unit(gradients);
      const norm = tf.mean(tf.sum(tf.mul(gradients, directions), [1, 2, 3])) as tf.Scalar;
      return () => {
        const losses = stackedLosses(model, copies, tf.mul(directions, h) as tf.Tensor4D);
        const slope = tf.div(tf.sub(losses.ahead, losses.behind), 2 * h);
        const loss = tf.add(tf.mean(losses.here), tf.mul(lambda, tf.mean(slope))) as tf.Scalar;
        return { loss, log: { accuracy: losses.accuracy, gradientNorm: norm } };
      };
    },
  };
}

export const GRADIENT_NORM = defineMethod({
  name: "gradient-norm",
  description: "cross-entropy of a noisy copy, plus lambda times the norm of its input gradient",
  options: z.object({
    lambda: z.number().min(0).default(0.5).describe("weight of the method's second term"),
    h: z
      .number()
      .gt(0)
      .default(0.01)
      .describe("step of the central difference that gives the norm, for pixels in [0, 1]"),
  }),
  cost: () => 4,
  create: ({ lambda, h }) => gradientNorm(lambda, h),
});

interface StackedLosses {
  /** Cross-entropy of each image, and of the images moved ahead and back: [n] each. */
  readonly here: tf.Tensor1D;
  readonly ahead: tf.Tensor1D;
  readonly behind: tf.Tensor1D;
  readonly accuracy: tf.Scalar;
}

/** One pass in training mode over all three, so that batch normalisation sees the same statistics. */
function stackedLosses(model: tfl.LayersModel, { images, targets }: CopyBatch, step: tf.Tensor4D): StackedLosses {
  const n = images.shape[0];
  const stacked = tf.concat([images, tf.add(images, step) as tf.Tensor4D, tf.sub(images, step) as tf.Tensor4D]);
  const logits = trainingOutputs(model, stacked) as tf.Tensor2D;
  const losses = crossEntropy(logits, tf.tile(targets, [3, 1]));
  const [here, ahead, behind] = tf.split(losses, 3);
  return { here, ahead, behind, accuracy: accuracy(tf.slice(logits, 0, n), targets) } as StackedLosses;
}
