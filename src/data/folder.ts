import { constants } from "node:buffer";
import { basename, extname, join } from "node:path";
import { createDataset } from "./array-dataset.js";
import type { Dataset, Split } from "./dataset.js";
import { kindOf, listFolder, wrongFile } from "./files.js";
import { decodeRgb, type RgbImage } from "./image.js";
import { IMAGE_EXTENSIONS } from "./image-format.js";

/** Images decoded at a time: more only wait for the same threads. */
const CONCURRENCY = 8;

const LAYOUT = "DIR/train/<class>/<image> and DIR/test/<class>/<image>, or DIR/<class>/<image>";

/**
 * Reads a folder of images, one folder a class: `DIR/train/<class>/*` and `DIR/test/<class>/*`, or `DIR/<class>/*`,
 * which is then either split. Classes and files are in the order of their names (by code unit: `10` before `2`); hidden
 * files are skipped. All images must have one size. Transparency is dropped. The dataset has one channel if red, green
 * and blue are equal in every pixel of every image of the split, else three.
 * @throws FileError
 */
export async function loadImageFolder(folder: string, split: Split): Promise<Dataset> {
  const root = await splitFolder(folder, split);
  const classes = await subfolders(root);
  if (classes.length === 0) {
    throw wrongFile(root, LAYOUT, "no class folder", "Make one folder a class and put its images there.");
  }
  await requireSameClasses(folder, root, classes);
  const groups: ImageFile[][] = [];
  for (const [label, name] of classes.entries()) groups.push(await imagesOf(join(root, name), label));
  const files = groups.flat();
  if (files.length === 0) throw wrongFile(root, LAYOUT, "no image in any class folder", "Put images there.");
  const { pixels, height, width } = await decodeAll(files);
  const grey = isGrey(pixels);
  return createDataset({
    name: basename(folder),
    split,
    shape: [height, width, grey ? 1 : 3],
    classes,
    pixels: grey ? pixels.filter((_, i) => i % 3 === 0) : pixels,
    labels: files.map((file) => file.label),
    source: `${files.length} images in ${classes.length} class folders of ${root}`,
  });
}

interface ImageFile {
  readonly path: string;
  readonly label: number;
}

async function splitFolder(folder: string, split: Split): Promise<string> {
  const names = await subfolders(folder);
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
    const names = (await kindOf(other)) === "folder" ? await subfolders(other) : classes;
    const lost = classes.find((name) => !names.includes(name)) ?? names.find((name) => !classes.includes(name));
    if (lost === undefined) continue;
    const path = join(names.includes(lost) ? root : other, lost);
    const next = "Make the folder (it may be empty), or remove the class from the other split.";
    throw wrongFile(path, "the same class folders in both splits", "no such folder", next);
  }
}

async function subfolders(folder: string): Promise<string[]> {
  const names = await listFolder(folder, `a folder of images, ${LAYOUT}`);
  const kinds = await Promise.all(names.map((name) => kindOf(join(folder, name))));
  return names.filter((_, i) => kinds[i] === "folder");
}

async function imagesOf(folder: string, label: number): Promise<ImageFile[]> {
  const names = await listFolder(folder, "a folder of images of one class");
  for (const name of names) {
    if (IMAGE_EXTENSIONS.includes(extname(name).slice(1).toLowerCase())) continue;
    const expected = `a file name that ends in ${IMAGE_EXTENSIONS.map((extension) => `.${extension}`).join(", ")}`;
    const found = extname(name) === "" ? "none of them" : extname(name);
    throw wrongFile(
      join(folder, name),
      expected,
      found,
      "Convert the image, or move the file out of the class folder.",
    );
  }
  return names.map((name) => ({ path: join(folder, name), label }));
}

interface Decoded {
  readonly height: number;
  readonly width: number;
  readonly pixels: Uint8Array;
}

async function decodeAll(files: readonly ImageFile[]): Promise<Decoded> {
  const first = await decodeRgb(files[0].path);
  const { height, width } = first;
  const size = first.rgb.length;
  const pixels = new Uint8Array(requireCapacity(files, size));
  pixels.set(first.rgb);
  let next = 1;
  const worker = async (): Promise<void> => {
    while (next < files.length) {
      const i = next++;
      const image = await decodeRgb(files[i].path);
      requireSize(files[i].path, image, files[0].path, first);
      pixels.set(image.rgb, i * size);
    }
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, worker)).catch((error: unknown) => {
    next = files.length; // the other workers stop too
    throw error;
  });
  return { height, width, pixels };
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
