import { writeUnit } from "../data/dataset.js";
import { requireThat } from "../errors.js";
import { requireCopies } from "../noise/address.js";
import { type CopyKernel, gaussianKernel } from "../noise/kernel.js";
import { fillStandardNormal } from "../noise/normal.js";
import { fastestNoise, type NoiseImplementation } from "../noise/source.js";
import { gaussianTheorem } from "./gaussian-theorem.js";
import type { Law, Smoothing, Theorem } from "./smoothing.js";

/** Gaussian noise in floating point: for pixels and values that lie on no grid. */
export const GAUSSIAN_FLOAT: Law = {
  id: "gaussian-float32/philox4x32-10/3",
  noise: "gaussian",
  description: "Gaussian noise, in floating point: L2 radii",
  pixelTypes: ["floats", "values"],
  theorem: roundedTheorem,
  smoothing: (sigma) => gaussianNoise(sigma),
};

/** The theorem at the sigma that copies have, which single precision rounds: 0.12 to 0.11999999731779099. */
function roundedTheorem(sigma: number): Theorem {
  return gaussianTheorem(Math.fround(sigma));
}

/**
 * Isotropic Gaussian noise N(0, sigma^2 I), in floating point and not clipped: copy = x + sigma z in single precision,
 * each operation rounded, sigma too.
 *
 * @param sigma standard deviation in [0, 1] pixel units; at least 0, and finite in single precision (below 3.4e38)
 * @throws ArgumentError for another sigma
 */
export function gaussianNoise(sigma: number, implementation: NoiseImplementation = fastestNoise()): Smoothing {
  const finite = sigma >= 0 && Math.fround(sigma) < Infinity;
  requireThat(finite, "gaussianNoise", "sigma", "at least 0, and finite in single precision", sigma);
  const copies = implementation === "wasm" ? gaussianKernel(sigma) : gaussianCopies(sigma);
  return {
    ...roundedTheorem(sigma),
    id: GAUSSIAN_FLOAT.id,
    sigma,
    perturb(out, offset, pixels, address, count) {
      requireCopies("gaussianNoise", address, count);
      const clean = new Float32Array(pixels.length);
      writeUnit(pixels, clean);
      copies.copy(out, offset, clean, address, count);
    },
    room: (length) => copies.room(length),
  };
}

/** The reference that the kernel agrees with bit for bit. */
function gaussianCopies(sigma: number): CopyKernel<Float32Array> {
  const single = Math.fround(sigma);
  return {
    copy(out, offset, clean, address, count) {
      const dimension = clean.length;
      for (let c = 0; c < count; c++) {
        const start = offset + c * dimension;
        fillStandardNormal(out, { ...address, sample: address.sample + c }, start, dimension);
        for (let j = 0; j < dimension; j++) out[start + j] = clean[j] + Math.fround(single * out[start + j]);
      }
    },
    room: (length) => new Float32Array(length),
  };
}
