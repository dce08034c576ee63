import { basename, extname } from "node:path";
import { showBytes, unpackedLimit } from "../files/limits.js";
import { wrongFile } from "../files/wrong-file.js";
import type { Dataset, Split } from "./dataset.js";
import { readBytes, unlike } from "./files.js";
import { classesFor, joinArrays } from "./labels.js";
import { npyLabels } from "./npy.js";
import { npyExamples } from "./npy-table.js";
import { unzipMember, type ZipMember, zipMembers } from "./zip.js";

/** Reads images and labels from two `.npy` files. What split they are is the caller's word. @throws FileError */
export async function loadNpyPair(imagesPath: string, labelsPath: string, split: Split): Promise<Dataset> {
  const images = npyExamples(imagesPath, await readBytes(imagesPath, "a NumPy .npy file of images"));
  const labels = npyLabels(labelsPath, await readBytes(labelsPath, "a NumPy .npy file of labels"));
  return joinArrays({ name: stem(imagesPath), split, images, labels, classes: await classesFor([labels]) });
}

/** Names of the arrays of images and of labels that a `.npz` file may have for a split, first match first. */
function memberPairs(split: Split): [images: string, labels: string][] {
  return [
    [`x_${split}`, `y_${split}`],
    [`${split}_images`, `${split}_labels`],
    ["images", "labels"],
    ["x", "y"],
  ];
}

/**
 * Reads one split of a `.npz` file: `x_train, y_train, x_test, y_test` (Keras), `train_images, train_labels, ...`
 * (MedMNIST), or one pair `images, labels` or `x, y`, which is then any split. The classes are those of all splits.
 * @throws FileError
 */
export async function loadNpz(path: string, split: Split): Promise<Dataset> {
  const bytes = await readBytes(path, "a NumPy .npz file");
  const arrays = arraysOf(path, bytes);
  const names = [...arrays.keys()];
  const pair = findPair(names, split);
  if (pair === undefined) {
    const expected = memberPairs(split).map((wanted) => wanted.join(" and "));
    const next = "Save them under one of these pairs of names: np.savez(file, x_train=x, y_train=y, ...).";
    const wanted = `the ${split} split as ${expected.join(", or ")}`;
    throw unlike(path, bytes, "npz", wanted, wrongFile(path, wanted, names.join(", ") || "no array", next));
  }
  const other = findPair(names, split === "train" ? "test" : "train");
  const labelNames = new Set([pair[1], other?.[1] ?? pair[1]]);
  const array = (name: string): Uint8Array<ArrayBuffer> => {
    const member = arrays.get(name)!;
    requireRoom(path, member);
    return unpacking(path, bytes, () => unzipMember(bytes, member));
  };
  const images = npyExamples(`${path}:${pair[0]}`, array(pair[0]));
  const [labels, ...others] = [...labelNames].map((name) => npyLabels(`${path}:${name}`, array(name)));
  const classes = await classesFor([labels, ...others]);
  return joinArrays({ name: stem(path), split, images, labels, classes });
}

function findPair(names: readonly string[], split: Split): [images: string, labels: string] | undefined {
  return memberPairs(split).find((pair) => pair.every((name) => names.includes(name)));
}

/** A member, by the name of its array. */
type Members = ReadonlyMap<string, ZipMember>;

/** The arrays in the file, in its order. */
function arraysOf(path: string, bytes: Uint8Array): Members {
  const members = unpacking(path, bytes, () => zipMembers(bytes));
  const arrays = members.filter(({ name }) => name.endsWith(".npy"));
  return new Map(arrays.map((member) => [basename(member.name, ".npy"), member]));
}

/** What a member says of its size is looked at before room is made for it; when it is unpacked, it must be true. */
function requireRoom(path: string, { name, packedSize, size }: ZipMember): void {
  const limit = unpackedLimit(packedSize);
  if (size <= limit) return;
  const expected = `an array whose ${packedSize} bytes unpack to at most ${showBytes(limit)}`;
  const next = "If it is right, save it without compression: numpy.savez.";
  throw wrongFile(`${path}:${name}`, expected, `${size} bytes`, next);
}

function unpacking<T>(path: string, bytes: Uint8Array, task: () => T): T {
  try {
    return task();
  } catch (error) {
    const found = `${bytes.length} bytes that cannot be unpacked (${(error as Error).message})`;
    const next = "The file is cut short or damaged: copy it or write it again with numpy.savez.";
    const expected = "a NumPy .npz file (a zip archive)";
    throw unlike(path, bytes, "npz", expected, wrongFile(path, expected, found, next, error));
  }
}

function stem(path: string): string {
  return basename(path, extname(path));
}
