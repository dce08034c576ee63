import { createHash } from "node:crypto";
import type { Dataset } from "./dataset.js";

/**
 * SHA-256 (hex) of a dataset's content: one line of JSON with shape, pixel type and length, then the pixels of all
 * examples in order (floats as IEEE 754, little endian), then the labels as 32-bit little-endian integers. Name, split,
 * class names and source are left out: the same examples have the same hash whatever file they were read from.
 */
export function hashExamples(dataset: HashedPart): string {
  const { shape, pixelType, length } = dataset;
  const hash = createHash("sha256");
  hash.update(`${JSON.stringify({ shape, pixelType, length })}\n`);
  const labels = new Uint8Array(4 * length);
  const view = new DataView(labels.buffer);
  for (let i = 0; i < length; i++) {
    const { pixels, label } = dataset.example(i);
    hash.update(pixels);
    view.setInt32(4 * i, label, true);
  }
  return hash.update(labels).digest("hex");
}

/** What the hash is a function of. */
export type HashedPart = Pick<Dataset, "shape" | "pixelType" | "length" | "example">;
