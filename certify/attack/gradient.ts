import type { NoiseAddress, Pixels } from "../../src/core.js";

/**
 * The contract of a gradient of the smoothed classifier: from an input to the direction in which its class changes
 * soonest.
 */
export interface SmoothedGradient {
  /** `model`: through the network; `votes`: from labels alone. */
  readonly name: "model" | "votes";
  /** Noisy copies that one estimate takes: samples address.sample, +1, ... */
  readonly copies: number;
  /**
   * A direction of any length, one number a pixel, in which the likeliest other class gains on `label` under noise, to
   * first order; zeros where none can be seen.
   */
  ascent(x: Pixels, label: number, address: NoiseAddress): Promise<Float64Array>;
}
