import { basename, extname, join } from "node:path";
import { wrongFile } from "../files/wrong-file.js";
import { createDataset } from "./array-dataset.js";
import type { Dataset, Split } from "./dataset.js";
import type { ImageFile } from "./decode-images.js";
import { decodeOnce, FEWEST_KEPT } from "./decoded-cache.js";
import { kindOf } from "./files.js";
import { entriesOf, type FolderEntries } from "./folder-entries.js";
import { emptyWarning, skippedWarning, turnedWarning } from "./folder-warnings.js";
import { IMAGE_EXTENSIONS } from "./image-format.js";

const LAYOUT = "DIR/train/<class>/<image> and DIR/test/<class>/<image>, or DIR/<class>/<image>";

/**
 * Reads a folder of images, one folder a class: `DIR/train/<class>/*` and `DIR/test/<class>/*`, or `DIR/<class>/*`,
 * which is then either split. Classes and files are in the order of their names (by code unit: `10` before `2`). Hidden
 * entries, what systems leave (`__MACOSX`, `Thumbs.db`) and texts (`README.md`) are skipped; a class folder without an
 * image is a class all the same; the orientation that a camera noted (EXIF) is not applied. The dataset's warnings
 * count each of these. All images must have one size. Transparency is dropped. The dataset has one channel if red,
 * green and blue are equal in every pixel of every image of the split, else three. What is decoded of `fewestKept`
 * images or more is kept in the user's cache folder.
 * @throws FileError
 */
export async function loadImageFolder(
  folder: string,
  split: Split,
  fewestKept: number = FEWEST_KEPT,
): Promise<Dataset> {
  const top = await entriesOf(folder, `a folder of images, ${LAYOUT}`);
  const root = splitFolder(folder, split, top.folders);
  const inRoot = root === folder ? top : await entriesOf(root, `a folder of images, ${LAYOUT}`);
  const classes = inRoot.folders;
  if (classes.length === 0) {
    throw wrongFile(root, LAYOUT, "no class folder", "Make one folder a class and put its images there.");
  }
  await requireSameClasses(folder, root, classes);
  const groups = await Promise.all(classes.map((name, label) => imagesOf(join(root, name), label)));
  const files = groups.flatMap(({ images }) => images);
  if (files.length === 0) throw wrongFile(root, LAYOUT, "no image in any class folder", "Put images there.");
  const { shape, pixels, turned } = await decodeOnce(files, fewestKept);
  const outside = [...looseOf(root, inRoot), ...(root === folder ? [] : looseOf(folder, top))];
  return createDataset({
    name: basename(folder),
    split,
    shape,
    classes,
    pixels,
    labels: files.map((file) => file.label),
    source: `${files.length} images in ${classes.length} class folders of ${root}`,
    warnings: [
      ...skippedWarning(folder, [...outside, ...groups.flatMap(({ skipped }) => skipped)]),
      ...emptyWarning(
        root,
        classes.filter((_, label) => groups[label].images.length === 0),
      ),
      ...turnedWarning(
        root,
        turned.map((i) => files[i].path),
      ),
    ],
  });
}

/** What lies beside the class folders. */
function looseOf(folder: string, { files, skipped }: FolderEntries): string[] {
  return [...files, ...skipped].map((name) => join(folder, name));
}

function splitFolder(folder: string, split: Split, names: readonly string[]): string {
  if (!names.includes("train") && !names.includes("test")) return folder;
  if (names.includes(split)) return join(folder, split);
  const next = "Add the folder, or name the other split.";
  throw wrongFile(join(folder, split), `the ${split} images as ${LAYOUT}`, "no such folder", next);
}

/** A class that only one split has would shift the labels of the classes after it. */
async function requireSameClasses(folder: string, root: string, classes: readonly string[]): Promise<void> {
  if (root === folder) return;
  for (const split of ["train", "test"]) {
    const other = join(folder, split);
    const there = (await kindOf(other)) === "folder";
    const names = there ? (await entriesOf(other, `a folder of images, ${LAYOUT}`)).folders : classes;
    const lost = classes.find((name) => !names.includes(name)) ?? names.find((name) => !classes.includes(name));
    if (lost === undefined) continue;
    const path = join(names.includes(lost) ? root : other, lost);
    const next = "Make the folder (it may be empty), or remove the class from the other split.";
    throw wrongFile(path, "the same class folders in both splits", "no such folder", next);
  }
}

/** The images of a class, and what lies beside them. */
interface ClassFolder {
  readonly images: readonly ImageFile[];
  readonly skipped: readonly string[];
}

async function imagesOf(folder: string, label: number): Promise<ClassFolder> {
  const { folders, files, skipped } = await entriesOf(folder, "a folder of images of one class");
  const unknown = [...folders, ...files.filter((name) => !isImageName(name))].sort()[0];
  if (unknown !== undefined) {
    const expected = `a file name that ends in ${IMAGE_EXTENSIONS.map((extension) => `.${extension}`).join(", ")}`;
    const found = folders.includes(unknown) ? "a folder" : extname(unknown) || "none of them";
    const next = "Convert the image, or move the file out of the class folder.";
    throw wrongFile(join(folder, unknown), expected, found, next);
  }
  return {
    images: files.map((name) => ({ path: join(folder, name), label })),
    skipped: skipped.map((name) => join(folder, name)),
  };
}

function isImageName(name: string): boolean {
  return IMAGE_EXTENSIONS.includes(extname(name).slice(1).toLowerCase());
}
