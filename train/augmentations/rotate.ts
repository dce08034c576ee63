import { z } from "zod";
import type { ImageShape } from "../../src/index.js";
import { requireImages } from "./require-images.js";
import { defineTransform } from "./transform.js";

/**
 * The image turned about its centre by an angle of up to `degrees` either way, each equally likely: bilinear between
 * pixels, black outside of the image.
 */
export const ROTATE = defineTransform({
  name: "rotate",
  description: "turned about the centre by a random angle either way",
  options: z.object({ degrees: z.number().gt(0).max(180).describe("largest angle") }),
  create({ degrees }, dataset) {
    requireImages("rotate", dataset);
    return ({ pixels, target }, random) => {
      const angle = ((2 * random.uniform() - 1) * degrees * Math.PI) / 180;
      return { pixels: turned(pixels, dataset.shape, angle), target };
    };
  },
});

/** The image turned anticlockwise by an angle in radians. */
function turned(pixels: Float32Array, shape: ImageShape, angle: number): Float32Array {
  const [height, width, channels] = shape;
  const [sin, cos] = [Math.sin(angle), Math.cos(angle)];
  const [middleRow, middleColumn] = [(height - 1) / 2, (width - 1) / 2];
  const out = new Float32Array(pixels.length);
  for (let row = 0; row < height; row++) {
    for (let column = 0; column < width; column++) {
      const [down, right] = [row - middleRow, column - middleColumn];
      const from = [middleRow + cos * down + sin * right, middleColumn - sin * down + cos * right] as const;
      for (let channel = 0; channel < channels; channel++) {
        out[(row * width + column) * channels + channel] = between(pixels, shape, from, channel);
      }
    }
  }
  return out;
}

/** The value at a place between pixels, by the four around it. */
function between(
  pixels: Float32Array,
  [height, width, channels]: ImageShape,
  [row, column]: readonly [number, number],
  channel: number,
): number {
  const [top, left] = [Math.floor(row), Math.floor(column)];
  const [below, beside] = [row - top, column - left];
  const at = (r: number, c: number): number =>
    r >= 0 && r < height && c >= 0 && c < width ? pixels[(r * width + c) * channels + channel] : 0;
  const upper = (1 - beside) * at(top, left) + beside * at(top, left + 1);
  const lower = (1 - beside) * at(top + 1, left) + beside * at(top + 1, left + 1);
  return (1 - below) * upper + below * lower;
}
