import type { Example, NoiseAddress } from "../../src/index.js";
import type { LabelledImage } from "./transform.js";

/**
 * The contract of an augmentation: a random transform of one example into copies of it, P( . | x) in MaxUp's notation.
 *
 * A copy is a pure function of the example and of the address (seed, stream, example, sample): same arguments, same
 * copy, and copies at different addresses are independent draws. Noise is one, a `chain` of transforms that ends in
 * noise another; what else they need (the image's shape, the dataset to mix with) they are given when they are made.
 */
export interface Augmentation {
  /** Names the law of the copies and its parameters. */
  readonly name: string;
  /** Standard deviation of the noise that is added last, in [0, 1] pixel units; undefined where there is none. */
  readonly sigma?: number;
  /**
   * Set where the copies are x + N(0, sigma^2 I) and keep their labels: the standard deviation, in [0, 1] pixel units.
   * Screening then draws only the copies that it scores, see `steepest` of an ExampleBatch.
   */
  readonly gaussianSigma?: number;
  /** Set where images are transformed before noise is added. */
  readonly halves?: AugmentationHalves;
  /**
   * Writes `count` copies of the example to rows `row`, `row + 1`, ... of `copies`. Row `row + c` is the draw at sample
   * `address.sample + c`. Pixels are in units of [0, 1] and not clipped. `copies.targets` holds the one-hot label in
   * each row; an augmentation that mixes labels overwrites it.
   */
  augment(copies: CopyRows, row: number, count: number, example: Example, address: NoiseAddress): void;
}

/**
 * What an augmentation consists of that transforms images and then adds noise: a copy is the noise, at its address, of
 * what the transform at the same address makes of the example. Apart they give copies that share one transform.
 */
export interface AugmentationHalves {
  /** A pure function of the image and the address. The image that it is given is not written to. */
  transform(image: LabelledImage, address: NoiseAddress): LabelledImage;
  readonly noise: Augmentation;
}

/** Where copies are written: one row per copy. */
export interface CopyRows {
  /** [rows * dimension], HWC. */
  readonly pixels: Float32Array;
  /** [rows * classes]. */
  readonly targets: Float32Array;
}
