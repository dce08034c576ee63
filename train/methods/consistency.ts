import * as tf from "@tensorflow/tfjs-core";
import type * as tfl from "@tensorflow/tfjs-layers";
import { z } from "zod";
import { crossEntropy, trainingOutputs } from "../../src/index.js";
import type { CopyBatch } from "../copies.js";
import { defineMethod } from "../method.js";
import type { Objective, ObjectiveValue } from "../objective.js";
import { accuracy } from "./classifier.js";
import { logMeanProbabilities, meanOfCopies } from "./soft-votes.js";

const OPTIONS = z.object({
  copies: z.int().min(2).max(65_536).default(2).describe("noisy copies of an image"),
  lambda: z.number().min(0).default(5).describe("weight of the method's second term"),
  eta: z.number().min(0).default(0.5).describe("weight of the mean prediction's entropy"),
});

/**
 * Consistency regularisation (Jeong and Shin, 2020, arXiv 2006.04062): with p_i the probabilities that the network
 * gives copy i of m, and p their mean, the mean over the examples of
 *
 *     mean_i -log p_i[y]  +  lambda mean_i KL(p || p_i)  +  eta H(p).
 *
 * A step costs m plain ones.
 */
export function consistency({ copies, lambda, eta }: z.output<typeof OPTIONS>): Objective {
  return {
    name: "consistency",
    copies,
    oneImage: true,
    prepare(model, batch) {
      const drawn = batch.draw();
      return () => consistencyLoss(model, drawn, lambda, eta);
    },
  };
}

export const CONSISTENCY = defineMethod({
  name: "consistency",
  description: "cross-entropy and agreement of m copies (Jeong and Shin 2020); m plain steps",
  options: OPTIONS,
  cost: ({ copies }) => copies,
  create: consistency,
});

/** The loss of {@link consistency}, of whatever copies. */
export function consistencyLoss(model: tfl.LayersModel, batch: CopyBatch, lambda: number, eta: number): ObjectiveValue {
  const logits = trainingOutputs(model, batch.images) as tf.Tensor2D;
  const { divergence, entropy } = spreadOf(logits, batch.copies);
  const regularizer = tf.add(tf.mul(lambda, divergence), tf.mul(eta, entropy));
  const loss = tf.add(tf.mean(crossEntropy(logits, batch.targets)), regularizer) as tf.Scalar;
  return { loss, log: { accuracy: accuracy(logits, batch.targets), divergence } };
}

/** Means over the examples of mean_i KL(p || p_i) and of H(p). */
function spreadOf(logits: tf.Tensor2D, copies: number): { divergence: tf.Scalar; entropy: tf.Scalar } {
  const logMean = logMeanProbabilities(logits, copies);
  const mean = tf.exp(logMean);
  const meanLog = meanOfCopies(tf.logSoftmax(logits), copies);
  const expected = (values: tf.Tensor): tf.Scalar => tf.mean(tf.sum(tf.mul(mean, values), 1));
  return { divergence: expected(tf.sub(logMean, meanLog)), entropy: expected(tf.neg(logMean)) };
}
