import * as tf from "@tensorflow/tfjs-core";
import { type Dataset, dimensionOf, type Example, STREAM, writeUnit } from "../src/index.js";
import type { Augmentation } from "./augmentations/augmentation.js";
import type { LabelledImage } from "./augmentations/transform.js";

/** Which copies a batch is made of. */
export interface CopyDraw {
  readonly dataset: Dataset;
  readonly augmentation: Augmentation;
  /** Indices of the examples in the dataset. */
  readonly examples: ArrayLike<number>;
  /** Copies of each example, m. */
  readonly copies: number;
  readonly seed: number;
  /** Sample of each example's first copy; the others follow. Different draws of one example need disjoint samples. */
  readonly firstSample: number;
  /**
   * The part of a copy's label that is shared out evenly among all classes (Szegedy et al. 2016), in [0, 1).
   * @defaultValue 0
   */
  readonly labelSmoothing?: number;
  /**
   * Set where all copies of an example start from the same transformed image, and {@link cleanImages} gives that image:
   * a pure function of the image and of its example's index in the dataset.
   */
  readonly transform?: (image: LabelledImage, example: number) => LabelledImage;
}

/** Random copies of some training examples, in pixels of [0, 1] before any preprocessing, and not clipped. */
export interface CopyBatch {
  /** [examples * copies, height, width, channels]; the copies of one example lie back to back. */
  readonly images: tf.Tensor4D;
  /** [examples * copies, classes]: the probability of each class that the copy should get, one-hot for plain labels. */
  readonly targets: tf.Tensor2D;
  /** Number of copies of each example, m. */
  readonly copies: number;
}

/**
 * A draw whose copies of an example share one transform and differ in their noise alone: the transform is that of the
 * augmentation at (seed, training, e, sample). Without transforms, the draw as it is.
 */
export function withSharedTransform(draw: CopyDraw, sample: number): CopyDraw {
  const { augmentation, seed } = draw;
  if (augmentation.halves === undefined) return draw;
  const { transform, noise } = augmentation.halves;
  return {
    ...draw,
    augmentation: noise,
    transform: (image, example) => transform(image, { seed, stream: STREAM.training, example, sample }),
  };
}

/**
 * Draws copies of some examples. The copies of dataset example e are those at the addresses (seed, training, e,
 * firstSample), (seed, training, e, firstSample + 1), ..., whatever else is in the batch.
 */
export function drawCopies(draw: CopyDraw): CopyBatch {
  const { dataset, augmentation, examples, copies, seed, firstSample } = draw;
  const { pixels, targets } = emptyRows(dataset, examples.length * copies);
  const classes = dataset.classes.length;
  for (let i = 0; i < examples.length; i++) {
    const { example, target } = startOf(draw, examples[i]);
    const row = i * copies;
    for (let c = 0; c < copies; c++) targets.set(target, (row + c) * classes);
    const address = { seed, stream: STREAM.training, example: examples[i], sample: firstSample };
    augmentation.augment({ pixels, targets }, row, copies, example, address);
  }
  return toTensors(draw, pixels, targets, copies);
}

/**
 * The images that the copies of a draw are noisy views of, in pixels of [0, 1]: the examples as they are, with one-hot
 * labels, or what the copies' shared transform makes of them.
 */
export function cleanImages(draw: CopyDraw): CopyBatch {
  const { dataset, examples } = draw;
  const { pixels, targets } = emptyRows(dataset, examples.length);
  for (let i = 0; i < examples.length; i++) {
    const { example, target } = startOf(draw, examples[i]);
    writeUnit(example.pixels, pixels, i * example.pixels.length);
    targets.set(target, i * target.length);
  }
  return toTensors(draw, pixels, targets, 1);
}

/** What the copies of an example are drawn from, and the probability of each class that they start with. */
function startOf({ dataset, transform }: CopyDraw, index: number): { example: Example; target: Float32Array } {
  const example = dataset.example(index);
  const target = new Float32Array(dataset.classes.length);
  target[example.label] = 1;
  if (transform === undefined) return { example, target };
  const pixels = new Float32Array(example.pixels.length);
  writeUnit(example.pixels, pixels);
  const image = transform({ pixels, target }, index);
  return { example: { pixels: image.pixels, label: example.label }, target: image.target };
}

function emptyRows(dataset: Dataset, rows: number): { pixels: Float32Array; targets: Float32Array } {
  return {
    pixels: new Float32Array(rows * dimensionOf(dataset.shape)),
    targets: new Float32Array(rows * dataset.classes.length),
  };
}

function toTensors(
  { dataset, labelSmoothing = 0 }: CopyDraw,
  pixels: Float32Array,
  targets: Float32Array,
  copies: number,
): CopyBatch {
  const classes = dataset.classes.length;
  const rows = targets.length / classes;
  const smoothed = targets.map((target) => (1 - labelSmoothing) * target + labelSmoothing / classes);
  return {
    images: tf.tensor4d(pixels, [rows, ...dataset.shape]),
    targets: tf.tensor2d(smoothed, [rows, classes]),
    copies,
  };
}
