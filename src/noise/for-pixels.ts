import type { Dataset } from "../data/dataset.js";
import { GRID_LAW, gridNoise } from "./grid.js";
import { FLOAT_LAW, gaussianNoise, type NoiseSource } from "./source.js";

/**
 * The Gaussian noise that certificates use for pixels of a type: on the grid for bytes, where the theorem holds for the numbers that
 * the machine uses; in floating point for floats, where it holds up to their rounding.
 *
 * @param sigma standard deviation in [0, 1] pixel units @throws ArgumentError for a sigma out of range
 */
export function noiseFor(pixelType: Dataset["pixelType"], sigma: number): NoiseSource {
  return pixelType === "bytes" ? gridNoise(sigma) : gaussianNoise(sigma);
}

const MAKERS: ReadonlyMap<string, (sigma: number) => NoiseSource> = new Map([
  [GRID_LAW, (sigma: number) => gridNoise(sigma)],
  [FLOAT_LAW, (sigma: number) => gaussianNoise(sigma)],
]);

/** The noise of a law that a log names, see `NoiseSource.law`; undefined for one that this version doesn't have. */
export function noiseOfLaw(law: string, sigma: number): NoiseSource | undefined {
  return MAKERS.get(law)?.(sigma);
}

/** Whether {@link noiseOfLaw} has the law: known without making its tables. */
export function hasNoiseLaw(law: string): boolean {
  return MAKERS.has(law);
}
