/**
 * The contract of a dataset: labelled images of one shape, whose pixels stay what they were on disk.
 */

/** Height, width and channels of an image; pixels are stored row by row, channels last (HWC). */
export type ImageShape = readonly [height: number, width: number, channels: number];

/**
 * Pixels of one image, HWC. Bytes are levels 0..255 and stand for level/255 in [0, 1]; floats stand for themselves.
 * Which of the two it is tells the noise whether the input lies on the grid of bytes.
 */
export type Pixels = Uint8Array | Float32Array;

/** One labelled image. `pixels` is a view into the dataset: do not write to it. */
export interface Example {
  readonly pixels: Pixels;
  /** Index of the class, in [0, classes). */
  readonly label: number;
}

export interface Dataset {
  /** A name for logs and legends, e.g. `mnist`. */
  readonly name: string;
  readonly split: Split;
  readonly shape: ImageShape;
  /** Names of the classes, by label. */
  readonly classes: readonly string[];
  /** Number of examples. */
  readonly length: number;
  /** `bytes` if pixels are Uint8Array; if Float32Array `floats`, or `values` for any numbers in units of their own. */
  readonly pixelType: PixelType;
  /**
   * Where its labels are a model's: that model's class for each class it had; null for classes whose images are left
   * out.
   */
  readonly labelMap?: LabelMap;
  /** Where it came from, for a person: files and counts. */
  readonly source: string;
  /** What a person who uses it should know of how it was read, a sentence each; missing where there is nothing. */
  readonly warnings?: readonly string[];
  /** SHA-256 (hex) of shape, pixels and labels, in order: two datasets with one hash certify alike. */
  hash(): string;
  /** @throws ArgumentError if i is not an integer in [0, length). */
  example(i: number): Example;
}

/** For each class of a data set, in order, a model's class that stands for it; null where the model has none. */
export type LabelMap = readonly (number | null)[];

/** What the numbers of a data set are: levels 0..255, pixels in [0, 1], or values of a table in units of their own. */
export const PIXEL_TYPES = ["bytes", "floats", "values"] as const;
export type PixelType = (typeof PIXEL_TYPES)[number];

export type Split = "train" | "test";

/** The most examples that a dataset may have; also the most that the header of a log may speak of. */
export const MAX_IMAGES: number = 2 ** 24;

/** The largest number of classes that labels may imply: a larger label is taken for a damaged or foreign file. */
export const MAX_CLASSES = 65_536;

/** Number of coordinates of an image. */
export function dimensionOf(shape: ImageShape): number {
  return shape[0] * shape[1] * shape[2];
}

/** Writes the pixels in [0, 1] (bytes divided by 255) into `out` from `offset` on. */
export function writeUnit(pixels: Pixels, out: Float32Array, offset = 0): void {
  if (pixels instanceof Float32Array) {
    out.set(pixels, offset);
    return;
  }
  for (let j = 0; j < pixels.length; j++) out[offset + j] = pixels[j] / 255;
}
