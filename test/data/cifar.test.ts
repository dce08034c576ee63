import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import fc from "fast-check";
import { loadDataset } from "smoothcert";
import { beforeAll, describe, expect, it } from "vitest";
import { expectContent, expectFileError, type Labelled, labelled, temporaryFolder } from "./support.js";

const folder = temporaryFolder();
const NAMES = ["airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"];
const PLANE = 1024;

/**
 * Records as the CIFAR page describes them: a label, of CIFAR-100 a coarse one before, then 1,024 red, 1,024 green and
 * 1,024 blue bytes.
 */
function batchBytes({ pixels, labels }: Labelled, coarse: readonly number[] = []): Uint8Array {
  const size = 1 + coarse.length + 3 * PLANE;
  const bytes = new Uint8Array(labels.length * size);
  labels.forEach((label, i) => {
    bytes.set([...coarse, label], i * size);
    for (let j = 0; j < 3 * PLANE; j++) {
      const [pixel, channel] = [Math.floor(j / 3), j % 3];
      bytes[i * size + 1 + coarse.length + channel * PLANE + pixel] = pixels[i * 3 * PLANE + j];
    }
  });
  return bytes;
}

const images = labelled({ side: 32, channels: 3, classes: 10, count: 2 });
const one: Labelled = {
  shape: [32, 32, 3],
  pixels: Uint8Array.from({ length: 3072 }, (_, j) => j),
  labels: Uint8Array.of(9),
};

beforeAll(async () => {
  for (const k of [1, 2, 3, 4, 5]) await folder.write(`data_batch_${k}.bin`, batchBytes(one));
  await folder.write("test_batch.bin", batchBytes(one));
});

describe("cifar10:DIR", () => {
  it("reads the test batch, planes to channels", async () => {
    await fc.assert(
      fc.asyncProperty(images, async (data) => {
        await folder.write("test_batch.bin", batchBytes(data));
        const dataset = await loadDataset(`cifar10:${folder.path}`, "test");
        expectContent(dataset, data);
        expect(dataset).toMatchObject({ name: "cifar10", split: "test", pixelType: "bytes", classes: NAMES });
      }),
      { numRuns: 10 },
    );
  });

  it("joins the five training batches in their order; a plain path is enough", async () => {
    const batches = fc.array(images, { minLength: 5, maxLength: 5 });
    await fc.assert(
      fc.asyncProperty(batches, async (data) => {
        for (const [k, batch] of data.entries()) await folder.write(`data_batch_${k + 1}.bin`, batchBytes(batch));
        expectContent(await loadDataset(folder.path, "train"), {
          shape: [32, 32, 3],
          pixels: Uint8Array.from(data.flatMap(({ pixels }) => [...pixels])),
          labels: Uint8Array.from(data.flatMap(({ labels }) => [...labels])),
        });
      }),
      { numRuns: 3 },
    );
  });

  it("names a truncated batch and what is left over", async () => {
    const path = await folder.write("data_batch_3.bin", batchBytes(one).subarray(0, 3000));
    const spec = `cifar10:${folder.path}`;
    await expectFileError(spec, "train", path, "whole records of 3073 bytes, found 3000 bytes, 3000 too many");
    await folder.write("data_batch_3.bin", "");
    await expectFileError(spec, "train", path, "whole records of 3073 bytes, found an empty file");
  });

  it("names a mislabelled batch, the label and its place", async () => {
    const wrong = { ...one, labels: Uint8Array.of(10) };
    const path = await folder.write("data_batch_3.bin", batchBytes(wrong));
    await expectFileError(folder.path, "train", path, "labels in [0, 9], found label 10 at index 0");
  });

  it("says which batch is missing", async () => {
    await mkdir(join(folder.path, "partial"));
    await folder.write("partial/data_batch_1.bin", batchBytes(one));
    const path = join(folder.path, "partial");
    const expected = "expected a CIFAR-10 binary batch, found nothing of that name";
    await expectFileError(path, "train", join(path, "data_batch_2.bin"), expected);
    await expectFileError(path, "test", join(path, "test_batch.bin"), expected);
  });

  it("takes ten class names from batches.meta.txt, and no other number", async () => {
    await mkdir(join(folder.path, "named"));
    await folder.write("named/test_batch.bin", batchBytes(one));
    const named = NAMES.map((name) => `the ${name}`);
    const path = await folder.write("named/batches.meta.txt", `${named.join("\n")}\n\n`);
    expect((await loadDataset(join(folder.path, "named"), "test")).classes).toEqual(named);
    await folder.write("named/batches.meta.txt", "cat\ndog\n");
    await expectFileError(join(folder.path, "named"), "test", path, "10 class names, one a line, found 2");
  });
});

describe("cifar100:DIR", () => {
  const fine = labelled({ side: 32, channels: 3, classes: 100, count: 2 });

  it("reads the fine labels of either split, by its spec and by a plain path", async () => {
    await fc.assert(
      fc.asyncProperty(fine, fc.nat(19), fc.constantFrom("train", "test"), async (data, coarse, split) => {
        await mkdir(join(folder.path, "hundred"), { recursive: true });
        await folder.write(`hundred/${split}.bin`, batchBytes(data, [coarse]));
        for (const spec of [`cifar100:${join(folder.path, "hundred")}`, join(folder.path, "hundred")]) {
          const dataset = await loadDataset(spec, split);
          expectContent(dataset, data);
          expect(dataset).toMatchObject({ name: "cifar100", split });
          expect(dataset.classes).toHaveLength(100);
          expect(new Set(dataset.classes).size).toBe(100);
        }
      }),
      { numRuns: 10 },
    );
  });

  it("takes a hundred class names from fine_label_names.txt, and names a file cut short", async () => {
    await mkdir(join(folder.path, "cut"));
    const path = await folder.write("cut/test.bin", batchBytes(one, [0]).subarray(0, 3073));
    const cut = join(folder.path, "cut");
    await expectFileError(cut, "test", path, "a CIFAR-100 binary batch, whole records of 3074 bytes, found 3073 bytes");
    const names = await folder.write("cut/fine_label_names.txt", "apple\n");
    await expectFileError(cut, "test", names, "100 class names, one a line, found 1");
  });
});
