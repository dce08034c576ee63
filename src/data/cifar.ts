import { join } from "node:path";
import { wrongFile } from "../files/wrong-file.js";
import { CIFAR100_CLASSES } from "./cifar100-classes.js";
import type { Dataset, Split } from "./dataset.js";
import { kindOf, readBytes, unlike } from "./files.js";
import { joinArrays, type LabelArray, readClassNames, requireLabels } from "./labels.js";

/**
 * The binary versions of CIFAR-10 and CIFAR-100 (Krizhevsky 2009): records of one label byte, or two, and 3,072 pixel
 * bytes, the red plane first, then green, then blue, each 32x32 row by row.
 */

const SIDE = 32;
const PLANE = SIDE * SIDE;

/** One of the two. */
export interface Cifar {
  /** For people. */
  readonly title: string;
  /** For logs, and to name it: `cifar10:DIR`. */
  readonly name: "cifar10" | "cifar100";
  /** Label bytes before the pixels of a record, of which the last one counts. */
  readonly labelBytes: number;
  /** The classes in the order of their labels, as in the official file of names. */
  readonly classes: readonly string[];
  /** The file that names the classes, if it is there. */
  readonly namesFile: string;
  /** The files of a split, in order. */
  batches(split: Split): readonly string[];
}

export const CIFAR10: Cifar = {
  title: "CIFAR-10",
  name: "cifar10",
  labelBytes: 1,
  classes: ["airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"],
  namesFile: "batches.meta.txt",
  batches: (split) => (split === "train" ? [1, 2, 3, 4, 5].map((k) => `data_batch_${k}.bin`) : ["test_batch.bin"]),
};

/** Its first label byte is one of 20 superclasses, the second one of 100 classes. */
export const CIFAR100: Cifar = {
  title: "CIFAR-100",
  name: "cifar100",
  labelBytes: 2,
  classes: CIFAR100_CLASSES,
  namesFile: "fine_label_names.txt",
  batches: (split) => [`${split}.bin`],
};

/**
 * Reads one split of a folder of binary batches.
 *
 * @throws FileError
 */
export async function loadCifar(cifar: Cifar, folder: string, split: Split): Promise<Dataset> {
  const classes = await classNames(cifar, folder);
  const names = cifar.batches(split);
  const batches: Batch[] = [];
  for (const name of names) batches.push(await readBatch(cifar, join(folder, name), classes.length));
  const count = batches.reduce((sum, batch) => sum + batch.labels.values.length, 0);
  const pixels = new Uint8Array(count * 3 * PLANE);
  const values = new Float64Array(count);
  let start = 0;
  for (const { labels, records } of batches) {
    values.set(labels.values, start);
    interleave(records, cifar.labelBytes, pixels.subarray(start * 3 * PLANE));
    start += labels.values.length;
  }
  const path = join(folder, names.length === 1 ? names[0] : "data_batch_{1..5}.bin");
  const images = { path, shape: [SIDE, SIDE, 3] as const, pixels };
  return joinArrays({ name: cifar.name, split, images, labels: { path, values }, classes });
}

interface Batch {
  readonly labels: LabelArray;
  readonly records: Uint8Array;
}

async function readBatch({ title, labelBytes }: Cifar, path: string, classes: number): Promise<Batch> {
  const batch = `a ${title} binary batch`;
  const size = labelBytes + 3 * PLANE;
  const records = await readBytes(path, batch);
  if (records.length === 0 || records.length % size !== 0) {
    const expected = `${batch}, whole records of ${size} bytes`;
    const found = `${records.length} bytes, ${records.length % size} too many`;
    const next = "The file is cut short, damaged or not the binary version: download or copy it again.";
    const wrong = wrongFile(path, expected, records.length === 0 ? "an empty file" : found, next);
    throw unlike(path, records, "cifar", expected, wrong);
  }
  const labelOf = (record: number): number => records[record * size + labelBytes - 1];
  const values = Float64Array.from({ length: records.length / size }, (_, i) => labelOf(i));
  requireLabels({ path, values }, classes);
  return { labels: { path, values }, records };
}

/** Planes of each record (labels skipped) to pixels with their channels side by side. */
function interleave(records: Uint8Array, labelBytes: number, out: Uint8Array): void {
  let to = 0;
  for (let record = labelBytes; record < records.length; record += labelBytes + 3 * PLANE) {
    for (let pixel = record; pixel < record + PLANE; pixel++) {
      out[to++] = records[pixel];
      out[to++] = records[pixel + PLANE];
      out[to++] = records[pixel + 2 * PLANE];
    }
  }
}

async function classNames({ title, classes, namesFile }: Cifar, folder: string): Promise<readonly string[]> {
  const path = join(folder, namesFile);
  if ((await kindOf(path)) === "nothing") return classes;
  const names = await readClassNames(path);
  if (names.length === classes.length) return names;
  const expected = `${classes.length} class names, one a line`;
  throw wrongFile(path, expected, `${names.length}`, `Take the file of the ${title} archive.`);
}
