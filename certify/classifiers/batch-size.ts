import { dimensionOf, type ImageShape } from "../../src/data/dataset.js";

/** Coordinates in a batch: 1 MiB of float32, which stays in a processor's cache between the noise and the network. */
const BATCH_COORDINATES = 262_144;

/** The default number of images in a batch: some hundreds for small images, at least 8. */
export function batchSizeFor(shape: ImageShape): number {
  return Math.max(8, Math.floor(BATCH_COORDINATES / dimensionOf(shape)));
}
