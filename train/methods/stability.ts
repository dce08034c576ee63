import * as tf from "@tensorflow/tfjs-core";
import { z } from "zod";
import { crossEntropy, trainingOutputs } from "../../src/index.js";
import { defineMethod } from "../method.js";
import type { Objective } from "../objective.js";
import { accuracy } from "./classifier.js";

const OPTIONS = z.object({
  lambda: z.number().min(0).default(2).describe("weight of the method's second term"),
});

/**
 * Stability training (Li, Chen, Wang and Carin, 2019, arXiv 1809.03113): with p the probabilities that the network
 * gives the image itself, and p' those of a noisy copy, the mean over the examples of
 *
 *     -log p[y]  -  lambda sum_k p[k] log p'[k],
 *
 * with gradients through both. A step costs two plain ones.
 */
export function stability({ lambda }: z.output<typeof OPTIONS>): Objective {
  return {
    name: "stability",
    copies: 1,
    oneImage: true,
    prepare(model, batch) {
      const noisy = batch.draw();
      const clean = batch.clean();
      return () => {
        const logits = trainingOutputs(model, clean.images) as tf.Tensor2D;
        const noisyLogits = trainingOutputs(model, noisy.images) as tf.Tensor2D;
        const products = tf.mul(tf.softmax(logits), tf.logSoftmax(noisyLogits));
        const instability = tf.neg(tf.mean(tf.sum(products, 1))) as tf.Scalar;
        const loss = tf.add(tf.mean(crossEntropy(logits, clean.targets)), tf.mul(lambda, instability)) as tf.Scalar;
        return { loss, log: { accuracy: accuracy(noisyLogits, noisy.targets), instability } };
      };
    },
  };
}

export const STABILITY = defineMethod({
  name: "stability",
  description: "cross-entropy of a copy with the image itself (Li et al. 2019); 2 plain steps",
  options: OPTIONS,
  cost: () => 2,
  create: stability,
});
