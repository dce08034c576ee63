import * as tf from "@tensorflow/tfjs-core";
import { z } from "zod";
import { requireThat, trainingOutputs } from "../../src/index.js";
import { defineMethod } from "../method.js";
import type { Objective } from "../objective.js";
import { accuracy, constantOf } from "./classifier.js";
import { normalQuantiles } from "./normal-quantiles.js";
import { meanOfCopies, softVoteLosses } from "./soft-votes.js";

const OPTIONS = z.object({
  copies: z.int().min(1).max(65_536).default(16).describe("noisy copies of an image"),
  lambda: z.number().min(0).default(16).describe("weight of the method's second term"),
  beta: z.number().gt(0).default(16).describe("factor of the logits where votes are counted softly"),
  margin: z.number().gt(0).default(8).describe("largest radius that the loss asks for, in units of sigma / 2"),
  defer: z.int().min(0).default(0).describe("first epochs without the second term"),
});

/**
 * MACER (Zhai et al., 2020, arXiv 2001.02378): maximises a soft certified radius. With p the mean over m copies of the
 * probabilities softmax(f), and q that of softmax(beta f), the mean over the examples of
 *
 *     -log p[y]  +  lambda sigma / 2 (margin - xi),   xi = Phi^-1(q[y]) - Phi^-1(max over k != y of q[k]),
 *
 * the second term only where q is largest at y and xi is at most `margin` (the paper's gamma). The paper's code adds
 * 1e-10 to p[y], which makes no difference that could be seen. A step costs m plain ones.
 */
export function macer({ copies, lambda, beta, margin, defer }: z.output<typeof OPTIONS>): Objective {
  return {
    name: "macer",
    copies,
    oneImage: true,
    prepare(model, batch, { time }) {
      const { images, targets } = batch.draw();
      const weight = time < defer ? 0 : (lambda * sigmaOf(batch.source.augmentation)) / 2;
      return () => {
        const logits = trainingOutputs(model, images) as tf.Tensor2D;
        const classification = tf.mean(softVoteLosses(logits, targets, copies));
        const votes = meanOfCopies(tf.softmax(tf.mul(logits, beta)) as tf.Tensor2D, copies);
        const shortfall = tf.mean(shortfalls(votes, meanOfCopies(targets, copies), margin)) as tf.Scalar;
        const loss = tf.add(classification, tf.mul(weight, shortfall)) as tf.Scalar;
        return { loss, log: { accuracy: accuracy(logits, targets), shortfall } };
      };
    },
  };
}

export const MACER = defineMethod({
  name: "macer",
  description: "largest soft certified radius, from m copies (Zhai et al. 2020); m plain steps",
  options: OPTIONS,
  cost: ({ copies }) => copies,
  create: macer,
});

function sigmaOf({ sigma, name }: { readonly sigma?: number; readonly name: string }): number {
  requireThat(sigma !== undefined, "macer", "augmentation", "one that has a noise level sigma", name);
  return sigma;
}

/** margin - xi of each example, 0 where it does not count: [examples]. */
function shortfalls(votes: tf.Tensor2D, targets: tf.Tensor2D, margin: number): tf.Tensor1D {
  const isLabel = tf.equal(targets, tf.max(targets, 1, true));
  const counts = constantOf(votes, (q) => {
    const others = otherVotes(q, isLabel);
    const isRight = tf.less(tf.max(others, 1), tf.sum(tf.sub(q, others), 1));
    return tf.logicalAnd(isRight, tf.lessEqual(gapOf(others), margin));
  });
  // What does not count is replaced before the quantiles: infinite slopes times 0 would be NaN.
  const known = tf.where(
    tf.expandDims(counts, 1),
    otherVotes(votes, isLabel),
    tf.fill(votes.shape, 0.5 / votes.shape[1]),
  );
  return tf.mul(tf.cast(counts, "float32"), tf.sub(margin, gapOf(known))) as tf.Tensor1D;
}

/** Votes with those for the label replaced by 0. */
function otherVotes(votes: tf.Tensor, isLabel: tf.Tensor): tf.Tensor {
  return tf.where(isLabel, tf.zerosLike(votes), votes);
}

/**
 * xi = -Phi^-1(the sum of other votes) - Phi^-1(the most for one of them): [examples]. The sum says more than 1 less
 * it, which float32 rounds to 1.
 */
function gapOf(others: tf.Tensor): tf.Tensor {
  return tf.neg(tf.add(normalQuantiles(tf.sum(others, 1)), normalQuantiles(tf.max(others, 1))));
}
