import { dirname, join } from "node:path";
import { wrongFile } from "../files/wrong-file.js";
import { createDataset } from "./array-dataset.js";
import {
  type Dataset,
  dimensionOf,
  type ImageShape,
  MAX_CLASSES,
  MAX_IMAGES,
  type Pixels,
  type Split,
} from "./dataset.js";
import { kindOf, readBytes } from "./files.js";

/** Images as read from one file (or folder). */
export interface ImageArray {
  readonly path: string;
  readonly shape: ImageShape;
  readonly pixels: Pixels;
  /** Whether they are rows of a table, in units of their own. @defaultValue false */
  readonly table?: boolean;
}

/** Labels as read from one file. */
export interface LabelArray {
  readonly path: string;
  readonly values: Float64Array;
}

/** What {@link joinArrays} joins. */
export interface LabelledArrays {
  readonly name: string;
  readonly split: Split;
  readonly images: ImageArray;
  readonly labels: LabelArray;
  readonly classes: readonly string[];
  /** Where it came from, for a person; default: the paths. */
  readonly source?: string;
}

/**
 * Images and labels that belong together, as a dataset.
 * @throws FileError if there are no images, if their numbers differ, or if a label names no class.
 */
export function joinArrays({ name, split, images, labels, classes, source }: LabelledArrays): Dataset {
  const count = images.pixels.length / dimensionOf(images.shape);
  if (count === 0) throw wrongFile(images.path, "at least one image", "none", "Check how the file was written.");
  if (labels.values.length !== count) {
    const expected = `${count} labels, one for each image of ${images.path}`;
    throw wrongFile(labels.path, expected, `${labels.values.length}`, "Check that the two files belong together.");
  }
  requireLabels(labels, classes.length);
  const files = images.path === labels.path ? images.path : `${images.path} and ${labels.path}`;
  return createDataset({
    name,
    split,
    shape: images.shape,
    classes,
    pixels: images.pixels,
    table: images.table === true,
    labels: labels.values,
    source: source ?? `${count} images from ${files}`,
  });
}

/** @throws FileError if a file has more labels than {@link MAX_IMAGES}. */
export function requireFewLabels(path: string, count: number): void {
  if (count <= MAX_IMAGES) return;
  throw wrongFile(path, `at most ${MAX_IMAGES} labels`, `${count}`, "Check that the file holds labels and not images.");
}

/** @throws FileError if a label is not in [0, classes). */
export function requireLabels({ path, values }: LabelArray, classes: number): void {
  const wrong = values.findIndex((label) => label < 0 || label >= classes);
  if (wrong === -1) return;
  const next = "Check that the file holds labels, that they count from 0, and that it belongs to these classes.";
  throw wrongFile(path, `labels in [0, ${classes - 1}]`, `label ${values[wrong]} at index ${wrong}`, next);
}

/**
 * The names of the classes of label files that go together (the splits of one dataset): the lines of a `classes.txt`
 * beside them if there is one, else the numbers from 0 to the largest label.
 * @throws FileError if the largest label is implausible ({@link MAX_CLASSES}).
 */
export async function classesFor(labelFiles: readonly LabelArray[]): Promise<string[]> {
  const named = join(dirname(labelFiles[0].path), "classes.txt");
  if ((await kindOf(named)) === "file") return readClassNames(named);
  let largest = 0;
  for (const file of labelFiles) {
    requireLabels(file, MAX_CLASSES);
    largest = file.values.reduce((a, b) => Math.max(a, b), largest);
  }
  return Array.from({ length: largest + 1 }, (_, label) => String(label));
}

/** Class names, one a line; blank lines at the end do not count. @throws FileError if it is missing or has none. */
export async function readClassNames(path: string): Promise<string[]> {
  const expected = "a text file with one class name a line";
  const text = new TextDecoder().decode(await readBytes(path, expected)).trimEnd();
  if (text === "") throw wrongFile(path, expected, "no name at all", "Write the names, in the order of the labels.");
  return text.split("\n").map((line) => line.trim());
}
