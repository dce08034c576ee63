import { z } from "zod";
import { defineMethod } from "../method.js";
import type { Objective } from "../objective.js";
import { meanCrossEntropy } from "./classifier.js";

/**
 * Training on noisy images (Cohen, Rosenfeld and Kolter, 2019, arXiv 1902.02918): the mean cross-entropy of one random
 * copy of each example.
 */
export function gaussian(): Objective {
  return {
    name: "gaussian",
    copies: 1,
    prepare(model, batch) {
      const copies = batch.draw();
      return () => meanCrossEntropy(model, copies);
    },
  };
}

export const GAUSSIAN = defineMethod({
  name: "gaussian",
  description: "cross-entropy of one noisy copy (Cohen et al. 2019)",
  options: z.object({}),
  cost: () => 1,
  create: gaussian,
});
