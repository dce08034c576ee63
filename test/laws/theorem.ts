import { gaussianTheorem, type SampledTheorem } from "smoothcert";

/** The theorem of Gaussian noise, with what was sampled at a total variation of `distance` from it. */
export function gaussianAt(sigma: number, distance = 0): SampledTheorem {
  return { ...gaussianTheorem(sigma), distance };
}
