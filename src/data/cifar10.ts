import { join } from "node:path";
import { wrongFile } from "../files/wrong-file.js";
import type { Dataset, Split } from "./dataset.js";
import { kindOf, readBytes, unlike } from "./files.js";
import { joinArrays, type LabelArray, readClassNames, requireLabels } from "./labels.js";

/**
 * The binary version of CIFAR-10 (Krizhevsky 2009): records of one label byte and 3,072 pixel bytes, the red plane
 * first, then green, then blue, each 32x32 row by row.
 */

const SIDE = 32;
const PLANE = SIDE * SIDE;
const RECORD = 1 + 3 * PLANE;

/** The ten classes in the order of their labels, as in the official `batches.meta.txt`. */
export const CIFAR10_CLASSES: readonly string[] = [
  "airplane",
  "automobile",
  "bird",
  "cat",
  "deer",
  "dog",
  "frog",
  "horse",
  "ship",
  "truck",
];

/** Names of the batches of a split. */
export function cifar10Batches(split: Split): string[] {
  return split === "train" ? [1, 2, 3, 4, 5].map((k) => `data_batch_${k}.bin`) : ["test_batch.bin"];
}

/**
 * Reads one split of a folder of CIFAR-10 binary batches; `batches.meta.txt` names the classes if it is there.
 *
 * @throws FileError
 */
export async function loadCifar10(folder: string, split: Split): Promise<Dataset> {
  const classes = await classNames(folder);
  const names = cifar10Batches(split);
  const batches: Batch[] = [];
  for (const name of names) batches.push(await readBatch(join(folder, name), classes.length));
  const count = batches.reduce((sum, batch) => sum + batch.labels.values.length, 0);
  const pixels = new Uint8Array(count * 3 * PLANE);
  const values = new Float64Array(count);
  let start = 0;
  for (const { labels, records } of batches) {
    values.set(labels.values, start);
    interleave(records, pixels.subarray(start * 3 * PLANE));
    start += labels.values.length;
  }
  const path = join(folder, names.length === 1 ? names[0] : "data_batch_{1..5}.bin");
  const images = { path, shape: [SIDE, SIDE, 3] as const, pixels };
  return joinArrays({ name: "cifar10", split, images, labels: { path, values }, classes });
}

interface Batch {
  readonly labels: LabelArray;
  readonly records: Uint8Array;
}

async function readBatch(path: string, classes: number): Promise<Batch> {
  const records = await readBytes(path, "a CIFAR-10 binary batch");
  if (records.length === 0 || records.length % RECORD !== 0) {
    const expected = `a CIFAR-10 binary batch, whole records of ${RECORD} bytes`;
    const found = `${records.length} bytes, ${records.length % RECORD} too many`;
    const next = "The file is cut short, damaged or not the binary version: download or copy it again.";
    const wrong = wrongFile(path, expected, records.length === 0 ? "an empty file" : found, next);
    throw unlike(path, records, "cifar10", expected, wrong);
  }
  const values = Float64Array.from({ length: records.length / RECORD }, (_, i) => records[i * RECORD]);
  requireLabels({ path, values }, classes);
  return { labels: { path, values }, records };
}

/** Planes of each record (label skipped) to pixels with their channels side by side. */
function interleave(records: Uint8Array, out: Uint8Array): void {
  let to = 0;
  for (let record = 1; record < records.length; record += RECORD) {
    for (let pixel = record; pixel < record + PLANE; pixel++) {
      out[to++] = records[pixel];
      out[to++] = records[pixel + PLANE];
      out[to++] = records[pixel + 2 * PLANE];
    }
  }
}

async function classNames(folder: string): Promise<readonly string[]> {
  const path = join(folder, "batches.meta.txt");
  if ((await kindOf(path)) === "nothing") return CIFAR10_CLASSES;
  const names = await readClassNames(path);
  if (names.length === CIFAR10_CLASSES.length) return names;
  throw wrongFile(path, "10 class names, one a line", `${names.length}`, "Take the file of the CIFAR-10 archive.");
}
