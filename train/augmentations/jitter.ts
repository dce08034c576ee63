import { z } from "zod";
import { requireImages } from "./require-images.js";
import { defineTransform } from "./transform.js";

const part = (what: string) => z.number().min(0).max(1).describe(`largest change of the ${what}, as a part of it`);

/** Parts of red, green and blue in grey: the luma of ITU-R BT.601. */
const LUMA = [0.299, 0.587, 0.114];

/**
 * Colour jitter: brightness, then contrast, then saturation multiplied by factors in [1 - x, 1 + x], each equally
 * likely; the results are cut to [0, 1]. Contrast is the distance from the image's mean grey, saturation that from the
 * pixel's grey. Channels that are not red, green and blue have equal parts in grey; where there is one, it is the grey.
 */
export const JITTER = defineTransform({
  name: "jitter",
  description: "brightness, [:contrast], [:saturation] changed by up to that part",
  options: z.object({
    brightness: part("brightness"),
    contrast: part("contrast").default(0),
    saturation: part("saturation").default(0),
  }),
  create({ brightness, contrast, saturation }, dataset) {
    requireImages("jitter", dataset);
    const channels = dataset.shape[2];
    const parts = channels === LUMA.length ? LUMA : new Array<number>(channels).fill(1 / channels);
    return ({ pixels, target }, random) => {
      const factor = (x: number): number => 1 + (2 * random.uniform() - 1) * x;
      const [bright, far, full] = [factor(brightness), factor(contrast), factor(saturation)];
      const lit = pixels.map((value) => unit(bright * value));
      const greys = greysOf(lit, parts);
      const mean = greys.reduce((sum, value) => sum + value, 0) / greys.length;
      const contrasted = lit.map((value) => unit(mean + far * (value - mean)));
      const own = greysOf(contrasted, parts);
      const grey = (j: number): number => own[Math.floor(j / channels)];
      return { pixels: contrasted.map((value, j) => unit(grey(j) + full * (value - grey(j)))), target };
    };
  },
});

function unit(value: number): number {
  return Math.min(1, Math.max(0, value));
}

/** The grey of each pixel. @param parts of the channels in it */
function greysOf(pixels: Float32Array, parts: readonly number[]): Float32Array {
  return Float32Array.from({ length: pixels.length / parts.length }, (_, i) =>
    parts.reduce((sum, weight, channel) => sum + weight * pixels[i * parts.length + channel], 0),
  );
}
