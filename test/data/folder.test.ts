import { mkdir, rm, symlink } from "node:fs/promises";
import { dirname, join } from "node:path";
import fc from "fast-check";
import sharp, { type Sharp } from "sharp";
import { loadDataset } from "smoothcert";
import { beforeEach, describe, expect, it } from "vitest";
import { contentOf, expectContent, expectFileError, type Labelled, labelled, temporaryFolder } from "./support.js";

const folder = temporaryFolder();
let root = "";
let runs = 0;

/** A fresh root: its name has a number, so that no test sees the files of another. */
function freshRoot(): void {
  root = join(folder.path, `root${++runs}`);
}
beforeEach(freshRoot);

async function put(path: string, bytes: Uint8Array | string): Promise<string> {
  await mkdir(dirname(join(root, path)), { recursive: true });
  return folder.write(`root${runs}/${path}`, bytes);
}

function raw([height, width, channels]: Labelled["shape"], pixels: Uint8Array): Sharp {
  return sharp(pixels, { raw: { height, width, channels: channels as 1 | 2 | 3 | 4 } });
}

function png(shape: Labelled["shape"], pixels: Uint8Array): Promise<Uint8Array> {
  const image = raw(shape, pixels);
  return (shape[2] === 1 ? image.toColourspace("b-w") : image).png().toBuffer();
}

/** Writes the images to `<prefix><class>/<number>.png`; gives them back in the order in which they are to be read. */
async function putImages(prefix: string, data: Labelled): Promise<Labelled> {
  const size = data.pixels.length / data.labels.length;
  const order = [...data.labels.keys()].sort((i, j) => data.labels[i] - data.labels[j] || i - j);
  const image = (i: number): Uint8Array => data.pixels.subarray(i * size, (i + 1) * size);
  for (const label of [0, 1, 2]) await mkdir(join(root, `${prefix}class ${label}`), { recursive: true });
  for (const i of order) await put(`${prefix}class ${data.labels[i]}/${i}.png`, await png(data.shape, image(i)));
  return {
    shape: data.shape,
    pixels: Uint8Array.from(order.flatMap((i) => [...image(i)])),
    labels: Uint8Array.from(order, (i) => data.labels[i]),
  };
}

const GREY = [2, 3, 1] as const;
const RGB = [2, 3, 3] as const;
const ramp = (length: number): Uint8Array => Uint8Array.from({ length }, (_, j) => 9 * j);

