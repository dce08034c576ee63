import type { OutputInfo, Sharp } from "sharp";
import { FileError, requireThat } from "../errors.js";
import { MAX_IMAGE_PIXELS } from "../files/limits.js";
import { wrongFile } from "../files/wrong-file.js";
import type { ImageShape, Pixels } from "./dataset.js";
import { readBytes, unlike } from "./files.js";
import { IMAGE_EXTENSIONS, isImage } from "./image-format.js";

/** A decoded image: red, green and blue bytes of each pixel, row by row. */
export interface RgbImage {
  readonly height: number;
  readonly width: number;
  readonly rgb: Uint8Array;
  /** Whether a camera noted (EXIF) that the image is to be turned or mirrored, which is not done. */
  readonly turned: boolean;
}

/**
 * Decodes an image file as 8-bit sRGB: grey has three equal channels, transparency is dropped, 16 bits become 8, of an
 * animation the first frame is taken. The orientation that a camera noted (EXIF) is not applied.
 * @throws FileError if it is missing, damaged, or no image.
 */
export async function decodeRgb(path: string): Promise<RgbImage> {
  return decode(path, (image) => image);
}

/**
 * Decodes an image file as one input of a model of the given shape. Colour becomes grey as 0.299 R + 0.587 G + 0.114 B
 * (ITU-R BT.601, rounded), grey becomes colour with three equal channels.
 * The orientation that a camera noted (EXIF) is not applied.
 * @param options resize: stretch the image to the shape's height and width instead of refusing another size;
 * warn: is told where there is such an orientation.
 * @throws FileError if it is missing, damaged, no image, or of another size.
 * @throws ArgumentError if the shape has neither 1 nor 3 channels.
 */
export async function decodeImage(
  path: string,
  shape: ImageShape,
  options: { readonly resize?: boolean; readonly warn?: (message: string) => void } = {},
): Promise<Pixels> {
  const [height, width, channels] = shape;
  requireThat(channels === 1 || channels === 3, "decodeImage", "shape", "of 1 or 3 channels", shape);
  const resized = options.resize === true;
  const image = await decode(path, (source) => (resized ? source.resize(width, height, { fit: "fill" }) : source));
  if (image.height !== height || image.width !== width) {
    const expected = `an image of ${width}x${height} pixels (width x height)`;
    throw wrongFile(
      path,
      expected,
      `${image.width}x${image.height}`,
      "Resize it, or ask for resizing (predict --resize).",
    );
  }
  if (image.turned) options.warn?.(`${path}: its orientation (EXIF) is not applied, as in torchvision`);
  return channels === 3 ? image.rgb : toGrey(image.rgb);
}

async function decode(path: string, prepare: (image: Sharp) => Sharp): Promise<RgbImage> {
  const bytes = await readBytes(path, "an image file");
  if (!isImage(bytes)) throw undecodable(path, bytes, "they begin as none of these");
  const { default: sharp } = await import("sharp"); // Here alone: it takes a fifth of a second to load.
  try {
    const source = sharp(bytes, { limitInputPixels: false });
    const { pixels, turned } = await look(path, source);
    const decoded = prepare(source).removeAlpha().raw();
    const decoding = (): Promise<Decoded> => decoded.toBuffer({ resolveWithObject: true });
    const { data, info } = await (pixels > LARGE ? afterOtherLarge(decoding) : decoding());
    const rgb = new Uint8Array(data.buffer, data.byteOffset, data.length);
    return { height: info.height, width: info.width, rgb, turned };
  } catch (error) {
    if (error instanceof FileError) throw error;
    throw undecodable(path, bytes, oneLine(error), error);
  }
}

function undecodable(path: string, bytes: Uint8Array, why: string, cause?: unknown): FileError {
  const expected = `an image (${IMAGE_EXTENSIONS.join(", ")})`;
  const next = "The file is damaged or no image: replace or remove it.";
  const found = `${bytes.length} bytes that cannot be decoded (${why})`;
  return unlike(path, bytes, "image", expected, wrongFile(path, expected, found, next, cause));
}

type Decoded = { readonly data: Buffer; readonly info: OutputInfo };

/** Pixels from which on images are decoded one at a time, so that their memory is not needed many times. */
const LARGE = 4_000_000;

let largeDone: Promise<unknown> = Promise.resolve();

function afterOtherLarge<T>(task: () => Promise<T>): Promise<T> {
  const done = largeDone.then(task);
  largeDone = done.catch(() => {});
  return done;
}

/** What the file says of itself. @throws FileError if it has more pixels than there is room for */
async function look(path: string, source: Sharp): Promise<{ readonly pixels: number; readonly turned: boolean }> {
  const { width, height, orientation = 1 } = await source.metadata();
  const pixels = width * height;
  if (pixels <= MAX_IMAGE_PIXELS) return { pixels, turned: orientation !== 1 };
  const found = `${width}x${height}, which is ${pixels}`;
  throw wrongFile(path, `an image of at most ${MAX_IMAGE_PIXELS} pixels`, found, "Make it smaller first.");
}

function oneLine(error: unknown): string {
  return (error as Error).message.trim().replaceAll(/\s+/g, " ");
}

function toGrey(rgb: Uint8Array): Uint8Array {
  return Uint8Array.from({ length: rgb.length / 3 }, (_, i) => {
    const [r, g, b] = rgb.subarray(3 * i, 3 * i + 3);
    return Math.round((299 * r + 587 * g + 114 * b) / 1000);
  });
}
