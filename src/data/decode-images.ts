import { constants } from "node:buffer";
import { wrongFile } from "../files/wrong-file.js";
import type { ImageShape } from "./dataset.js";
import { decodeRgb, type RgbImage } from "./image.js";
import { sideBySide } from "./side-by-side.js";

/** An image of a folder, and the class that it is in. */
export interface ImageFile {
  readonly path: string;
  readonly label: number;
}

/** Images of one shape in memory. */
export interface DecodedImages {
  /** One channel if red, green and blue are equal in every pixel of every image, else three. */
  readonly shape: ImageShape;
  /** All images back to back, HWC. */
  readonly pixels: Uint8Array;
  /** The indices, ascending, of images whose orientation a camera noted (EXIF) as another than the stored one. */
  readonly turned: readonly number[];
}

/** Decodes one or more image files. @throws FileError if one is missing, damaged, no image, or of another size */
export async function decodeImages(files: readonly ImageFile[]): Promise<DecodedImages> {
  const first = await decodeRgb(files[0].path);
  const size = first.rgb.length;
  const pixels = new Uint8Array(requireCapacity(files, size));
  pixels.set(first.rgb);
  const turned = first.turned ? [0] : [];
  await sideBySide(files.length - 1, async (k) => {
    const i = k + 1;
    const image = await decodeRgb(files[i].path);
    requireSize(files[i].path, image, files[0].path, first);
    pixels.set(image.rgb, i * size);
    if (image.turned) turned.push(i);
  });
  const grey = isGrey(pixels);
  return {
    shape: [first.height, first.width, grey ? 1 : 3],
    pixels: grey ? pixels.filter((_, i) => i % 3 === 0) : pixels,
    turned: turned.sort((i, j) => i - j),
  };
}

function requireCapacity(files: readonly ImageFile[], size: number): number {
  const bytes = files.length * size;
  if (bytes <= constants.MAX_LENGTH) return bytes;
  const next = "Use smaller or fewer images.";
  throw wrongFile(files[0].path, `images that fit into ${constants.MAX_LENGTH} bytes together`, `${bytes} bytes`, next);
}

function requireSize(path: string, image: RgbImage, firstPath: string, first: RgbImage): void {
  if (image.height === first.height && image.width === first.width) return;
  const expected = `${first.width}x${first.height} pixels (width x height) as in ${firstPath}`;
  throw wrongFile(path, expected, `${image.width}x${image.height}`, "Bring all images to one size first.");
}

function isGrey(rgb: Uint8Array): boolean {
  for (let i = 0; i < rgb.length; i += 3) {
    if (rgb[i] !== rgb[i + 1] || rgb[i] !== rgb[i + 2]) return false;
  }
  return true;
}
