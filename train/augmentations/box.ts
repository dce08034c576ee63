import type { ImageShape } from "../../src/index.js";

/** A box of pixels of an image; ends don't belong to it. */
export interface Box {
  readonly top: number;
  readonly bottom: number;
  readonly left: number;
  readonly right: number;
}

/** The part of a box of `height` x `width` pixels around a centre that lies in the image. */
export function boxAround(
  [row, column]: readonly [number, number],
  [height, width]: readonly [number, number],
  shape: ImageShape,
): Box {
  const [top, left] = [row - Math.floor(height / 2), column - Math.floor(width / 2)];
  return {
    top: Math.max(0, top),
    bottom: Math.min(shape[0], top + height),
    left: Math.max(0, left),
    right: Math.min(shape[1], left + width),
  };
}

/** Its part of the image's area, in [0, 1]. */
export function areaOf({ top, bottom, left, right }: Box, [height, width]: ImageShape): number {
  return (Math.max(0, bottom - top) * Math.max(0, right - left)) / (height * width);
}

/** A copy of the pixels, those in the box written anew. @param value of a channel at an index of `pixels` */
export function withBox(
  pixels: Float32Array,
  [, width, channels]: ImageShape,
  { top, bottom, left, right }: Box,
  value: (channel: number, at: number) => number,
): Float32Array {
  const out = pixels.slice();
  for (let row = top; row < bottom; row++) {
    for (let column = left; column < right; column++) {
      const at = (row * width + column) * channels;
      for (let channel = 0; channel < channels; channel++) out[at + channel] = value(channel, at + channel);
    }
  }
  return out;
}
