import { type Pixels, writeUnit } from "../data/dataset.js";
import { requireThat } from "../errors.js";
import { type NoiseAddress, requireCopies } from "./address.js";
import { type CopyKernel, gaussianKernel, hasNoiseKernel } from "./kernel.js";
import { fillStandardNormal } from "./normal.js";

/**
 * The contract of smoothing noise: it turns one input into noisy copies of it, ready for the base classifier.
 * Same arguments, same floats, whatever the batch, the thread or the machine.
 */
export interface NoiseSource {
  /** Names the law and the stream version in logs; a change of one bit of the stream changes the name. */
  readonly law: string;
  /** Standard deviation in units of pixels in [0, 1]. */
  readonly sigma: number;
  /**
   * An upper bound on the total variation between the law of one copy of `dimension` pixels and the law that the theorem speaks of. Missing
   * where no bound is known: a certificate then holds up to the rounding of floating-point noise.
   */
  readonly distance?: (dimension: number) => number;
  /**
   * Writes `count` noisy copies of `pixels` to `out` from `offset` on, back to back, in units of [0, 1].
   * Copy c takes its noise from sample `address.sample + c`.
   */
  perturb(out: Float32Array, offset: number, pixels: Pixels, address: NoiseAddress, count: number): void;
  /** Memory for `length` floats, of whatever value, that `perturb` writes to fastest. The next call takes it back. */
  room?(length: number): Float32Array<ArrayBuffer>;
}

/** The law and stream of {@link gaussianNoise}. */
export const FLOAT_LAW = "gaussian-float32/philox4x32-10/3";

/** What computes noise: the same floats either way. */
export type NoiseImplementation = "wasm" | "typescript";

/** The faster implementation that runs here. */
export function fastestNoise(): NoiseImplementation {
  return hasNoiseKernel() ? "wasm" : "typescript";
}

/**
 * Isotropic Gaussian noise N(0, sigma^2 I), in floating point and not clipped: copy = x + sigma z in single precision, each operation rounded.
 *
 * @param sigma standard deviation in [0, 1] pixel units; finite, at least 0
 * @throws ArgumentError if sigma is negative or not finite
 */
export function gaussianNoise(sigma: number, implementation: NoiseImplementation = fastestNoise()): NoiseSource {
  requireThat(sigma >= 0 && sigma < Infinity, "gaussianNoise", "sigma", "finite and at least 0", sigma);
  const copies = implementation === "wasm" ? gaussianKernel(sigma) : gaussianCopies(sigma);
  return {
    law: FLOAT_LAW,
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
