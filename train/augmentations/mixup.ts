import { z } from "zod";
import { betaDraw, LARGEST_ALPHA } from "./beta.js";
import { defineTransform, type LabelledImage } from "./transform.js";

/**
 * Mixup (Zhang et al. 2018, arXiv 1710.09412): the image and another one, and their labels, in proportions p and
 * 1 - p, p ~ Beta(alpha, alpha).
 */
export const MIXUP = defineTransform({
  name: "mixup",
  description: "another image and its label mixed in by Beta(alpha, alpha)",
  options: z.object({
    alpha: z.number().gt(0).max(LARGEST_ALPHA).describe("the smaller, the nearer are proportions to 0 and 1"),
  }),
  create({ alpha }) {
    return (image, random, another) => mixed(image, another(), betaDraw(alpha, random));
  },
});

/** p of one and 1 - p of the other. */
function mixed(one: LabelledImage, other: LabelledImage, p: number): LabelledImage {
  return { pixels: average(one.pixels, other.pixels, p), target: average(one.target, other.target, p) };
}

/** p a + (1 - p) b. */
export function average(a: Float32Array, b: Float32Array, p: number): Float32Array {
  return a.map((value, i) => p * value + (1 - p) * b[i]);
}
