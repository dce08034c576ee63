import { dimensionOf, type ImageShape } from "../../certify/core.js";

/** Image files that browsers decode, by their names' ends. */
export const IMAGE_NAME: RegExp = /\.(png|jpe?g|webp|gif|avif|bmp)$/i;

/** A decoded image, and whether it had to be stretched to the model's size. */
export interface Decoded {
  readonly pixels: Uint8Array;
  readonly stretchedFrom: string | undefined;
}

/**
 * An image file as the model takes it: its bytes as they are stored, without regard to colour profiles; colour becomes
 * grey as 0.299 R + 0.587 G + 0.114 B, grey becomes colour with three equal channels; stretched where it has another
 * size.
 *
 * @throws Error if the browser can't decode it
 */
export async function decodeImage(file: File, shape: ImageShape): Promise<Decoded> {
  const [height, width] = shape;
  const options = { colorSpaceConversion: "none", premultiplyAlpha: "none" } as const;
  const bitmap = await createImageBitmap(file, options).catch(() => {
    throw new Error(`${file.name}: expected an image that this browser decodes (PNG, JPEG), found none`);
  });
  const canvas = new OffscreenCanvas(width, height);
  const context = canvas.getContext("2d", { willReadFrequently: true })!;
  context.drawImage(bitmap, 0, 0, width, height);
  const stretched = bitmap.width !== width || bitmap.height !== height;
  const stretchedFrom = stretched ? `${bitmap.width}x${bitmap.height}` : undefined;
  bitmap.close();
  return { pixels: pixelsOf(context.getImageData(0, 0, width, height).data, shape), stretchedFrom };
}

/** Red, green, blue and opacity as the model's channels; opacity is dropped. */
export function pixelsOf(rgba: ArrayLike<number>, shape: ImageShape): Uint8Array {
  const channels = shape[2];
  return Uint8Array.from({ length: dimensionOf(shape) }, (_, j) => {
    if (channels === 3) return rgba[4 * Math.floor(j / 3) + (j % 3)];
    return Math.round((299 * rgba[4 * j] + 587 * rgba[4 * j + 1] + 114 * rgba[4 * j + 2]) / 1000);
  });
}

/** A canvas that shows an image of the model's shape. */
export function drawn(pixels: Uint8Array, [height, width, channels]: ImageShape): HTMLCanvasElement {
  const canvas = Object.assign(document.createElement("canvas"), { width, height });
  const rgba = new Uint8ClampedArray(4 * height * width).fill(255);
  for (let i = 0; i < height * width; i++) {
    for (let c = 0; c < 3; c++) rgba[4 * i + c] = pixels[i * channels + (channels === 3 ? c : 0)];
  }
  canvas.getContext("2d")!.putImageData(new ImageData(rgba, width, height), 0, 0);
  return canvas;
}
