import type { ImageShape } from "../../certify/core.js";

/** The IDX format of MNIST: two zero bytes, 8 for unsigned bytes, how many dimensions, these big-endian, values. */

/** What an IDX file of unsigned bytes holds. */
export interface IdxArray {
  readonly dimensions: readonly number[];
  readonly values: Uint8Array;
}

/** Whether bytes begin as an IDX file of unsigned bytes does. */
export function isIdx(bytes: Uint8Array): boolean {
  return bytes[0] === 0 && bytes[1] === 0 && bytes[2] === 8 && bytes[3] >= 1 && bytes[3] <= 4;
}

/** @param name of the file, for messages @throws Error if its length is not what it says */
export function readIdx(name: string, bytes: Uint8Array): IdxArray {
  const header = 4 + 4 * bytes[3];
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  if (bytes.length < header) throw new Error(`${name}: expected ${header} bytes of header, found ${bytes.length}`);
  const dimensions = Array.from({ length: bytes[3] }, (_, k) => view.getUint32(4 + 4 * k));
  const size = header + dimensions.reduce((a, b) => a * b, 1);
  if (bytes.length === size) return { dimensions, values: bytes.subarray(header) };
  throw new Error(`${name}: expected ${size} bytes for ${dimensions.join("x")} values, found ${bytes.length}`);
}

/** The images of an IDX file. @throws Error if they are of another shape than the model takes */
export function idxImages(name: string, { dimensions, values }: IdxArray, shape: ImageShape): Uint8Array[] {
  const [count, height, width, channels = 1] = dimensions;
  if ([height, width, channels].join() !== shape.join()) {
    const found = dimensions.slice(1).join("x");
    throw new Error(`${name}: expected images of ${shape.join("x")} for this model, found ${found}`);
  }
  const size = shape[0] * shape[1] * shape[2];
  return Array.from({ length: count }, (_, i) => values.slice(i * size, (i + 1) * size));
}
