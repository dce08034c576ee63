import { z } from "zod";
import { type ImageShape, requireThat } from "../../src/index.js";
import { requireImages } from "./require-images.js";
import { defineTransform } from "./transform.js";

/**
 * A random crop of the image's own size after padding with zeros on each side: a shift by up to `padding` pixels down
 * or up and as many right or left, every shift equally likely.
 */
export const CROP = defineTransform({
  name: "crop",
  description: "random crop, after padding each side with black pixels",
  options: z.object({ padding: z.int().min(1).describe("pixels added on each side") }),
  create({ padding }, dataset) {
    requireImages("crop", dataset);
    const side = Math.min(dataset.shape[0], dataset.shape[1]);
    requireThat(padding < side, "crop", "padding", `less than the images' shorter side, ${side}`, padding);
    const shift = 2 * padding + 1;
    return ({ pixels, target }, random) => {
      const [down, right] = [random.integer(shift) - padding, random.integer(shift) - padding];
      return { pixels: shifted(pixels, dataset.shape, down, right), target };
    };
  },
});

function shifted(pixels: Float32Array, shape: ImageShape, down: number, right: number): Float32Array {
  const [height, width, channels] = shape;
  const out = new Float32Array(pixels.length);
  const length = (width - Math.abs(right)) * channels;
  for (let row = Math.max(0, down); row < Math.min(height, height + down); row++) {
    const from = ((row - down) * width + Math.max(0, -right)) * channels;
    out.set(pixels.subarray(from, from + length), (row * width + Math.max(0, right)) * channels);
  }
  return out;
}
