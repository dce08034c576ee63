import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { zipSync } from "fflate";
import { dump } from "npyjs";
import { loadDataset } from "smoothcert";
import { describe, expect, it } from "vitest";
import { contentOf, expectContent, expectFileError, type Labelled, labelled, temporaryFolder } from "./support.js";

const folder = temporaryFolder();
const FIXTURES = "test/fixtures/data";

type Numbers = Parameters<typeof dump>[0];

function npy(values: Numbers, shape: readonly number[]): Uint8Array {
  return new Uint8Array(dump(values, [...shape]));
}

function imageShape({ shape: [height, width, channels], labels }: Labelled): number[] {
  const dimensions = [labels.length, height, width];
  return channels === 1 ? dimensions : [...dimensions, channels];
}

/** The loader takes [N, H <= 4, W, C > 4] for channels first; the generator makes no such shape. */
const images = labelled({ classes: 128 });

const LABEL_TYPES = {
  int8: Int8Array,
  uint8: Uint8Array,
  int16: Int16Array,
  uint16: Uint16Array,
  int32: Int32Array,
  uint32: Uint32Array,
} as const;

const small: Labelled = { shape: [1, 2, 1], pixels: Uint8Array.of(1, 2, 3, 4), labels: Uint8Array.of(1, 0) };

async function writePair(x: Uint8Array, y: Uint8Array): Promise<string> {
  return `npy:${await folder.write("x.npy", x)},${await folder.write("y.npy", y)}`;
}

