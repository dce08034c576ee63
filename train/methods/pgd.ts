import * as tf from "@tensorflow/tfjs-core";
import { z } from "zod";
import { defineMethod } from "../method.js";
import type { Moment, Objective } from "../objective.js";
import { ascend } from "./attacks/ascent.js";
import { inPixelRange, shifted } from "./attacks/shifts.js";
import { meanCrossEntropy } from "./classifier.js";

const OPTIONS = z.object({
  norm: z.enum(["linf", "l2"]).default("linf").describe("norm of the attack"),
  epsilon: z.number().gt(0).default(0.3).describe("longest shift of an image by the attack, in pixels of [0, 1]"),
  steps: z.int().min(1).default(40).describe("steps of the attack"),
  stepSize: z.number().gt(0).default(0.01).describe("length of a step of the attack, in pixels of [0, 1]"),
});

/**
 * Adversarial training by PGD (Madry et al., 2018, arXiv 1706.06083): the mean cross-entropy of the examples shifted by
 * d where that is large, |d| <= epsilon and x + d in [0, 1]. It has no noise: at sigma 0 it is the paper's. At other
 * sigmas d shifts, and is found for, one noisy copy.
 *
 * In the norm `linf` the attack starts at a random point of the cube, in `l2` at the example. A step costs T + 1 plain
 * ones.
 */
export function pgd({ norm, ...attack }: z.output<typeof OPTIONS>): Objective {
  return {
    name: "pgd",
    copies: 1,
    oneImage: true,
    prepare(model, batch, moment) {
      const attacked = tf.tidy(() => {
        const drawn = batch.draw();
        const clean = batch.clean().images;
        const start = norm === "linf" ? randomStart(clean, moment, attack.epsilon) : undefined;
        return { ...shifted(drawn, ascend(model, drawn, clean, { norm, ...attack }, start)) };
      });
      return () => meanCrossEntropy(model, attacked);
    },
  };
}

export const PGD = defineMethod({
  name: "pgd",
  description: "attacks on one copy, or without noise (Madry et al. 2018); steps + 1 plain steps",
  options: OPTIONS,
  cost: ({ steps }) => steps + 1,
  create: pgd,
});

/** Shifts drawn uniformly from the cube, and cut to pixels in [0, 1]. */
function randomStart(clean: tf.Tensor4D, { random }: Moment, epsilon: number): tf.Tensor4D {
  const [examples, ...shape] = clean.shape;
  const pixels = clean.size / examples;
  const values = new Float32Array(clean.size);
  for (let i = 0; i < examples; i++) {
    const source = random(i);
    for (let j = 0; j < pixels; j++) values[i * pixels + j] = epsilon * (2 * source.uniform() - 1);
  }
  return inPixelRange(clean, tf.tensor4d(values, [examples, ...shape]));
}
