import * as tf from "@tensorflow/tfjs-core";
import { z } from "zod";
import { crossEntropy, trainingOutputs } from "../../src/index.js";
import { defineMethod } from "../method.js";
import type { Moment, Objective } from "../objective.js";
import { hardenedNoise } from "./attacks/hardened-noise.js";
import { accuracy, constantOf, inferenceLogits } from "./classifier.js";
import { meanOfCopies } from "./soft-votes.js";

const OPTIONS = z.object({
  copies: z.int().min(1).max(65_536).default(4).describe("noisy copies of an image"),
  lambda: z.number().min(0).default(1).describe("weight of the method's second term"),
  epsilon: z.number().gt(0).default(1).describe("longest shift by the attack, in pixels of [0, 1]"),
  steps: z.int().min(1).default(4).describe("steps of the attack"),
});

/**
 * CAT-RS (Jeong, Kim and Shin, 2023, arXiv 2212.09000): examples of which the smoothed classifier is unsure learn from
 * their easiest copies only, and those of which it is sure from the hardest noise. With k = max(1, Bin(m, a)) for the
 * fraction a of an example's m copies that are classified right, the mean over the examples of
 *
 *     1/m sum of the k smallest -log p_i[y]  +  lambda [k = m] max_i KL(p || p'_i),
 *
 * p'_i of copies whose noise was attacked, see {@link hardenedNoise}. As p the authors take the votes of another
 * network, trained before; here it is the mean prediction of this one in inference mode, a constant. A step costs m (T
 * + 7/3) plain ones.
 */
export function catRs({ copies, lambda, epsilon, steps }: z.output<typeof OPTIONS>): Objective {
  return {
    name: "cat-rs",
    copies,
    oneImage: true,
    prepare(model, batch, moment) {
      const drawn = batch.draw();
      const draws = uniforms(batch.length, copies, moment);
      const { said, hardened } = tf.tidy(() => {
        const said = meanOfCopies(tf.softmax(inferenceLogits(model, drawn.images)) as tf.Tensor2D, copies);
        const targets = eachCopy(said, copies);
        const attacked = { ...drawn, targets };
        return { said: targets, hardened: hardenedNoise(model, attacked, batch.clean().images, { epsilon, steps }) };
      });
      return () => {
        const logits = trainingOutputs(model, drawn.images) as tf.Tensor2D;
        const hardLogits = trainingOutputs(model, hardened) as tf.Tensor2D;
        const counts = constantOf(logits, (z) => keptCounts(z as tf.Tensor2D, drawn.targets, draws));
        const losses = tf.reshape(crossEntropy(logits, drawn.targets), [-1, copies]) as tf.Tensor2D;
        const kept = constantOf(losses, (values) => areSmallest(values, counts));
        const easiest = tf.div(tf.sum(tf.mul(kept, losses), 1), copies);
        const divergences = tf.sum(tf.mul(said, tf.sub(tf.log(said), tf.logSoftmax(hardLogits))), 1);
        const isSure = constantOf(counts, (k) => tf.cast(tf.equal(tf.squeeze(k, [1]), copies), "float32"));
        const hardest = tf.mean(tf.mul(isSure, tf.max(tf.reshape(divergences, [-1, copies]), 1))) as tf.Scalar;
        const loss = tf.add(tf.mean(easiest), tf.mul(lambda, hardest)) as tf.Scalar;
        return { loss, log: { accuracy: accuracy(logits, drawn.targets), divergence: hardest } };
      };
    },
  };
}

export const CAT_RS = defineMethod({
  name: "cat-rs",
  description: "easy copies, or hard noise if sure (Jeong et al. 2023); m (steps + 7/3) plain steps",
  options: OPTIONS,
  cost: ({ copies, steps }) => copies * (steps + 7 / 3),
  create: catRs,
});

/** Numbers in (0, 1) from each example's own source: [examples, count]. */
function uniforms(examples: number, count: number, { random }: Moment): tf.Tensor2D {
  const rows = Array.from({ length: examples }, (_, i) => {
    const source = random(i);
    return Array.from({ length: count }, () => source.uniform());
  });
  return tf.tensor2d(rows, [examples, count]);
}

/** Rows of examples, each repeated for its copies. */
function eachCopy(rows: tf.Tensor2D, copies: number): tf.Tensor2D {
  const [examples, columns] = rows.shape;
  return tf.reshape(tf.tile(tf.reshape(rows, [examples, 1, columns]), [1, copies, 1]), [-1, columns]);
}

/**
 * max(1, Bin(m, a)), drawn as the number of m uniforms below a, the fraction of copies that are right: [examples, 1].
 */
function keptCounts(logits: tf.Tensor2D, targets: tf.Tensor2D, draws: tf.Tensor2D): tf.Tensor {
  const isRight = tf.equal(tf.argMax(logits, 1), tf.argMax(targets, 1));
  const share = tf.mean(tf.cast(tf.reshape(isRight, draws.shape), "float32"), 1, true);
  return tf.maximum(1, tf.sum(tf.cast(tf.less(draws, share), "float32"), 1, true));
}

/** 1 where a value is among the smallest of its row, as many as `counts` says, the first ones on ties; else 0. */
function areSmallest(values: tf.Tensor, counts: tf.Tensor): tf.Tensor {
  const columns = values.shape[1]!;
  const [own, other] = [tf.expandDims(values, 2), tf.expandDims(values, 1)];
  const places = tf.range(0, columns, 1, "int32");
  const isEarlier = tf.less(tf.reshape(places, [1, 1, columns]), tf.reshape(places, [1, columns, 1]));
  const isBefore = tf.logicalOr(tf.less(other, own), tf.logicalAnd(tf.equal(other, own), isEarlier));
  return tf.cast(tf.less(tf.sum(tf.cast(isBefore, "float32"), 2), counts), "float32");
}
