import { dimensionOf, type ImageShape } from "../../src/data/dataset.js";
import { requireInteger } from "../../src/errors.js";
import { MAX_BATCH_NUMBERS } from "../../src/files/limits.js";

/** Coordinates in a batch: 1 MiB of float32, which stays in a processor's cache between the noise and the network. */
const BATCH_COORDINATES = 262_144;

/**
 * @throws ArgumentError unless `batchSize` is an integer of at least 1, and a batch of images of this shape at most 1
 * GiB in single precision
 */
export function requireBatchSize(batchSize: number, shape: ImageShape, where: string): void {
  requireInteger(batchSize, where, "batchSize", 1, Math.max(1, Math.floor(MAX_BATCH_NUMBERS / dimensionOf(shape))));
}

/** The default number of images in a batch: some hundreds for small images, at least 8. */
export function batchSizeFor(shape: ImageShape): number {
  return Math.max(8, Math.floor(BATCH_COORDINATES / dimensionOf(shape)));
}
