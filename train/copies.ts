import * as tf from "@tensorflow/tfjs-core";
import { type Dataset, dimensionOf, STREAM, writeUnit } from "../src/index.js";
import type { Augmentation } from "./augmentations/augmentation.js";
import type { CopyBatch } from "./objective.js";

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
    const example = dataset.example(examples[i]);
    const row = i * copies;
    for (let c = 0; c < copies; c++) targets[(row + c) * classes + example.label] = 1;
    const address = { seed, stream: STREAM.training, example: examples[i], sample: firstSample };
    augmentation.augment({ pixels, targets }, row, copies, example, address);
  }
  return toTensors(dataset, pixels, targets, copies);
}

/** The examples as they are, in pixels of [0, 1], with one-hot labels. */
export function cleanImages(dataset: Dataset, examples: ArrayLike<number>): CopyBatch {
  const { pixels, targets } = emptyRows(dataset, examples.length);
  for (let i = 0; i < examples.length; i++) {
    const example = dataset.example(examples[i]);
    writeUnit(example.pixels, pixels, i * example.pixels.length);
    targets[i * dataset.classes.length + example.label] = 1;
  }
  return toTensors(dataset, pixels, targets, 1);
}

function emptyRows(dataset: Dataset, rows: number): { pixels: Float32Array; targets: Float32Array } {
  return {
    pixels: new Float32Array(rows * dimensionOf(dataset.shape)),
    targets: new Float32Array(rows * dataset.classes.length),
  };
}

function toTensors(dataset: Dataset, pixels: Float32Array, targets: Float32Array, copies: number): CopyBatch {
  const rows = targets.length / dataset.classes.length;
  return {
    images: tf.tensor4d(pixels, [rows, ...dataset.shape]),
    targets: tf.tensor2d(targets, [rows, dataset.classes.length]),
    copies,
  };
}
