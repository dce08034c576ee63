import * as tf from "@tensorflow/tfjs-core";
import { z } from "zod";
import { crossEntropy, trainingOutputs } from "../../src/index.js";
import { defineMethod } from "../method.js";
import type { Objective } from "../objective.js";
import { accuracy, constantOf } from "./classifier.js";

const OPTIONS = z.object({
  copies: z.int().min(1).max(65_536).default(4).describe("noisy copies of an image"),
  aggregation: z.enum(["mean", "softmax", "top", "bottom"]).default("mean").describe("how copies make one loss"),
  temperature: z
    .number()
    .gt(0)
    .default(1)
    .describe("of softmax: towards 0 the largest loss, towards infinity the mean"),
  share: z.number().gt(0).max(1).default(0.5).describe("fraction of the copies that top and bottom keep, rounded up"),
});

type AggregateOptions = z.output<typeof OPTIONS>;

/**
 * The family that MaxUp belongs to: the mean over the examples of one number made of the losses l_1 .. l_m of their
 * copies, each a cross-entropy.
 *
 *     mean      1/m sum of the l_i, as in batch augmentation (Hoffer et al., 2020, arXiv 1901.09335)
 *     softmax   tau log( 1/m sum of exp(l_i / tau) ), whose gradient weighs copies by softmax(l / tau)
 *     top       mean of the k largest, k = share m rounded up; k = 1 is MaxUp, with all copies in training mode
 *     bottom    mean of the k smallest, the first term of CAT-RS (Jeong et al., 2023, arXiv 2212.09000) at a fixed k
 *
 * Softmax rises from the mean to the maximum as tau falls from infinity to 0. Copies whose loss equals the k-th one's
 * all count. A step costs m plain ones.
 */
export function aggregate(options: AggregateOptions): Objective {
  const { copies } = options;
  return {
    name: "aggregate",
    copies,
    prepare(model, batch) {
      const { images, targets } = batch.draw();
      return () => {
        const logits = trainingOutputs(model, images) as tf.Tensor2D;
        const losses = tf.reshape(crossEntropy(logits, targets), [-1, copies]) as tf.Tensor2D;
        const loss = tf.mean(aggregated(losses, options)) as tf.Scalar;
        return { loss, log: { accuracy: accuracy(logits, targets) } };
      };
    },
  };
}

export const AGGREGATE = defineMethod({
  name: "aggregate",
  description: "mean, soft maximum, k largest or k smallest losses of m copies; m plain steps",
  options: OPTIONS,
  cost: ({ copies }) => copies,
  create: aggregate,
});

/** [examples, copies] to [examples] */
function aggregated(losses: tf.Tensor2D, { aggregation, temperature, share, copies }: AggregateOptions): tf.Tensor {
  if (aggregation === "mean") return tf.mean(losses, 1);
  if (aggregation === "softmax") {
    return tf.mul(temperature, tf.sub(tf.logSumExp(tf.div(losses, temperature), 1), Math.log(copies)));
  }
  const kept = constantOf(losses, (values) => areLargest(values, aggregation, Math.ceil(share * copies)));
  return tf.div(tf.sum(tf.mul(kept, losses), 1), tf.sum(kept, 1));
}

/** 1 where a value is among the k largest of its row, or smallest, else 0. */
function areLargest(values: tf.Tensor, end: "top" | "bottom", k: number): tf.Tensor {
  const signed = end === "top" ? values : tf.neg(values);
  const least = tf.slice(tf.topk(signed, k).values, [0, k - 1], [-1, 1]);
  return tf.cast(tf.greaterEqual(signed, least), "float32");
}
