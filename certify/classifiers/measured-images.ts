/** Images on which base classifiers are measured, the same in each run. */
import { gaussianNoise, STREAM } from "../../src/core.js";

/** Kinds of images: dark, bright, of strong contrast, and far brighter than any picture. */
const KINDS = [
  { level: 0.1, sigma: 0.25 },
  { level: 0.9, sigma: 0.25 },
  { level: 0.5, sigma: 1 },
  { level: 4, sigma: 0.5 },
] as const;

/** How many kinds of images there are: of so many images that follow each other no two are alike. */
export const IMAGE_KINDS: number = KINDS.length;

/** Image number `image` of `dimension` pixels: its kind under noise of its own. */
export function measuredImage(image: number, dimension: number): Float32Array {
  const { level, sigma } = KINDS[image % KINDS.length];
  return underNoise(sigma, new Float32Array(dimension).fill(level), image, 0);
}

/** Pixels under Gaussian noise, the same in each run. */
export function underNoise(sigma: number, pixels: Float32Array, image: number, sample: number): Float32Array {
  const noisy = new Float32Array(pixels.length);
  gaussianNoise(sigma).perturb(noisy, 0, pixels, { seed: 0, stream: STREAM.theory, example: image, sample }, 1);
  return noisy;
}
