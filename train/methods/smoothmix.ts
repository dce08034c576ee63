import * as tf from "@tensorflow/tfjs-core";
import type * as tfl from "@tensorflow/tfjs-layers";
import { z } from "zod";
import { crossEntropy, trainingOutputs } from "../../src/index.js";
import type { CopyBatch } from "../copies.js";
import { defineMethod } from "../method.js";
import type { Moment, Objective } from "../objective.js";
import { ascend } from "./attacks/ascent.js";
import { attackStrength, inBall, shifted } from "./attacks/shifts.js";
import { accuracy, constantOf } from "./classifier.js";
import { meanOfCopies } from "./soft-votes.js";

const OPTIONS = z.object({
  copies: z.int().min(1).max(65_536).default(4).describe("noisy copies of an image"),
  lambda: z.number().min(0).default(5).describe("weight of the method's second term"),
  steps: z.int().min(1).default(4).describe("steps of the attack"),
  stepSize: z.number().gt(0).default(1).describe("length of a step of the attack, in pixels of [0, 1]"),
  oneStep: z.boolean().default(false).describe("replace each image by where the attack is after a step"),
  attackRamp: z.int().min(1).default(10).describe("epochs in which the attack rises to its strength"),
});

type SmoothMixOptions = z.output<typeof OPTIONS>;

/**
 * SmoothMix (Jeong et al., 2021, arXiv 2111.09277): mixes an example with an adversary of the smoothed classifier, and
 * asks for less confidence the nearer the mixture is to it. With p the mean probabilities of m copies of x, u uniform
 * in (0, 1/2), the adversary a that PGD of SmoothAdv's loss reaches without a bound on its length, and K classes,
 *
 *     x' = (1 - u) x + u a,   y' = (1 - u) p + u / K,
 *
 * the mean over the examples of mean_i -log p_i[y] + lambda w [p is largest at y] mean_i KL(y' || p'_i), p'_i of the
 * copies of x' with the same noise. The weight w rises over the first epochs. With `oneStep` x is where the attack is
 * after its first step, cut to w times its length. Lambda is the paper's eta. A step costs m (T + 2) plain ones.
 */
export function smoothMix({ copies, lambda, attackRamp, ...attack }: SmoothMixOptions): Objective {
  return {
    name: "smoothmix",
    copies,
    oneImage: true,
    prepare(model, batch, moment) {
      const strength = attackStrength(moment.time, attackRamp);
      const shares = mixingShares(batch.length, moment);
      const { clean, mixed } = tf.tidy(() => {
        const drawn = batch.draw();
        const { init, adversary } = findAdversary(model, drawn, batch.clean().images, attack, strength);
        const share = tf.reshape(shares, [-1, 1, 1, 1]);
        const mixture = tf.add(init, tf.mul(share, tf.sub(adversary, init))) as tf.Tensor4D;
        return { clean: { ...shifted(drawn, init) }, mixed: { ...shifted(drawn, mixture) } };
      });
      return () => {
        const logits = trainingOutputs(model, clean.images) as tf.Tensor2D;
        const mixedLogits = trainingOutputs(model, mixed.images) as tf.Tensor2D;
        const mean = meanOfCopies(tf.softmax(logits) as tf.Tensor2D, copies);
        const labels = tf.argMax(meanOfCopies(clean.targets, copies), 1);
        const isRight = constantOf(mean, (p) => tf.cast(tf.equal(tf.argMax(p, 1), labels), "float32"));
        const divergences = mixedDivergences(mean, mixedLogits, shares, copies);
        const divergence = tf.mean(tf.mul(isRight, divergences)) as tf.Scalar;
        const plain = tf.mean(crossEntropy(logits, clean.targets));
        const loss = tf.add(plain, tf.mul(lambda * strength, divergence)) as tf.Scalar;
        return { loss, log: { accuracy: accuracy(logits, clean.targets), divergence } };
      };
    },
  };
}

export const SMOOTHMIX = defineMethod({
  name: "smoothmix",
  description: "mixtures with adversaries (Jeong et al. 2021); m (steps + 2) plain steps",
  options: OPTIONS,
  cost: ({ copies, steps }) => copies * (steps + 2),
  create: smoothMix,
});

/** u of each example, uniform in (0, 1/2): [examples, 1]. */
function mixingShares(examples: number, { random }: Moment): tf.Tensor2D {
  const shares = Array.from({ length: examples }, (_, i) => random(i).uniform() / 2);
  return tf.tensor2d(shares, [examples, 1]);
}

/** Shifts to the point that counts as the example, and to the adversary. */
function findAdversary(
  model: tfl.LayersModel,
  batch: CopyBatch,
  clean: tf.Tensor4D,
  { steps, stepSize, oneStep }: Pick<SmoothMixOptions, "steps" | "stepSize" | "oneStep">,
  strength: number,
): { init: tf.Tensor4D; adversary: tf.Tensor4D } {
  const ascent = { norm: "l2", epsilon: Infinity, steps: oneStep ? 1 : 0, stepSize } as const;
  const first = ascend(model, batch, clean, ascent);
  const init = inBall(first, strength * stepSize);
  return { init, adversary: ascend(model, batch, clean, { ...ascent, steps: steps - ascent.steps }, first) };
}

/** mean_i KL(y' || p'_i) of each example: [examples]. */
function mixedDivergences(
  mean: tf.Tensor2D,
  mixedLogits: tf.Tensor2D,
  shares: tf.Tensor2D,
  copies: number,
): tf.Tensor1D {
  const uniform = 1 / mean.shape[1];
  const targets = tf.add(mean, tf.mul(shares, tf.sub(uniform, mean)));
  const meanLog = meanOfCopies(tf.logSoftmax(mixedLogits), copies);
  return tf.sum(tf.mul(targets, tf.sub(tf.log(targets), meanLog)), 1) as tf.Tensor1D;
}
