import { z } from "zod";
import { boxAround, withBox } from "./box.js";
import { meanPixel } from "./mean-pixel.js";
import { requireImages } from "./require-images.js";
import { defineTransform } from "./transform.js";

/**
 * Cutout (DeVries and Taylor 2017, arXiv 1708.04552): a square around a pixel, each equally likely, is replaced by the
 * training set's mean colour; what lies outside of the image is cut off.
 */
export const CUTOUT = defineTransform({
  name: "cutout",
  description: "a square around a random pixel replaced by the mean colour",
  options: z.object({ size: z.int().min(1).describe("side of the square, in pixels") }),
  create({ size }, dataset) {
    requireImages("cutout", dataset);
    const { shape } = dataset;
    const mean = meanPixel(dataset);
    return ({ pixels, target }, random) => {
      const box = boxAround([random.integer(shape[0]), random.integer(shape[1])], [size, size], shape);
      return { pixels: withBox(pixels, shape, box, (channel) => mean[channel]), target };
    };
  },
});
