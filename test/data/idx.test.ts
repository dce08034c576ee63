import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { loadDataset } from "smoothcert";
import { describe, expect, it } from "vitest";
import {
  contentOf,
  expectContent,
  expectFileError,
  idxBytes,
  type Labelled,
  labelled,
  temporaryFolder,
} from "./support.js";

const folder = temporaryFolder();

function imageBytes({ shape: [height, width, channels], pixels, labels }: Labelled): Uint8Array {
  const dimensions = [labels.length, height, width];
  return idxBytes(channels === 1 ? dimensions : [...dimensions, channels], pixels);
}

async function writePair(data: Labelled, pack: (bytes: Uint8Array) => Uint8Array = (b) => b): Promise<string> {
  const images = await folder.write("images", pack(imageBytes(data)));
  const labels = await folder.write("labels", pack(idxBytes([data.labels.length], data.labels)));
  return `idx:${images},${labels}`;
}

const small: Labelled = {
  shape: [2, 2, 1],
  pixels: Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8),
  labels: Uint8Array.of(3, 0),
};

describe("idx:IMAGES,LABELS", () => {
  it("reads back what was written, plain and gzip", async () => {
    await fc.assert(
      fc.asyncProperty(labelled(), fc.boolean(), async (data, packed) => {
        const dataset = await loadDataset(await writePair(data, packed ? gzipSync : undefined), "test");
        expectContent(dataset, data);
        expect(dataset).toMatchObject({ name: "images", split: "test", pixelType: "bytes" });
        expect(dataset.classes).toHaveLength(Math.max(...data.labels) + 1);
      }),
      { numRuns: 40 },
    );
  });

  it("accepts no file that is cut short anywhere, plain or gzip", async () => {
    const spec = await writePair(small);
    for (const pack of [(bytes: Uint8Array) => bytes, gzipSync]) {
      const whole = pack(imageBytes(small));
      for (let length = 0; length < whole.length; length++) {
        const path = await folder.write("images", whole.subarray(0, length));
        await expectFileError(spec, "test", path, ", found ");
      }
    }
  });

  it("names a truncated or overlong file, the bytes it should have and has", async () => {
    const spec = await writePair(small);
    const whole = imageBytes(small);
    const path = await folder.write("images", whole.subarray(0, 20));
    await expectFileError(spec, "test", path, "24 bytes for 2x2x2 images, found 20", "download or copy it again");
    await folder.write("images", whole.subarray(0, 10));
    await expectFileError(spec, "test", path, "16 bytes of header, found 10");
    await folder.write("images", Uint8Array.of(...whole, 0));
    await expectFileError(spec, "test", path, "24 bytes for 2x2x2 images, found 25");
  });

  it("never shows other pixels when a byte of a gzip file is changed", async () => {
    const spec = await writePair(small, gzipSync);
    const whole = gzipSync(imageBytes(small));
    let refused = 0;
    for (let place = 0; place < whole.length; place++) {
      const damaged = whole.map((byte, i) => (i === place ? byte ^ 0x15 : byte));
      const path = await folder.write("images", damaged);
      try {
        expect(contentOf(await loadDataset(spec, "test")).pixels).toEqual([...small.pixels]);
      } catch (error) {
        refused++;
        expect(error).toMatchObject({ name: "FileError", path });
      }
    }
    expect(refused).toBeGreaterThan(8); // at least the checksum and the length of the contents
  });

  it("says that a gzip file is damaged", async () => {
    const spec = await writePair(small, gzipSync);
    const path = await folder.write("images", gzipSync(imageBytes(small)).subarray(0, 15));
    await expectFileError(spec, "test", path, "a damaged gzip file (unexpected end of file; 15 bytes)");
  });

  it("notices swapped files and other types by their magic number", async () => {
    const spec = await writePair(small);
    const [images, labels] = spec.slice(4).split(",");
    await expectFileError(
      `idx:${labels},${images}`,
      "test",
      labels,
      "starts with 00000803",
      "found 00000801",
      "swapped",
    );
    await expectFileError(`idx:${images},${images}`, "test", images, "IDX file of labels", "found 00000803");
    await folder.write("labels", idxBytes([2], new Uint8Array(8), 0x0d));
    await expectFileError(spec, "test", labels, "found 00000d01", "unsigned bytes");
    await folder.write("labels", "");
    await expectFileError(spec, "test", labels, "found an empty file");
  });

  it("notices labels and images that differ in number", async () => {
    const spec = await writePair(small);
    const path = await folder.write("labels", idxBytes([3], new Uint8Array(3)));
    await expectFileError(
      spec,
      "test",
      path,
      `2 labels, one for each image of ${join(folder.path, "images")}, found 3`,
    );
  });

  it("refuses no images and empty images", async () => {
    const spec = await writePair(small);
    const path = await folder.write("images", idxBytes([0, 2, 2], new Uint8Array(0)));
    await expectFileError(spec, "test", path, "at least one image, found none");
    await folder.write("images", idxBytes([2, 0, 2], new Uint8Array(0)));
    await expectFileError(spec, "test", path, "at least one pixel, found shape 0x2x1");
  });

  it("says which file is missing, and what it should be", async () => {
    const [images] = (await writePair(small)).slice(4).split(",");
    const path = join(folder.path, "lost");
    await expectFileError(`idx:${images},${path}`, "test", path, "an IDX file of labels, found nothing of that name");
    await expectFileError(`idx:${folder.path},${images}`, "test", folder.path, "an IDX file of images, found a folder");
  });
});

