import type { ImageShape } from "../../data/dataset.js";

/**
 * The images that a model takes, by its input's shape [N, 3, 32, 32], [N, 32, 32, 3] or [N, 28, 28], where channels
 * are 1 or 3; undefined where a size is free, or where the shape fits several kinds of images.
 *
 * @param layout decides between the first two
 */
export function imageShapeOf(input: readonly (number | string)[], layout?: "nchw" | "nhwc"): ImageShape | undefined {
  const sizes = input.slice(1).map((size) => (typeof size === "number" && size > 0 ? size : 0));
  if (sizes.length < 2 || sizes.length > 3 || sizes.includes(0)) return undefined;
  const [a, b, c] = sizes;
  if (sizes.length === 2) return a > 1 && b > 1 ? [a, b, 1] : undefined;
  const shapes: ImageShape[] = [];
  if (layout !== "nhwc" && isChannels(a)) shapes.push([b, c, a]);
  if (layout !== "nchw" && isChannels(c)) shapes.push([a, b, c]);
  return shapes.length === 1 ? shapes[0] : undefined;
}

function isChannels(size: number): boolean {
  return size === 1 || size === 3;
}
