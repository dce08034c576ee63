import * as tf from "@tensorflow/tfjs-core";
import { z } from "zod";
import type { CopyBatch } from "../copies.js";
import { defineMethod } from "../method.js";
import type { Objective } from "../objective.js";
import { meanCrossEntropy } from "./classifier.js";
import { copyScorer } from "./copy-losses.js";

const OPTIONS = z.object({
  keep: z.number().gt(0).max(1).default(0.5).describe("fraction of the batch that is learned from, rounded up"),
});

/**
 * Online hard example mining (Shrivastava, Gupta and Girshick, 2016, arXiv 1604.03540): the mean cross-entropy of those
 * examples of the batch whose loss is largest, on one noisy copy each. MaxUp takes the largest loss among the copies of
 * an example instead. A step costs keep + 1/3 plain ones.
 */
export function ohem({ keep }: z.output<typeof OPTIONS>): Objective {
  return {
    name: "ohem",
    copies: 1,
    prepare(model, batch) {
      const hardest = tf.tidy(() => ({ ...hardestOf(batch.draw(), copyScorer(model), keep) }));
      return () => meanCrossEntropy(model, hardest);
    },
  };
}

export const OHEM = defineMethod({
  name: "ohem",
  description: "the batch's hardest examples (Shrivastava et al. 2016); keep + 1/3 plain steps",
  options: OPTIONS,
  cost: ({ keep }) => keep + 1 / 3,
  create: ohem,
});

function hardestOf(batch: CopyBatch, losses: (batch: CopyBatch) => tf.Tensor1D, keep: number): CopyBatch {
  const { indices } = tf.topk(losses(batch), Math.ceil(keep * batch.images.shape[0]));
  return { images: tf.gather(batch.images, indices), targets: tf.gather(batch.targets, indices), copies: 1 };
}
