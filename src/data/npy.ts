import { type NpyArray, parse } from "npyjs";
import { wrongFile } from "../files/wrong-file.js";
import type { ImageShape, Pixels } from "./dataset.js";
import { unlike } from "./files.js";
import { type ImageArray, type LabelArray, requireFewLabels } from "./labels.js";
import { floatPixels, integerPixels, type NumberList, otherThanNumbers, wholeLabels } from "./npy-advice.js";
import { checkNpyHeader, littleEndian, npyHeader } from "./npy-header.js";

const FLOATS: readonly string[] = ["f4", "f8"];
const INTEGERS: readonly string[] = ["i1", "u1", "i2", "u2", "i4", "u4", "i8", "u8"];

/**
 * Images from the bytes of a NumPy `.npy` file: [N, H, W, C] or [N, H, W]; uint8 stays bytes, float32 and float64 in
 * [0, 1] become float32. Either byte order will do.
 * @param path what messages name: the file, and the member of it.
 * @throws FileError
 */
export function npyImages(path: string, bytes: Uint8Array<ArrayBuffer>): ImageArray {
  const array = readNpy(path, bytes, "an array of images", ["u1", ...FLOATS], imageConversion);
  const shape = imageShape(path, array.shape);
  return { path, shape, pixels: array.dtype === "u1" ? (array.data as Uint8Array) : unitFloats(path, array) };
}

/** Labels from the bytes of a NumPy `.npy` file: [N] or [N, 1], of any integer type. @throws FileError */
export function npyLabels(path: string, bytes: Uint8Array<ArrayBuffer>): LabelArray {
  requireLabelShape(path, npyHeader(bytes)?.shape);
  const convert = ({ data }: NpyArray): string => wholeLabels(data as unknown as NumberList);
  const array = readNpy(path, bytes, "an array of labels", INTEGERS, convert, "y");
  requireFewLabels(path, (array.data as Uint8Array).length);
  const values = Float64Array.from(array.data as unknown as ArrayLike<number | bigint>, Number);
  return { path, values };
}

/** Before the type: one-hot labels are floats as often as not. */
function requireLabelShape(path: string, shape: readonly number[] | undefined): void {
  const [, columns = 1, ...rest] = shape ?? [0];
  if (shape?.length !== 0 && columns === 1 && rest.length === 0) return;
  const next = "One-hot labels become indices with y.argmax(axis=1).";
  throw wrongFile(path, "labels of shape [N] or [N, 1]", showShape(shape ?? []), next);
}

function imageConversion({ dtype, data }: NpyArray): string {
  const values = data as unknown as NumberList;
  return dtype.startsWith("f") ? floatPixels(values) : integerPixels(values);
}

/**
 * An array of one of some types, whole and in C order.
 * @param convert what makes an array of those types of one of another @param name what it is called in that
 * @throws FileError
 */
export function readNpy(
  path: string,
  bytes: Uint8Array<ArrayBuffer>,
  what: string,
  types: readonly string[],
  convert: string | ((array: NpyArray) => string),
  name: "x" | "y" = "x",
): NpyArray {
  const expected = `${what} as numpy.save writes it (${types.map(numpyName).join(", ")})`;
  const other = otherThanNumbers(npyHeader(bytes)?.descr ?? "", name);
  if (other !== undefined) throw wrongFile(path, expected, other.found, `Convert it before saving: ${other.convert}.`);
  const array = parseNpy(path, littleEndian(bytes), expected);
  if (!types.includes(array.dtype)) {
    const expression = typeof convert === "string" ? convert : convert(array);
    throw wrongFile(path, expected, numpyName(array.dtype), `Convert it before saving: ${expression}.`);
  }
  if (array.fortranOrder) {
    throw wrongFile(path, expected, "Fortran order", `Save np.ascontiguousarray(${name}) instead.`);
  }
  const length = (array.data as Uint8Array).length;
  const wanted = array.shape.reduce((a, b) => a * b, 1);
  if (length !== wanted) {
    const next = "The file is cut short or damaged: write it again.";
    throw wrongFile(path, `${wanted} values for shape ${showShape(array.shape)}`, `${length}`, next);
  }
  return array;
}

function parseNpy(path: string, bytes: Uint8Array<ArrayBuffer>, expected: string): NpyArray {
  try {
    checkNpyHeader(bytes);
    const whole = bytes.byteOffset === 0 && bytes.byteLength === bytes.buffer.byteLength;
    return parse(whole ? bytes.buffer : bytes.slice().buffer);
  } catch (error) {
    const found = `${bytes.length} bytes that cannot be read (${(error as Error).message})`;
    const next = "The file may be cut short: write it again with numpy.save.";
    throw unlike(path, bytes, "npy", expected, wrongFile(path, expected, found, next, error));
  }
}

function imageShape(path: string, shape: readonly number[]): ImageShape {
  const [, height, width, channels = 1] = shape;
  const expected = "images of shape [N, H, W, C] or [N, H, W], each at least 1";
  if (shape.length < 3 || shape.length > 4 || height * width * channels === 0) {
    throw wrongFile(path, expected, showShape(shape), "Reshape the array before saving it.");
  }
  if (shape.length === 4 && height <= 4 && channels > 4) {
    const found = `${showShape(shape)}, which looks like [N, C, H, W]`;
    throw wrongFile(path, expected, found, "Put the channels last: x.transpose(0, 2, 3, 1).copy().");
  }
  return [height, width, channels];
}

function unitFloats(path: string, array: NpyArray): Pixels {
  const values = array.data as Float32Array | Float64Array;
  const wrong = values.findIndex((value) => !(value >= 0 && value <= 1));
  if (wrong === -1) return Float32Array.from(values);
  const next = `Convert them before saving: ${floatPixels(values)}. Levels 0..255 can be saved as uint8 too.`;
  throw wrongFile(path, "floats in [0, 1]", `${values[wrong]} at index ${wrong}`, next);
}

/** A shape as a person writes it: `[60000, 28, 28]`. */
export function showShape(shape: readonly number[]): string {
  return `[${shape.join(", ")}]`;
}

/** NumPy's own name of a type code, e.g. `float32` of `f4`. */
function numpyName(code: string): string {
  const kind = { i: "int", u: "uint", f: "float", c: "complex" }[code[0]];
  return kind === undefined ? `type ${code}` : `${kind}${8 * Number(code.slice(1))}`;
}