describe("a folder in the MNIST layout", () => {
  let folders = 0;
  const variants = [
    ["-", ""],
    [".", ""],
    ["-", ".gz"],
    [".", ".gz"],
  ] as const;

  async function writeSplit(root: string, stem: string, data: Labelled, [dot, end]: readonly [string, string]) {
    const pack = end === "" ? (bytes: Uint8Array) => bytes : gzipSync;
    const rank = data.shape[2] === 1 ? 3 : 4;
    await folder.write(`${root}/${stem}-images${dot}idx${rank}-ubyte${end}`, pack(imageBytes(data)));
    await folder.write(
      `${root}/${stem}-labels${dot}idx1-ubyte${end}`,
      pack(idxBytes([data.labels.length], data.labels)),
    );
  }

  it.each(variants)("is read with %s before idx and %s behind", async (...variant) => {
    await fc.assert(
      fc.asyncProperty(labelled(), labelled(), async (train, test) => {
        const root = `layout${++folders}`;
        await mkdir(join(folder.path, root));
        await writeSplit(root, "train", train, variant);
        await writeSplit(root, "t10k", test, variant);
        const path = join(folder.path, root);
        const loaded = await loadDataset(path, "train");
        expectContent(loaded, train);
        expectContent(await loadDataset(`idx:${path}`, "test"), test);
        // The classes are those of both splits.
        expect(loaded.classes).toHaveLength(Math.max(...train.labels, ...test.labels) + 1);
        expect(loaded.name).toBe(root);
      }),
      { numRuns: 10 },
    );
  });
  it("takes names from classes.txt, and then refuses a label that has none", async () => {
    await mkdir(join(folder.path, "named"));
    await writeSplit("named", "t10k", small, variants[0]);
    await folder.write("named/classes.txt", "shirt\r\nshoe\r\nbag\r\ncoat\r\n");
    const path = join(folder.path, "named");
    expect((await loadDataset(path, "test")).classes).toEqual(["shirt", "shoe", "bag", "coat"]);
    await folder.write("named/classes.txt", "shirt\nshoe\nbag\n");
    const labels = join(path, "t10k-labels-idx1-ubyte");
    await expectFileError(path, "test", labels, "labels in [0, 2], found label 3 at index 0", "count from 0");
    await folder.write("named/classes.txt", "\n");
    await expectFileError(path, "test", join(path, "classes.txt"), "one class name a line, found no name at all");
  });

  it("says which file a split lacks", async () => {
    await mkdir(join(folder.path, "half"));
    await writeSplit("half", "train", small, variants[0]);
    const path = join(folder.path, "half");
    const found = "found train-images-idx3-ubyte, train-labels-idx1-ubyte";
    await expectFileError(path, "test", path, "t10k-images-idx3-ubyte", ".gz", found, "idx:IMAGES,LABELS");
  });
});
