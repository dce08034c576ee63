import * as tf from "@tensorflow/tfjs-core";
import { z } from "zod";
import { defineMethod } from "../method.js";
import type { Objective } from "../objective.js";
import { ascend } from "./attacks/ascent.js";
import { ddn } from "./attacks/ddn.js";
import { attackStrength, shifted } from "./attacks/shifts.js";
import { meanCrossEntropy } from "./classifier.js";

const OPTIONS = z.object({
  attack: z.enum(["pgd", "ddn"]).default("pgd").describe("how examples are attacked"),
  copies: z.int().min(1).max(65_536).default(4).describe("noisy copies of an image"),
  epsilon: z.number().gt(0).default(1).describe("longest shift of an image by the attack, in pixels of [0, 1]"),
  steps: z.int().min(1).default(10).describe("steps of the attack"),
  attackRamp: z.int().min(1).default(10).describe("epochs in which the attack rises to its strength"),
});

/**
 * SmoothAdv (Salman et al., 2019, arXiv 1906.04584): adversarial training of the smoothed classifier. With copies
 * x + eta_i the attack looks for the shift d, |d| <= epsilon in L2 and x + d in [0, 1], that maximises
 *
 *     -log( mean over i = 1 .. m of softmax(f(x + d + eta_i))[y] ),
 *
 * and the loss is the mean cross-entropy of the same copies shifted, x + d + eta_i. The attack is PGD, steps of length
 * 2 epsilon / T along the normalised gradient from d = 0, or DDN. Epsilon rises over the first epochs.
 *
 * PGD costs m forward and backward passes a step, so that with the loss a step costs m (T + 1) plain ones; DDN takes m
 * more forward passes a step.
 */
export function smoothAdv({ attack, copies, epsilon, steps, attackRamp }: z.output<typeof OPTIONS>): Objective {
  return {
    name: "smoothadv",
    copies,
    oneImage: true,
    prepare(model, batch, { time }) {
      const attacked = tf.tidy(() => {
        const drawn = batch.draw();
        const clean = batch.clean().images;
        const radius = epsilon * attackStrength(time, attackRamp);
        const shifts =
          attack === "ddn"
            ? ddn(model, drawn, clean, { epsilon: radius, steps })
            : ascend(model, drawn, clean, { norm: "l2", epsilon: radius, steps, stepSize: (2 * radius) / steps });
        return { ...shifted(drawn, shifts) };
      });
      return () => meanCrossEntropy(model, attacked);
    },
  };
}

export const SMOOTHADV = defineMethod({
  name: "smoothadv",
  description: "attacks on the smoothed classifier (Salman et al. 2019); m (steps + 1) plain steps",
  options: OPTIONS,
  cost: ({ attack, copies, steps }) => copies * (steps * (attack === "ddn" ? 4 / 3 : 1) + 1),
  create: smoothAdv,
});
