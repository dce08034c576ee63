import { requireInteger, requireThat } from "../errors.js";
import {
  type Dataset,
  dimensionOf,
  type Example,
  type ImageShape,
  MAX_IMAGES,
  type Pixels,
  type PixelType,
  type Split,
} from "./dataset.js";
import { hashExamples } from "./hash.js";

/** What {@link createDataset} makes a dataset of. The arrays are kept, not copied. */
export interface DatasetArrays {
  readonly name: string;
  readonly split: Split;
  readonly shape: ImageShape;
  /** Names of the classes, by label. */
  readonly classes: readonly string[];
  /** All images back to back, HWC: bytes 0..255, or floats in [0, 1]. */
  readonly pixels: Pixels;
  /** Whether floats are values of a table, of any size and in units of their own. @defaultValue false */
  readonly table?: boolean;
  /** One class index an image, in [0, classes.length). */
  readonly labels: ArrayLike<number>;
  /** Where it came from, for a person. */
  readonly source: string;
  /** What a person who uses it should know of how it was read, a sentence each. @defaultValue none */
  readonly warnings?: readonly string[];
}

/**
 * A dataset over arrays in memory.
 * @throws ArgumentError if the pixels are not whole images (at least one, {@link MAX_IMAGES} at most), if labels and
 * images differ in number, or if a label names no class.
 */
export function createDataset(arrays: DatasetArrays): Dataset {
  const { pixels, labels, classes, shape } = arrays;
  const images = pixels.length / dimensionOf(shape);
  const rule = `one or more images of ${dimensionOf(shape)} values`;
  requireThat(Number.isInteger(images) && images > 0, "createDataset", "pixels.length", rule, pixels.length);
  requireThat(images <= MAX_IMAGES, "createDataset", "images", `at most ${MAX_IMAGES}`, images);
  requireThat(
    labels.length === images,
    "createDataset",
    "labels.length",
    `the number of images, ${images}`,
    labels.length,
  );
  for (let i = 0; i < images; i++) {
    requireInteger(labels[i], "createDataset", `labels[${i}]`, 0, classes.length - 1);
  }
  return new ArrayDataset(arrays);
}

class ArrayDataset implements Dataset {
  readonly name: string;
  readonly split: Split;
  readonly shape: ImageShape;
  readonly classes: readonly string[];
  readonly length: number;
  readonly pixelType: PixelType;
  readonly source: string;
  readonly warnings: readonly string[];
  readonly #pixels: Pixels;
  readonly #labels: ArrayLike<number>;
  readonly #dimension: number;
  #hash: string | undefined;

  constructor({ name, split, shape, classes, pixels, table, labels, source, warnings = [] }: DatasetArrays) {
    this.name = name;
    this.split = split;
    this.shape = shape;
    this.classes = classes;
    this.length = labels.length;
    const floats = table === true ? "values" : "floats";
    this.pixelType = pixels instanceof Float32Array ? floats : "bytes";
    this.source = source;
    this.warnings = warnings;
    this.#pixels = pixels;
    this.#labels = labels;
    this.#dimension = dimensionOf(shape);
  }

  hash(): string {
    this.#hash ??= hashExamples(this);
    return this.#hash;
  }

  example(i: number): Example {
    requireInteger(i, `dataset ${this.name}`, "example", 0, this.length - 1);
    const start = i * this.#dimension;
    return { pixels: this.#pixels.subarray(start, start + this.#dimension), label: this.#labels[i] };
  }
}
