import { z } from "zod";
import { betaDraw, LARGEST_ALPHA } from "./beta.js";
import { areaOf, boxAround, withBox } from "./box.js";
import { average } from "./mixup.js";
import { requireImages } from "./require-images.js";
import { defineTransform } from "./transform.js";

/**
 * CutMix (Yun et al. 2019, arXiv 1905.04899): a box of the image, of its shape and around a pixel, each equally likely,
 * is replaced by that of another image, and the label by the mixture in proportion to the areas. Before it is cut off
 * at the image's edge the box has the part 1 - p of the area, p ~ Beta(alpha, alpha).
 */
export const CUTMIX = defineTransform({
  name: "cutmix",
  description: "a box, and its part of the label, from another image; [:probability]",
  options: z.object({
    alpha: z.number().gt(0).max(LARGEST_ALPHA).describe("1 for boxes of all areas alike"),
    probability: z.number().gt(0).max(1).default(1).describe("part of the copies that are cut"),
  }),
  create({ alpha, probability }, dataset) {
    requireImages("cutmix", dataset);
    const { shape } = dataset;
    return (image, random, another) => {
      if (random.uniform() >= probability) return image;
      const other = another();
      const side = Math.sqrt(1 - betaDraw(alpha, random));
      const size = [Math.floor(side * shape[0]), Math.floor(side * shape[1])] as const;
      const box = boxAround([random.integer(shape[0]), random.integer(shape[1])], size, shape);
      return {
        pixels: withBox(image.pixels, shape, box, (_, at) => other.pixels[at]),
        target: average(image.target, other.target, 1 - areaOf(box, shape)),
      };
    };
  },
});
