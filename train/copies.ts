import * as tf from "@tensorflow/tfjs-core";
import { type Dataset, dimensionOf, STREAM } from "../src/index.js";
import type { Augmentation } from "./augmentation.js";
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
  const rows = examples.length * copies;
  const classes = dataset.classes.length;
  const pixels = new Float32Array(rows * dimensionOf(dataset.shape));
  const targets = new Float32Array(rows * classes);
  for (let i = 0; i < examples.length; i++) {
    const example = dataset.example(examples[i]);
    const row = i * copies;
    for (let c = 0; c < copies; c++) targets[(row + c) * classes + example.label] = 1;
    const address = { seed, stream: STREAM.training, example: examples[i], sample: firstSample };
    augmentation.augment({ pixels, targets }, row, copies, example, address);
  }
  return {
    images: tf.tensor4d(pixels, [rows, ...dataset.shape]),
    targets: tf.tensor2d(targets, [rows, classes]),
    copies,
  };
}
