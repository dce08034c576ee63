import { gaussianNoise, type NoiseSource } from "../../src/index.js";
import type { Augmentation } from "./augmentation.js";

/** Copies x + noise for any noise, e.g. `noisyCopies(gridNoise(0.5))`; labels stay as they are. */
export function noisyCopies(noise: NoiseSource): Augmentation {
  return {
    name: `${noise.id} sigma=${noise.sigma}`,
    sigma: noise.sigma,
    augment({ pixels }, row, count, example, address) {
      noise.perturb(pixels, row * example.pixels.length, example.pixels, address, count);
    },
  };
}

/**
 * Copies x + N(0, sigma^2 I), the augmentation of randomised smoothing.
 *
 * @param sigma standard deviation in [0, 1] pixel units; finite, at least 0
 * @throws ArgumentError if sigma is negative or not finite
 */
export function gaussianCopies(sigma: number): Augmentation {
  return { ...noisyCopies(gaussianNoise(sigma)), gaussianSigma: sigma };
}
