import { writeUnit } from "../data/dataset.js";
import { requireThat } from "../errors.js";
import { nextDown, nextUp } from "../math/ulp.js";
import { keyOf, type NoiseAddress, requireCopies } from "../noise/address.js";
import { philox4x32 } from "../noise/philox.js";
import type { Law, Smoothing, Theorem } from "./smoothing.js";

/**
 * Uniform noise on the cube [-lambda, lambda]^d, and its L1 certificate (Lee, Yuan, Chang and Jaakkola 2019; Yang et
 * al. 2020, "Randomized smoothing of all shapes and sizes", Theorem 1 for the cube).
 *
 * Moving the cube by delta moves at most |delta|_1 / (2 lambda) of its mass, so no probability changes by more: class A
 * stays the most probable one where |delta|_1 < lambda (pA - pB), which is 2 lambda (pA - 1/2) with pB = 1 - pA.
 *
 * As in Yang et al., the law's scale is its standard deviation sigma, so that laws compare at equal sigma: lambda is
 * sqrt(3) sigma, rounded to single precision, in which copies are computed: copy = x + lambda u, each operation
 * rounded.
 */
export const UNIFORM_FLOAT: Law = {
  id: "uniform-float32/philox4x32-10/1",
  noise: "uniform",
  description: "uniform noise on [-sqrt(3) sigma, sqrt(3) sigma] for each pixel: L1 radii",
  pixelTypes: ["bytes", "floats", "values"],
  theorem: uniformTheorem,
  smoothing: uniformNoise,
};

/** Half the side of the cube whose standard deviation is sigma. */
function lambdaOf(sigma: number): number {
  return Math.fround(Math.sqrt(3) * sigma);
}

function uniformTheorem(sigma: number): Theorem {
  const lambda = lambdaOf(sigma);
  return {
    norm: "l1",
    radius(pALower, pBUpper) {
      // pALower - 1/2 is exact for pALower in [1/4, 1].
      if (pBUpper === undefined) return pALower <= 0.5 ? 0 : Math.max(0, nextDown(2 * lambda * (pALower - 0.5)));
      return pALower <= pBUpper ? 0 : Math.max(0, nextDown(lambda * nextDown(pALower - pBUpper)));
    },
    radiusLimit(pAUpper, pBLower) {
      if (pBLower === undefined) return pAUpper <= 0.5 ? 0 : nextUp(2 * lambda * (pAUpper - 0.5));
      return Math.max(0, nextUp(lambda * nextUp(pAUpper - pBLower)));
    },
  };
}

/**
 * Smoothing by uniform noise, see {@link UNIFORM_FLOAT}; not clipped.
 *
 * @param sigma standard deviation in units of pixels in [0, 1], at least 0, with a lambda that is finite in single
 * precision
 * @throws ArgumentError for another sigma
 */
export function uniformNoise(sigma: number): Smoothing {
  const lambda = lambdaOf(sigma);
  const finite = sigma >= 0 && lambda < Infinity;
  requireThat(finite, "uniformNoise", "sigma", "at least 0, with a lambda finite in single precision", sigma);
  return {
    ...uniformTheorem(sigma),
    id: UNIFORM_FLOAT.id,
    sigma,
    perturb(out, offset, pixels, address, count) {
      requireCopies("uniformNoise", address, count);
      const clean = new Float32Array(pixels.length);
      writeUnit(pixels, clean);
      for (let c = 0; c < count; c++) {
        addUniform(out, offset + c * clean.length, clean, lambda, { ...address, sample: address.sample + c });
      }
    },
  };
}

const words = new Uint32Array(4);

/**
 * Writes clean + lambda u, where u of coordinate j is word j % 4 of the address's block j / 4, as a signed fraction.
 */
function addUniform(out: Float32Array, start: number, clean: Float32Array, lambda: number, at: NoiseAddress): void {
  const [low, high] = keyOf(at.seed);
  for (let j = 0; j < clean.length; j++) {
    if (j % 4 === 0) philox4x32(words, j / 4, at.sample, at.example, at.stream, low, high);
    // (word + 1/2) / 2^31 as a double is exact and symmetric about 0.
    const u = Math.fround(((words[j % 4] | 0) + 0.5) * 2 ** -31);
    out[start + j] = clean[j] + Math.fround(lambda * u);
  }
}
