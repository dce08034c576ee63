import { createHash } from "node:crypto";
import { dimensionOf, processorText } from "../../src/index.js";
import type { BaseClassifier } from "../sampling/base-classifier.js";
import type { Fingerprint } from "../sampling/fingerprint.js";
import { measuredImage } from "./measured-images.js";
import { scoresOf } from "./measured-scores.js";

/**
 * Kernels of floats are chosen by the processor's features, and round differently: the same model may be another
 * function on another machine. The canary tells.
 */

const IMAGES = 16;
/** Images that are computed at once, whatever the batch size. */
const AT_ONCE = 4;

/** What computes a classifier here, with the canary that it gives: the SHA-256 of the scores of a fixed batch. */
export async function fingerprintOf(base: BaseClassifier): Promise<Fingerprint> {
  return { canary: await canaryHash(base), runtime: base.runtime, processor: processorText() };
}

/** SHA-256 of the scores of 16 fixed images as doubles, little endian; of their labels, where there are no scores. */
async function canaryHash(base: BaseClassifier): Promise<string> {
  const dimension = dimensionOf(base.inputShape);
  const hash = createHash("sha256");
  const size = Math.min(AT_ONCE, base.batchSize);
  for (let first = 0; first < IMAGES; first += size) {
    const pictures = Array.from({ length: Math.min(size, IMAGES - first) }, (_, i) =>
      measuredImage(first + i, dimension),
    );
    const scores = await scoresOf(base, pictures, [...pictures.keys()]);
    hash.update(bytesOf(scores.flat()));
  }
  return hash.digest("hex");
}

function bytesOf(numbers: readonly number[]): Uint8Array {
  const bytes = new DataView(new ArrayBuffer(8 * numbers.length));
  for (const [i, number] of numbers.entries()) bytes.setFloat64(8 * i, number, true);
  return new Uint8Array(bytes.buffer);
}
