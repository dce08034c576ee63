import { z } from "zod";
import type { ImageShape } from "../../src/index.js";
import { requireImages } from "./require-images.js";
import { defineTransform } from "./transform.js";

/** The image or its mirror image, left and right exchanged, equally likely. */
export const FLIP = defineTransform({
  name: "flip",
  description: "left and right exchanged, with probability 1/2",
  options: z.object({}),
  create(_, dataset) {
    requireImages("flip", dataset);
    return (image, random) =>
      random.integer(2) === 0 ? image : { ...image, pixels: mirrored(image.pixels, dataset.shape) };
  },
});

function mirrored(pixels: Float32Array, [height, width, channels]: ImageShape): Float32Array {
  const out = new Float32Array(pixels.length);
  for (let row = 0; row < height; row++) {
    for (let column = 0; column < width; column++) {
      const from = (row * width + column) * channels;
      const to = (row * width + width - 1 - column) * channels;
      for (let channel = 0; channel < channels; channel++) out[to + channel] = pixels[from + channel];
    }
  }
  return out;
}