describe("npy:IMAGES,LABELS", () => {
  it.each(Object.entries(LABEL_TYPES))("reads bytes with %s labels, [N] or [N, 1], plain or gzip", async (_, type) => {
    await fc.assert(
      fc.asyncProperty(images, fc.boolean(), fc.boolean(), async (data, column, packed) => {
        const y = npy(type.from(data.labels), column ? [data.labels.length, 1] : [data.labels.length]);
        const x = npy(data.pixels, imageShape(data));
        const dataset = await loadDataset(await writePair(packed ? gzipSync(x) : x, packed ? gzipSync(y) : y), "train");
        expectContent(dataset, data);
        expect(dataset).toMatchObject({ name: "x", split: "train", pixelType: "bytes" });
        expect(dataset.classes).toHaveLength(Math.max(...data.labels) + 1);
      }),
      { numRuns: 10 },
    );
  });

  it.each([
    ["int64", BigInt64Array],
    ["uint64", BigUint64Array],
  ])("reads %s labels", async (_, type) => {
    await fc.assert(
      fc.asyncProperty(images, async (data) => {
        const y = npy(type.from([...data.labels].map(BigInt)), [data.labels.length]);
        expectContent(await loadDataset(await writePair(npy(data.pixels, imageShape(data)), y), "train"), data);
      }),
      { numRuns: 10 },
    );
  });

  it.each([
    ["float32", Float32Array],
    ["float64", Float64Array],
  ])("reads %s images in [0, 1] as float32", async (_, type) => {
    const unit = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 4, maxLength: 4 });
    await fc.assert(
      fc.asyncProperty(unit, async (values) => {
        const spec = await writePair(npy(type.from(values), [2, 1, 2]), npy(small.labels, [2]));
        const dataset = await loadDataset(spec, "test");
        expect(dataset.pixelType).toBe("floats");
        expect(dataset.example(0).pixels).toBeInstanceOf(Float32Array);
        expect(contentOf(dataset).pixels).toEqual(values.map(Math.fround));
      }),
      { numRuns: 25 },
    );
  });

  it.each([Number.NaN, Number.POSITIVE_INFINITY, -1e-9, 1 + 1e-9, 255])(
    "refuses a float pixel of %s",
    async (value) => {
      const spec = await writePair(npy(Float64Array.of(0, 1, value, 0.5), [2, 1, 2]), npy(small.labels, [2]));
      const path = join(folder.path, "x.npy");
      await expectFileError(spec, "test", path, `floats in [0, 1], found ${value} at index 2`, "uint8");
    },
  );

  it("accepts no file that is cut short anywhere", async () => {
    const whole = { x: npy(Float64Array.of(0, 1, 0, 1), [2, 1, 2]), y: npy(Int16Array.of(1, 0), [2]) };
    for (const name of ["x", "y"] as const) {
      const spec = await writePair(whole.x, whole.y);
      for (let length = 0; length < whole[name].length; length++) {
        const path = await folder.write(`${name}.npy`, whole[name].subarray(0, length));
        await expectFileError(spec, "test", path, ", found ", "cut short");
      }
    }
  });

  it("names the number of values that a shape wants and the file has", async () => {
    const spec = await writePair(npy(Uint8Array.of(1, 2, 3), [2, 1, 2]), npy(small.labels, [2]));
    await expectFileError(spec, "test", join(folder.path, "x.npy"), "4 values for shape [2, 1, 2], found 3");
  });

  it.each([
    [[4], "found [4]"],
    [[2, 2], "found [2, 2]"],
    [[1, 1, 1, 2, 2], "found [1, 1, 1, 2, 2]"],
    [[2, 0, 2], "found [2, 0, 2]"],
  ])("refuses images of shape %j", async (shape, found) => {
    const values = new Uint8Array(shape.reduce((a, b) => a * b, 1));
    const spec = await writePair(npy(values, shape), npy(small.labels, [2]));
    await expectFileError(spec, "test", join(folder.path, "x.npy"), "[N, H, W, C] or [N, H, W]", found, "Reshape");
  });

  it("tells channels first from channels last", async () => {
    const spec = await writePair(npy(new Uint8Array(2 * 3 * 5 * 6), [2, 3, 5, 6]), npy(small.labels, [2]));
    const parts = ["found [2, 3, 5, 6], which looks like [N, C, H, W]", "transpose(0, 2, 3, 1)"];
    await expectFileError(spec, "test", join(folder.path, "x.npy"), ...parts);
  });

  it("refuses types that are no pixels or no labels, and says how to convert them", async () => {
    const x = npy(small.pixels, [2, 1, 2]);
    const y = npy(small.labels, [2]);
    const spec = await writePair(npy(Int32Array.from(small.pixels), [2, 1, 2]), y);
    const expected = "an array of images as numpy.save writes it (uint8, float32, float64), found int32";
    await expectFileError(spec, "test", join(folder.path, "x.npy"), expected, "x.astype(np.float32)");
    await writePair(x, npy(Float32Array.of(1, 0), [2]));
    await expectFileError(spec, "test", join(folder.path, "y.npy"), "int64", "found float32", "y.astype(np.int64)");
    await writePair(readFileSync(`${FIXTURES}/fortran.npy`), y);
    await expectFileError(spec, "test", join(folder.path, "x.npy"), "found Fortran order", "np.ascontiguousarray");
  });

  it("refuses labels that are one-hot, negative, too large, or another number than the images", async () => {
    const x = npy(small.pixels, [2, 1, 2]);
    const path = join(folder.path, "y.npy");
    const spec = await writePair(x, npy(new Uint8Array(20), [2, 10]));
    await expectFileError(spec, "test", path, "labels of shape [N] or [N, 1], found [2, 10]", "argmax");
    await writePair(x, npy(Int8Array.of(0, -3), [2]));
    await expectFileError(spec, "test", path, "labels in [0, 65535], found label -3 at index 1");
    await writePair(x, npy(BigInt64Array.of(2n ** 40n, 0n), [2]));
    await expectFileError(spec, "test", path, "labels in [0, 65535], found label 1099511627776 at index 0");
    await writePair(x, npy(new Uint8Array(3), [3]));
    await expectFileError(spec, "test", path, `2 labels, one for each image of ${folder.path}/x.npy, found 3`);
  });
});

