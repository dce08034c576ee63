import type { PixelType } from "../data/dataset.js";
import { ArgumentError, requireThat } from "../errors.js";
import { GAUSSIAN_FLOAT } from "./gaussian-float.js";
import { GAUSSIAN_GRID } from "./gaussian-grid.js";
import type { Law, Smoothing } from "./smoothing.js";
import { UNIFORM_FLOAT } from "./uniform-float.js";

/** Every law of smoothing. Of those with one `noise`, the first one for a type of pixels is taken. */
export const LAWS: readonly Law[] = [GAUSSIAN_GRID, GAUSSIAN_FLOAT, UNIFORM_FLOAT];

/** The names of noise, each once. */
export const NOISES: readonly string[] = [...new Set(LAWS.map(({ noise }) => noise))];

/**
 * Noise of a name for pixels of a type, with its theorem. Gaussian noise for bytes is drawn on their grid, where the
 * theorem holds for the numbers that the machine uses; noise for floats, up to their rounding.
 *
 * @param noise one of {@link NOISES}
 * @param sigma standard deviation in units of pixels in [0, 1], or of a table's values
 * @throws ArgumentError for another name, and for a sigma out of range or not above 0
 */
export function smoothingFor(noise: string, pixelType: PixelType, sigma: number): Smoothing {
  requireThat(sigma > 0 && sigma < Infinity, "smoothing", "sigma", "finite and greater than 0", sigma);
  const law = LAWS.find((each) => each.noise === noise && each.pixelTypes.includes(pixelType));
  if (law !== undefined) return law.smoothing(sigma);
  const names = NOISES.join(", ");
  throw new ArgumentError(`noise must be one of ${names} for ${pixelType}, got ${noise}`, "noise", noise);
}

/**
 * The smoothing that a log names; undefined for a law that this version doesn't have.
 *
 * @throws ArgumentError for a sigma out of the law's range
 */
export function smoothingOf(id: string, sigma: number): Smoothing | undefined {
  return LAWS.find((law) => law.id === id)?.smoothing(sigma);
}

/** Whether {@link smoothingOf} has the law: known without making its tables. */
export function hasLaw(id: string): boolean {
  return LAWS.some((law) => law.id === id);
}

/**
 * The law that a log names, or the same law with another version of its stream: what stands before the first `/` tells.
 * Undefined for a law that this version has in no version.
 */
export function lawOf(id: string): Law | undefined {
  const [family] = id.split("/");
  return LAWS.find((law) => law.id.split("/")[0] === family);
}
