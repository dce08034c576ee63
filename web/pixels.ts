import type { PageImage } from "./messages.js";

/** The pixels of images back to back, as data sets hold them. */
export function joinedPixels(images: readonly PageImage[]): Uint8Array {
  const joined = new Uint8Array(images.reduce((sum, { pixels }) => sum + pixels.length, 0));
  let start = 0;
  for (const { pixels } of images) {
    joined.set(pixels, start);
    start += pixels.length;
  }
  return joined;
}