describe("npz:FILE", () => {
  const layouts = [
    { train: ["x_train", "y_train"], test: ["x_test", "y_test"] },
    { train: ["train_images", "train_labels"], test: ["test_images", "test_labels"] },
  ];

  it.each(layouts)("reads both splits as $train and $test", async (names) => {
    await fc.assert(
      fc.asyncProperty(images, images, fc.constantFrom(0, 6) as fc.Arbitrary<0 | 6>, async (train, test, level) => {
        const members: Record<string, Uint8Array> = {};
        for (const [split, data] of [
          ["train", train],
          ["test", test],
        ] as const) {
          members[`${names[split][0]}.npy`] = npy(data.pixels, imageShape(data));
          members[`${names[split][1]}.npy`] = npy(Int32Array.from(data.labels), [data.labels.length]);
        }
        const path = await folder.write("both.npz", zipSync(members, { level }));
        const loaded = await loadDataset(path, "train");
        expectContent(loaded, train);
        expectContent(await loadDataset(`npz:${path}`, "test"), test);
        expect(loaded.classes).toHaveLength(Math.max(...train.labels, ...test.labels) + 1);
        expect(loaded.name).toBe("both");
      }),
      { numRuns: 15 },
    );
  });

  it.each([
    ["images", "labels"],
    ["x", "y"],
  ])("reads a single pair %s, %s as either split", async (x, y) => {
    const members = { [`${x}.npy`]: npy(small.pixels, [2, 1, 2]), [`${y}.npy`]: npy(small.labels, [2]) };
    const path = await folder.write("pair.npz", zipSync(members));
    expectContent(await loadDataset(path, "train"), small);
    expectContent(await loadDataset(path, "test"), small);
  });

  it("lists the arrays that are there when a split is not", async () => {
    const members = { "x_train.npy": npy(small.pixels, [2, 1, 2]), "y_train.npy": npy(small.labels, [2]) };
    const path = await folder.write("half.npz", zipSync(members));
    await expectFileError(
      path,
      "test",
      path,
      "the test split as x_test and y_test, or",
      "found x_train, y_train",
      "np.savez",
    );
    const empty = await folder.write("empty.npz", zipSync({ "readme.txt": new Uint8Array(3) }));
    await expectFileError(empty, "test", empty, "found no array");
  });

  it("names the member that is wrong", async () => {
    const members = { "x.npy": npy(small.pixels, [2, 1, 2]), "y.npy": npy(new Uint8Array(3), [3]) };
    const path = await folder.write("wrong.npz", zipSync(members));
    await expectFileError(path, "test", `${path}:y`, `2 labels, one for each image of ${path}:x, found 3`);
  });

  it("accepts no file that is cut short anywhere", async () => {
    const whole = zipSync({ "x.npy": npy(small.pixels, [2, 1, 2]), "y.npy": npy(small.labels, [2]) });
    for (let length = 0; length < whole.length; length += 7) {
      const path = await folder.write("cut.npz", whole.subarray(0, length));
      await expectFileError(`npz:${path}`, "test", path, `${length} bytes that cannot be unpacked`, "cut short");
    }
  });
});

describe("files that NumPy wrote (test/fixtures/data/make.py)", () => {
  const pixels = Uint8Array.from({ length: 72 }, (_, j) => (3 * j) % 256);
  const labels = Uint8Array.of(2, 0, 1);
  const data: Labelled = { shape: [2, 4, 3], pixels, labels };

  it("np.savez with int64 labels, and a split whose labels are a column", async () => {
    const train = await loadDataset(`${FIXTURES}/keras.npz`, "train");
    expectContent(train, data);
    expect(train.classes).toEqual(["0", "1", "2", "3"]);
    const test = { shape: data.shape, pixels: pixels.subarray(0, 24), labels: Uint8Array.of(3) };
    expectContent(await loadDataset(`${FIXTURES}/keras.npz`, "test"), test);
  });

  it("np.savez_compressed without channels", async () => {
    const red = pixels.filter((_, j) => j % 3 === 0);
    expectContent(await loadDataset(`${FIXTURES}/medmnist.npz`, "train"), { shape: [2, 4, 1], pixels: red, labels });
  });

  it("np.save of big-endian labels", async () => {
    const x = await folder.write("x.npy", npy(new Uint8Array(3), [3, 1, 1]));
    expect(contentOf(await loadDataset(`npy:${x},${FIXTURES}/big-endian.npy`, "test")).labels).toEqual([2, 0, 1]);
  });

  it("np.save of float64", async () => {
    const dataset = await loadDataset(`npy:${FIXTURES}/floats.npy,${FIXTURES}/labels.npy`, "test");
    const expected = { pixels: [...pixels].map((level) => Math.fround(level / 255)), labels: [2, 0, 1] };
    expect(contentOf(dataset)).toEqual(expected);
  });
});
