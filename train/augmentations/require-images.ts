import { type Dataset, requireThat } from "../../src/index.js";

/**
 * For transforms that move pixels about: there must be some that are neighbours.
 *
 * @throws ArgumentError for a table, and for images of one pixel
 */
export function requireImages(transform: string, { pixelType, shape }: Dataset): void {
  const [height, width] = shape;
  const found = pixelType === "values" ? "a table" : `images of ${height}x${width} pixel`;
  const moves = pixelType !== "values" && height * width > 1;
  requireThat(moves, transform, "data", "images of more than one pixel", found, `Leave ${transform} out of augment`);
}
