import { basename, join } from "node:path";
import { wrongFile } from "../files/wrong-file.js";
import type { Dataset, ImageShape, Split } from "./dataset.js";
import { kindOf, listFolder, readBytes, unlike } from "./files.js";
import { classesFor, type ImageArray, joinArrays, type LabelArray, requireFewLabels } from "./labels.js";

/**
 * The IDX format of MNIST (LeCun, Cortes, Burges): two zero bytes, a type (0x08 = unsigned byte), the number of
 * dimensions, each dimension as a 32-bit big-endian integer, then the values.
 */

/** A name in a folder of the MNIST layout, e.g. `train-images-idx3-ubyte.gz` or `t10k-labels.idx1-ubyte`. */
export const IDX_NAME: RegExp = /^(train|t10k)-(images[-.]idx[34]|labels[-.]idx1)-ubyte(\.gz)?$/;

/** Reads a pair of IDX files, plain or gzip. What split they are is the caller's word. @throws FileError */
export async function loadIdxPair(imagesPath: string, labelsPath: string, split: Split): Promise<Dataset> {
  const images = await readIdxImages(imagesPath);
  const labels = await readIdxLabels(labelsPath);
  const name = basename(imagesPath).replace(/[-.]idx\d.*$/, "");
  return joinArrays({ name, split, images, labels, classes: await classesFor([labels]) });
}

/**
 * Reads one split of a folder in the MNIST layout (MNIST, Fashion-MNIST, KMNIST): `train-images-idx3-ubyte`,
 * `t10k-labels-idx1-ubyte` and so on, with `.` for the second `-` or not, with `.gz` or not.
 * The classes are those of both splits' labels. @throws FileError
 */
export async function loadIdxFolder(folder: string, split: Split): Promise<Dataset> {
  const imagesPath = await findIdx(folder, split, "images");
  const labelsPath = await findIdx(folder, split, "labels");
  const images = await readIdxImages(imagesPath);
  const labels = await readIdxLabels(labelsPath);
  const classes = await classesFor([labels, ...(await otherLabels(folder, split))]);
  return joinArrays({ name: basename(folder), split, images, labels, classes });
}

/** Images of unsigned bytes, [N, H, W] or [N, H, W, C]. @throws FileError */
export async function readIdxImages(path: string): Promise<ImageArray> {
  const { dimensions, values } = await readIdx(path, "images", [3, 4]);
  const [, height, width, channels = 1] = dimensions;
  const shape: ImageShape = [height, width, channels];
  if (shape.includes(0)) {
    throw wrongFile(path, "images of at least one pixel", `shape ${shape.join("x")}`, "Check how it was written.");
  }
  return { path, shape, pixels: values };
}

/** Labels of unsigned bytes, [N]. @throws FileError */
export async function readIdxLabels(path: string): Promise<LabelArray> {
  const { values } = await readIdx(path, "labels", [1]);
  requireFewLabels(path, values.length);
  return { path, values: Float64Array.from(values) };
}

interface IdxArray {
  readonly dimensions: readonly number[];
  readonly values: Uint8Array;
}

async function readIdx(path: string, what: string, ranks: readonly number[]): Promise<IdxArray> {
  const expected = `an IDX file of ${what}`;
  const bytes = await readBytes(path, expected);
  requireMagic(path, bytes, expected, ranks);
  const rank = bytes[3];
  const header = 4 + 4 * rank;
  if (bytes.length < header) throw truncated(path, `${header} bytes of header`, bytes.length);
  const view = new DataView(bytes.buffer, bytes.byteOffset, header);
  const dimensions = Array.from({ length: rank }, (_, k) => view.getUint32(4 + 4 * k));
  const size = header + dimensions.reduce((a, b) => a * b, 1);
  if (bytes.length !== size) throw truncated(path, `${size} bytes for ${dimensions.join("x")} ${what}`, bytes.length);
  return { dimensions, values: bytes.subarray(header) };
}

function requireMagic(path: string, bytes: Uint8Array, expected: string, ranks: readonly number[]): void {
  const [zero0, zero1, type, rank] = bytes;
  if (zero0 === 0 && zero1 === 0 && type === 8 && ranks.includes(rank)) return;
  const wanted = ranks.map((r) => `0000080${r}`).join(" or ");
  const hex = Array.from(bytes.subarray(0, 4), (byte) => byte.toString(16).padStart(2, "0")).join("");
  const next = "Check that images and labels are not swapped; only IDX files of unsigned bytes are read.";
  const magic = `${expected}, which starts with ${wanted}`;
  throw unlike(path, bytes, "idx", expected, wrongFile(path, magic, hex === "" ? "an empty file" : hex, next));
}

function truncated(path: string, expected: string, found: number): Error {
  return wrongFile(path, expected, `${found}`, "The file is cut short or damaged: download or copy it again.");
}

async function otherLabels(folder: string, split: Split): Promise<LabelArray[]> {
  const other = split === "train" ? "test" : "train";
  const path = await candidate(folder, other, "labels");
  return path === undefined ? [] : [await readIdxLabels(path)];
}

async function findIdx(folder: string, split: Split, what: "images" | "labels"): Promise<string> {
  const path = await candidate(folder, split, what);
  if (path !== undefined) return path;
  const names = await listFolder(folder, "a folder of IDX files");
  const expected = `${fileNames(split, what)[0]}, also with . for - before idx, or with .gz`;
  const found = names.length === 0 ? "an empty folder" : names.slice(0, 8).join(", ");
  throw wrongFile(folder, expected, found, `Put the ${split} ${what} there, or name the files: idx:IMAGES,LABELS.`);
}

async function candidate(folder: string, split: Split, what: "images" | "labels"): Promise<string | undefined> {
  for (const name of fileNames(split, what)) {
    const path = join(folder, name);
    if ((await kindOf(path)) === "file") return path;
  }
  return undefined;
}

function fileNames(split: Split, what: "images" | "labels"): string[] {
  const stem = `${split === "train" ? "train" : "t10k"}-${what}`;
  const ranks = what === "images" ? [3, 4] : [1];
  const names = ranks.flatMap((rank) => [`${stem}-idx${rank}-ubyte`, `${stem}.idx${rank}-ubyte`]);
  return [...names, ...names.map((name) => `${name}.gz`)];
}
