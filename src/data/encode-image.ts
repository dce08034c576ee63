import type { ImageShape, Pixels } from "./dataset.js";

/**
 * An image as the bytes of a PNG file: bytes as they are, floats in [0, 1] rounded to bytes.
 *
 * @param shape of 1 channel (grey), 3 (red, green, blue) or more, of which the first is shown as grey
 */
export async function encodePng(pixels: Pixels, [height, width, channels]: ImageShape): Promise<Uint8Array> {
  const { default: sharp } = await import("sharp"); // It takes a fifth of a second to load.
  const bytes = pixels instanceof Uint8Array ? pixels : Uint8Array.from(pixels, (value) => Math.round(255 * value));
  const shown = channels === 3 ? bytes : bytes.filter((_, j) => j % channels === 0);
  return sharp(shown, { raw: { width, height, channels: channels === 3 ? 3 : 1 } })
    .png()
    .toBuffer();
}
