import { join } from "node:path";
import { requireThat } from "../errors.js";
import { wrongFile } from "../files/wrong-file.js";
import { CIFAR10, CIFAR100, type Cifar, loadCifar } from "./cifar.js";
import type { Dataset, Split } from "./dataset.js";
import { kindOf, listFolder, readBytes, unlike } from "./files.js";
import { loadImageFolder } from "./folder.js";
import { IDX_NAME, loadIdxFolder, loadIdxPair } from "./idx.js";
import { loadMnist } from "./mnist.js";
import { loadNpyPair, loadNpz } from "./numpy.js";

/** One way to name a dataset. */
export interface DatasetSpec {
  /** What to write; the words in capitals stand for paths. */
  readonly spec: string;
  readonly description: string;
  /** Whether it comes with the package; the others read your files. */
  readonly bundled: boolean;
}

/** Every way to name a dataset, for help texts and messages. */
export const DATASET_SPECS: readonly DatasetSpec[] = [
  { spec: "mnist", description: "MNIST, 60,000 + 10,000 grey digits of 28x28", bundled: true },
  {
    spec: "idx:IMAGES,LABELS",
    description: "a pair of IDX files, plain or .gz; you say which split it is",
    bundled: false,
  },
  {
    spec: "idx:DIR",
    description: "a folder with train-images-idx3-ubyte[.gz], t10k-labels-idx1-ubyte[.gz], ... (Fashion-MNIST)",
    bundled: false,
  },
  {
    spec: "cifar10:DIR",
    description: "CIFAR-10, binary version: data_batch_1.bin ... data_batch_5.bin, test_batch.bin",
    bundled: false,
  },
  {
    spec: "cifar100:DIR",
    description: "CIFAR-100, binary version: train.bin, test.bin; the 100 fine labels",
    bundled: false,
  },
  {
    spec: "folder:DIR",
    description: "images as DIR/train/<class>/* and DIR/test/<class>/*, or DIR/<class>/*, all of one size",
    bundled: false,
  },
  {
    spec: "npy:IMAGES,LABELS",
    description: "two NumPy files: [N,H,W,C] or [N,H,W], uint8 or floats in [0,1], or a table [N,features]; labels",
    bundled: false,
  },
  {
    spec: "npz:FILE",
    description: "a NumPy archive of x_train, y_train, x_test, y_test, or of images, labels, or of x, y",
    bundled: false,
  },
  { spec: "PATH", description: "a folder or .npz file of one of these kinds, known by what it holds", bundled: false },
];

/**
 * Loads one split of a dataset.
 * @param spec one of {@link DATASET_SPECS}; a pair of files, and a folder or archive without splits, is taken for
 * whichever split is asked for.
 * @throws ArgumentError if the spec is none of them.
 * @throws FileError if a file is missing, truncated, damaged, mislabelled, or holds something else.
 */
export async function loadDataset(spec: string, split: Split): Promise<Dataset> {
  requireThat(split === "train" || split === "test", "loadDataset", "split", "train or test", split);
  if (spec === "mnist") return loadMnist(split);
  const [, kind, argument] = /^(idx|cifar10|cifar100|folder|npy|npz):(.+)$/s.exec(spec) ?? [];
  switch (kind) {
    case "idx":
      return argument.includes(",") ? loadIdxPair(...pairOf(spec, argument), split) : loadIdxFolder(argument, split);
    case "npy":
      return loadNpyPair(...pairOf(spec, argument), split);
    case "cifar10":
      return loadCifar(CIFAR10, argument, split);
    case "cifar100":
      return loadCifar(CIFAR100, argument, split);
    case "folder":
      return loadImageFolder(argument, split);
    case "npz":
      return loadNpz(argument, split);
    default:
      return loadPath(spec, split);
  }
}

function pairOf(spec: string, argument: string): [images: string, labels: string] {
  const [images = "", labels = "", ...rest] = argument.split(",");
  const rule = "two paths with a comma between them, e.g. npy:images.npy,labels.npy";
  requireThat(images !== "" && labels !== "" && rest.length === 0, "loadDataset", "spec", rule, spec);
  return [images, labels];
}

async function loadPath(path: string, split: Split): Promise<Dataset> {
  const kind = await kindOf(path);
  const known = DATASET_SPECS.map(({ spec }) => spec).join(", ");
  const hint = "There is nothing at that path; 'smoothcert data' lists what can be written.";
  requireThat(kind !== "nothing", "loadDataset", "spec", `one of ${known}`, path, hint);
  return kind === "folder" ? loadFolder(path, split) : loadFile(path, split);
}

async function loadFolder(path: string, split: Split): Promise<Dataset> {
  const expected = "a folder of IDX files, of CIFAR batches, or of one folder of images a class";
  const names = await listFolder(path, expected);
  if (names.some((name) => IDX_NAME.test(name))) return loadIdxFolder(path, split);
  const cifar = [CIFAR10, CIFAR100].find((each) => holdsBatches(each, names));
  if (cifar !== undefined) return loadCifar(cifar, path, split);
  const kinds = await Promise.all(names.map((name) => kindOf(join(path, name))));
  if (kinds.includes("folder")) return loadImageFolder(path, split);
  if (names.includes("data_batch_1")) {
    const next = "Take the binary version: https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz.";
    throw wrongFile(path, expected, "the Python version of CIFAR-10", next);
  }
  const found = names.length === 0 ? "an empty folder" : names.slice(0, 8).join(", ");
  throw wrongFile(path, expected, found, "Say what it is, e.g. npy:IMAGES,LABELS; 'smoothcert data' lists the kinds.");
}

function holdsBatches({ batches }: Cifar, names: readonly string[]): boolean {
  return [...batches("train"), ...batches("test")].some((name) => names.includes(name));
}

async function loadFile(path: string, split: Split): Promise<Dataset> {
  const expected = "a folder, or a .npz file";
  const bytes = await readBytes(path, expected);
  const start = Buffer.from(bytes.subarray(0, 6)).toString("latin1");
  if (start.startsWith("PK")) return loadNpz(path, split);
  if (start === "\x93NUMPY") {
    throw wrongFile(path, expected, "a single .npy array", "Name images and labels: npy:IMAGES,LABELS.");
  }
  if (start.startsWith("\0\0")) {
    throw wrongFile(path, expected, "a single IDX file", "Name images and labels: idx:IMAGES,LABELS.");
  }
  const next = "'smoothcert data' lists the kinds that are read.";
  throw unlike(path, bytes, "data", expected, wrongFile(path, expected, "a file of another kind", next));
}
