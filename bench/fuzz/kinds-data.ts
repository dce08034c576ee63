import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { deflateSync, gzipSync } from "node:zlib";
import { zipSync } from "fflate";
import { decodeImage } from "smoothcert";
import { parseNumber } from "../../cli/options.js";
import { SIDE } from "./base.js";
import { mutateBytes } from "./bytes.js";
import { smoothcert } from "./command.js";
import type { Base, Kind } from "./kind.js";
import type { Random } from "./random.js";
import { expression } from "./text.js";

/** A file of the base as it is, or mutated. */
async function part(random: Random, base: Base, name: string, mutated: boolean): Promise<Uint8Array> {
  const bytes = await readFile(join(base, name));
  return mutated ? mutateBytes(bytes, random) : bytes;
}

/** A pair of files of images and labels, of which one is mutated. */
function pairKind(name: string, share: number, images: string, labels: string, spec: string): Kind {
  return {
    name,
    share,
    async make(random, base, folder) {
      const first = random.chance(0.6);
      await writeFile(join(folder, "images"), await part(random, base, images, first));
      await writeFile(join(folder, "labels"), await part(random, base, labels, !first));
    },
    read: async (folder) => {
      await smoothcert("data", `${spec}:${join(folder, "images")},${join(folder, "labels")}`, "--json");
    },
  };
}

export const idxKind: Kind = pairKind("IDX", 60, "images.idx", "labels.idx", "idx");

const npyFloats = pairKind("", 0, "floats.npy", "labels.npy", "npy");
const npyBytes = pairKind("", 0, "images.npy", "labels.npy", "npy");

export const npyKind: Kind = {
  ...npyBytes,
  name: "npy",
  share: 80,
  make: (random, base, folder) => (random.chance(0.5) ? npyFloats : npyBytes).make(random, base, folder),
};

/** Half of them damaged in the packed bytes, half a whole archive of damaged ones. */
export const gzipKind: Kind = {
  name: "gzip",
  share: 50,
  async make(random, base, folder) {
    const packed = random.chance(0.5)
      ? await part(random, base, "images.idx.gz", true)
      : gzipSync(await part(random, base, "images.idx", true));
    await writeFile(join(folder, "images"), packed);
    await writeFile(join(folder, "labels"), await part(random, base, "labels.idx", false));
  },
  read: idxKind.read,
};

export const cifarKind: Kind = {
  name: "CIFAR-10 binary",
  share: 30,
  async make(random, base, folder) {
    await writeFile(join(folder, "test_batch.bin"), await part(random, base, "cifar.bin", true));
  },
  read: async (folder) => {
    await smoothcert("data", `cifar10:${folder}`, "--split", "test");
  },
};

/** Whole archives of damaged arrays. */
export const npzKind: Kind = {
  name: "npz, damaged arrays",
  share: 40,
  async make(random, base, folder) {
    const first = random.chance(0.6);
    const members = {
      "images.npy": await part(random, base, "images.npy", first),
      "labels.npy": await part(random, base, "labels.npy", !first),
    };
    await writeFile(join(folder, "data.npz"), zipSync(members));
  },
  read: async (folder) => {
    await smoothcert("data", `npz:${join(folder, "data.npz")}`);
  },
};

/** Archives damaged themselves. */
export const archiveKind: Kind = {
  name: "npz, damaged archives",
  share: 50,
  async make(random, base, folder) {
    const bytes = await part(random, base, "data.npz", true);
    // The directory, at the end, is what is believed first.
    const tail = random.chance(0.5) ? mutateBytes(bytes.slice(-140), random) : bytes.slice(-140);
    await writeFile(join(folder, "data.npz"), Buffer.concat([bytes.slice(0, -140), tail]));
  },
  read: npzKind.read,
};

const FORMATS = ["png", "png", "png", "jpeg", "webp", "gif", "tiff", "avif", "svg"];

async function image(random: Random, base: Base): Promise<{ extension: string; bytes: Uint8Array }> {
  const extension = random.pick(FORMATS);
  const bytes = await part(random, base, join("images", `image.${extension}`), true);
  return { extension, bytes: extension === "png" && random.chance(0.6) ? claimingPng(random) : bytes };
}

/** A PNG whole in its checksums, of any size and kind of pixels that its header claims. */
function claimingPng(random: Random): Uint8Array {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(random.pick([0, 1, 8, 100, 9000, 70_000, 2 ** 31 - 1, 2 ** 32 - 1]), 0);
  header.writeUInt32BE(random.pick([0, 1, 8, 100, 9000, 70_000, 2 ** 31 - 1, 2 ** 32 - 1]), 4);
  header.set([random.pick([1, 8, 16, 3]), random.pick([0, 2, 3, 4, 6, 7]), 0, 0, random.pick([0, 1, 2])], 8);
  const data = deflateSync(Buffer.alloc(random.pick([0, 8 * 25, 100_000])));
  const chunks = [chunk("IHDR", header), chunk("IDAT", data), chunk("IEND", Buffer.alloc(0))];
  return Buffer.concat([Buffer.from("\x89PNG\r\n\x1a\n", "latin1"), ...chunks]);
}

function chunk(type: string, data: Uint8Array): Uint8Array {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(data.length);
  const typed = Buffer.concat([Buffer.from(type, "latin1"), data]);
  // The last 8 bytes of a gzip file are the CRC-32 that PNG has too, and the length.
  const crc = gzipSync(typed).subarray(-8, -4).reverse();
  return Buffer.concat([length, typed, crc]);
}

export const imageKind: Kind = {
  name: "image files",
  share: 60,
  async make(random, base, folder) {
    await writeFile(join(folder, "image"), (await image(random, base)).bytes);
  },
  read: async (folder) => {
    await decodeImage(join(folder, "image"), [SIDE, SIDE, 3], { resize: true });
  },
};

const NAMES = ["a", "b", ".hidden", "__MACOSX", "\u001b[31mred", "c\u202ed", "train", "test"];

export const imageFolderKind: Kind = {
  name: "image folders",
  share: 40,
  async make(random, base, folder) {
    for (let i = 0; i < 4; i++) {
      const { extension, bytes } = await image(random, base);
      const inner = join(folder, random.pick(NAMES), random.chance(0.1) ? random.pick(NAMES) : "");
      await mkdir(inner, { recursive: true });
      const whole = await part(random, base, join("images", "image.png"), false);
      const damaged = random.chance(0.4);
      const end = damaged ? extension : "png";
      await writeFile(
        join(inner, `${i}.${random.chance(0.9) ? end : random.pick(["txt", "PNG", ""])}`),
        damaged ? bytes : whole,
      );
    }
  },
  read: async (folder) => {
    await smoothcert("data", `folder:${folder}`);
  },
};

export const expressionKind: Kind = {
  name: "expressions",
  share: 80,
  async make(random, _base, folder) {
    await writeFile(join(folder, "expression"), expression(random));
  },
  read: async (folder) => {
    parseNumber(await readFile(join(folder, "expression"), "utf8"), "--sigma");
  },
  names: "--sigma",
};