describe("folder:DIR", () => {
  it("reads one folder a class, in the order of names, pixel for pixel", async () => {
    const grey = labelled({ channels: 1, classes: 3 });
    const colour = labelled({ channels: 3, classes: 3 }).map((data) => {
      data.pixels[0] = 255 - data.pixels[1]; // the first pixel is certainly not grey
      return data;
    });
    await fc.assert(
      fc.asyncProperty(fc.oneof(grey, colour), async (data) => {
        freshRoot();
        const expected = await putImages("", data);
        const dataset = await loadDataset(root, "test");
        expectContent(dataset, expected);
        expect(dataset.classes).toEqual(["class 0", "class 1", "class 2"]);
        expect(dataset).toMatchObject({ name: `root${runs}`, split: "test", pixelType: "bytes" });
      }),
      { numRuns: 25 },
    );
  });

  it("reads train and test apart", async () => {
    const data = { shape: GREY, pixels: ramp(12), labels: Uint8Array.of(2, 0) };
    const one = { shape: GREY, pixels: ramp(6), labels: Uint8Array.of(1) };
    const train = await putImages("train/", data);
    const test = await putImages("test/", one);
    expectContent(await loadDataset(`folder:${root}`, "train"), train);
    expectContent(await loadDataset(root, "test"), test);
  });

  it("has three channels as soon as one image has colour", async () => {
    await put("a/1.png", await png(GREY, ramp(6)));
    await put("b/1.png", await png(RGB, ramp(18)));
    const grey = [...ramp(6)].flatMap((level) => [level, level, level]);
    const dataset = await loadDataset(root, "train");
    expect(dataset.shape).toEqual([2, 3, 3]);
    expect(contentOf(dataset).pixels).toEqual([...grey, ...ramp(18)]);
  });

  it.each([0, 1, 2])("has three channels if channel %i of a single pixel differs from the others", async (channel) => {
    const pixels = Uint8Array.from({ length: 18 }, (_, j) => (j === 12 + channel ? 201 : 200));
    await put("a/1.png", await png(RGB, pixels));
    const dataset = await loadDataset(root, "train");
    expect(dataset.shape).toEqual([2, 3, 3]);
    expect(contentOf(dataset).pixels).toEqual([...pixels]);
  });

  it("reads lossless and lossy formats, drops transparency, ignores hidden files", async () => {
    const rgba = Uint8Array.from({ length: 24 }, (_, j) => (j % 4 === 3 ? 128 : 40 * (j % 4)));
    const flat = Uint8Array.from({ length: 18 }, (_, j) => 40 * (j % 3));
    await put("a/1.PNG", await png([2, 3, 4], rgba));
    await put("a/2.webp", await raw(RGB, flat).webp({ lossless: true }).toBuffer());
    await put("a/3.tiff", await raw(RGB, flat).tiff({ compression: "lzw" }).toBuffer());
    await put("a/4.jpg", await raw(RGB, flat).jpeg({ quality: 100 }).toBuffer());
    await put("a/.DS_Store", "not an image");
    const dataset = await loadDataset(root, "train");
    expect(dataset.length).toBe(4);
    for (const i of [0, 1, 2]) expect([...dataset.example(i).pixels]).toEqual([...flat]);
    dataset.example(3).pixels.forEach((level, j) => {
      expect(Math.abs(level - flat[j])).toBeLessThanOrEqual(3); // JPEG's rounding in YCbCr
    });
  });

  it("follows links to images and to class folders, and names one that leads nowhere", async () => {
    const image = await put("a/1.png", await png(GREY, ramp(6)));
    await symlink(image, join(root, "a", "2.png"));
    await symlink(join(root, "a"), join(root, "b"));
    const dataset = await loadDataset(root, "train");
    expect(dataset.classes).toEqual(["a", "b"]);
    expectContent(dataset, {
      shape: GREY,
      pixels: Uint8Array.from([1, 2, 3, 4].flatMap(() => [...ramp(6)])),
      labels: Uint8Array.of(0, 0, 1, 1),
    });
    await symlink(join(root, "gone.png"), join(root, "a", "3.png"));
    await expectFileError(root, "train", join(root, "a", "3.png"), "found nothing of that name");
  });

  it("names the image of another size, and both sizes", async () => {
    const first = await put("a/1.png", await png(GREY, ramp(6)));
    const path = await put("b/1.png", await png([3, 2, 1], ramp(6)));
    const expected = `3x2 pixels (width x height) as in ${first}, found 2x3`;
    await expectFileError(root, "train", path, expected, "one size");
  });

  it("names a damaged image and one that is none", async () => {
    const whole = await png(RGB, ramp(18));
    await put("a/1.png", whole);
    const path = await put("a/2.png", whole.subarray(0, whole.length - 20));
    await expectFileError(
      root,
      "train",
      path,
      `${whole.length - 20} bytes that cannot be decoded`,
      "damaged or no image",
    );
    await put("a/2.png", "words");
    await expectFileError(
      root,
      "train",
      path,
      "an image (png, jpg",
      "5 bytes that cannot be decoded",
      "they begin as none of these",
    );
  });

  it.each([
    ["x.bmp", "found .bmp"],
    ["notes", "found none of them"],
  ])("refuses %s beside the images", async (name, found) => {
    await put("a/1.png", await png(GREY, ramp(6)));
    const path = await put(`a/${name}`, "x");
    await expectFileError(root, "train", path, "ends in .png, .jpg", found, "Convert the image");
  });

  it("refuses splits with different classes, which would shift the labels", async () => {
    await put("train/a/1.png", await png(GREY, ramp(6)));
    await put("train/b/1.png", await png(GREY, ramp(6)));
    await put("test/b/1.png", await png(GREY, ramp(6)));
    for (const split of ["train", "test"] as const) {
      await expectFileError(
        root,
        split,
        join(root, "test", "a"),
        "the same class folders in both splits, found no such",
      );
    }
    await mkdir(join(root, "test", "a"));
    expect(contentOf(await loadDataset(root, "test")).labels).toEqual([1]);
  });

  it("says what is missing: the folder, a split, classes, images", async () => {
    await expectFileError(`folder:${root}`, "train", root, "DIR/train/<class>", "found nothing of that name");
    await put("train/a/1.png", await png(GREY, ramp(6)));
    await expectFileError(root, "test", join(root, "test"), "the test images", "found no such folder", "other split");
    await rm(join(root, "train", "a", "1.png"));
    await expectFileError(root, "train", join(root, "train"), "DIR/<class>", "found no image in any class folder");
    await rm(join(root, "train", "a"), { recursive: true });
    await expectFileError(root, "train", join(root, "train"), "found no class folder", "one folder a class");
    const file = await put("file", "x");
    await expectFileError(`folder:${file}`, "train", file, "found a file where a folder should be");
  });
});
