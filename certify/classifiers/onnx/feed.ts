import { dimensionOf, type ImageShape } from "../../../src/data/dataset.js";
import { type PixelScaling, type PixelTransform, pixelTransform } from "../pixel-transform.js";
import { type Elements, elementsOf } from "./elements.js";
import type { InputForm } from "./input.js";

/** What a batch becomes: the elements of `rows` images, of which the first `count` are those of the batch. */
export type BatchFeed = (batch: Float32Array, count: number, rows: number) => Elements;

/**
 * How a batch (HWC, units of [0, 1], noise included) is fed to a network: scaled, in its layout, cast to its type. A
 * network that takes bytes is given them: without a scale, 255 times the pixels, rounded and clipped to 0..255.
 *
 * @throws ArgumentError for a scaling that does not fit the images
 */
export function batchFeed({ type, layout }: InputForm, shape: ImageShape, scaling?: PixelScaling): BatchFeed {
  const dimension = dimensionOf(shape);
  const transform = pixelTransform(shape, layout, type === "uint8" ? { scale: 255, ...scaling } : scaling);
  return (batch, count, rows) => elementsOf(type, floatsOf(transform, batch, count, rows * dimension));
}

/** What the person at the command line should know of how the network is fed. */
export function feedNotes({ type }: InputForm): string[] {
  if (type !== "uint8") return [];
  return [
    "the model takes bytes: noisy pixels are rounded and clipped to 0..255 for it, " +
      "which is part of the classifier that is certified",
  ];
}

/** `size` values for the network: the batch itself where it takes that as it is, else a copy of this call's own. */
function floatsOf(
  transform: PixelTransform | undefined,
  batch: Float32Array,
  count: number,
  size: number,
): Float32Array {
  if (transform === undefined && batch.length >= size) return batch.subarray(0, size);
  const copy = new Float32Array(size);
  if (transform === undefined) copy.set(batch);
  else transform(batch, count, copy);
  return copy;
}
