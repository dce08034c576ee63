import { wrongFile } from "../files/wrong-file.js";
import type { ImageArray } from "./labels.js";
import { npyImages, readNpy, showShape } from "./npy.js";
import { npyHeader } from "./npy-header.js";

/**
 * Images, or the rows of a table, from the bytes of a NumPy `.npy` file: an array of floats of two dimensions is a
 * table.
 *
 * @throws FileError
 */
export function npyExamples(path: string, bytes: Uint8Array<ArrayBuffer>): ImageArray {
  return isTable(bytes) ? npyTable(path, bytes) : npyImages(path, bytes);
}

function isTable(bytes: Uint8Array): boolean {
  const header = npyHeader(bytes);
  return header?.shape.length === 2 && /^[<>=|]?f/.test(header.descr);
}

/**
 * A table [N, features] of finite floats of any size: vectors, which count as images of one pixel with a channel a
 * feature.
 */
function npyTable(path: string, bytes: Uint8Array<ArrayBuffer>): ImageArray {
  const array = readNpy(path, bytes, "a table of numbers", ["f4", "f8"], "x.astype(np.float32)");
  const [rows, features] = array.shape;
  if (features === 0)
    throw wrongFile(path, "a table [N, features]", showShape([rows, features]), "Check how it was written.");
  const values = array.data as Float32Array | Float64Array;
  const pixels = Float32Array.from(values);
  const wrong = pixels.findIndex((value) => !Number.isFinite(value));
  if (wrong === -1) return { path, shape: [1, 1, features], pixels, table: true };
  const [row, column] = [Math.floor(wrong / features), wrong % features];
  const found = `${values[wrong]} in row ${row}, column ${column}`;
  const next = "Fill in or leave out what is missing before saving: x[np.isfinite(x).all(axis=1)].";
  throw wrongFile(path, "numbers that are finite in float32", found, next);
}
