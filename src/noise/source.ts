import type { Pixels } from "../data/dataset.js";
import type { NoiseAddress } from "./address.js";
import { hasNoiseKernel } from "./kernel.js";

/**
 * The contract of smoothing noise: it turns one input into noisy copies of it, ready for the base classifier.
 * Same arguments, same floats, whatever the batch, the thread or the machine.
 */
export interface NoiseSource {
  /** Names the law and the stream version in logs; a change of one bit of the stream changes the name. */
  readonly id: string;
  /** Standard deviation in units of pixels in [0, 1]. */
  readonly sigma: number;
  /**
   * An upper bound on the total variation between the law of one copy of `dimension` pixels and the law that the
   * theorem speaks of. Missing where no bound is known: a certificate then holds up to the rounding of floating-point
   * noise.
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

/** What computes noise: the same floats either way. */
export type NoiseImplementation = "wasm" | "typescript";

/** The faster implementation that runs here. */
export function fastestNoise(): NoiseImplementation {
  return hasNoiseKernel() ? "wasm" : "typescript";
}
