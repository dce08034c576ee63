import { copyFile, cp, mkdir, readFile, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import sharp from "sharp";
import { decodeImage, loadDataset, takeFirst } from "smoothcert";
import { beforeEach, describe, expect, it } from "vitest";
import { smoothcert } from "../cli/support.js";
import { expectFileError, temporaryFolder } from "./support.js";

const CASES = fileURLToPath(new URL("../fixtures/cases", import.meta.url));
const temporary = temporaryFolder();
let root = "";
let runs = 0;

/** A folder of three classes, without anything else. */
beforeEach(async () => {
  root = join(temporary.path, `root${++runs}`);
  await cp(join(CASES, "macosx", "data"), root, { recursive: true });
  await rm(join(root, "__MACOSX"), { recursive: true });
});

async function put(path: string, bytes: Uint8Array | string = "x"): Promise<string> {
  await mkdir(dirname(join(root, path)), { recursive: true });
  return temporary.write(`root${runs}/${path}`, bytes);
}

/** A JPEG image of 16x16 with this orientation, stored as it is. */
function oriented(orientation: number): Promise<Buffer> {
  const pixels = Uint8Array.from({ length: 768 }, (_, i) => i % 256);
  return sharp(pixels, { raw: { width: 16, height: 16, channels: 3 } })
    .withMetadata({ orientation })
    .jpeg()
    .toBuffer();
}

describe("what lies beside the images of a folder", () => {
  it("is no class where macOS left it: the case's __MACOSX", async () => {
    const path = join(CASES, "macosx", "data");
    const dataset = await loadDataset(path, "test");
    expect(dataset.classes).toEqual(["c0", "c1", "c2"]);
    expect(dataset.length).toBe(12);
    expect(dataset.warnings).toEqual([`${path}: 1 entry that is no image, skipped: __MACOSX`]);
    expect(dataset.hash()).toBe((await loadDataset(root, "test")).hash());
  });

  it.each([
    ["__MACOSX/c0/._0.png"],
    [".git/HEAD"],
    [".DS_Store"],
    ["Thumbs.db"],
    ["README.md"],
    ["LICENSE"],
    ["labels.csv"],
    ["c1/Thumbs.db"],
    ["c1/desktop.ini"],
    ["c1/.0.png.swp"],
    ["c1/._0.png"],
    ["c1/readme"],
    ["c1/notes.txt"],
    ["c1/@eaDir/0.png"],
    ["stray.png"],
  ])("%s changes nothing but a warning", async (name) => {
    const before = await loadDataset(root, "test");
    expect(before.warnings).toEqual([]);
    await put(name);
    const after = await loadDataset(`folder:${root}`, "test");
    expect(after.hash()).toBe(before.hash());
    expect(after.classes).toEqual(before.classes);
    expect(after.warnings).toEqual([expect.stringContaining(`${root}: 1 entry that is no image, skipped: `)]);
  });

  it("is counted in one line, over all classes, the split and the folder above it", async () => {
    for (const split of ["train", "test"])
      await cp(root, join(temporary.path, `both${runs}`, split), { recursive: true });
    root = join(temporary.path, `both${runs}`);
    for (const name of ["README", "train/.DS_Store", "train/c0/Thumbs.db", "train/c2/a.txt", "train/c2/b.txt"]) {
      await mkdir(dirname(join(root, name)), { recursive: true });
      await temporary.write(`both${runs}/${name}`, "x");
    }
    const { warnings } = await loadDataset(root, "train");
    const names = ["train/.DS_Store", "README", "train/c0/Thumbs.db", "train/c2/a.txt"].join(", ");
    expect(warnings).toEqual([`${root}: 5 entries that are no images, skipped: ${names} and 1 more`]);
    expect((await loadDataset(root, "test")).warnings).toEqual([`${root}: 1 entry that is no image, skipped: README`]);
  });

  it("doesn't make train and test differ where only one has it", async () => {
    const both = join(temporary.path, `splits${runs}`);
    for (const split of ["train", "test"]) await cp(root, join(both, split), { recursive: true });
    await mkdir(join(both, "train", "__MACOSX"));
    await mkdir(join(both, "test", ".ipynb_checkpoints"));
    for (const split of ["train", "test"] as const) {
      expect((await loadDataset(both, split)).classes).toEqual(["c0", "c1", "c2"]);
    }
  });

  it("is still refused where it may be an image that can't be read", async () => {
    for (const name of ["c1/5.bmp", "c1/photo.heic", "c1/5", "c1/more/5.png"]) {
      const path = await put(name);
      await expectFileError(root, "test", name === "c1/more/5.png" ? dirname(path) : path, "ends in .png, .jpg");
      await rm(join(root, name.split("/").slice(0, 2).join("/")), { recursive: true });
    }
  });
});

describe("a class folder without an image", () => {
  it("is a class, and said to be one", async () => {
    await mkdir(join(root, "c15"));
    await put("c3/.DS_Store");
    const dataset = await loadDataset(root, "test");
    expect(dataset.classes).toEqual(["c0", "c1", "c15", "c2", "c3"]);
    expect(dataset.warnings).toContainEqual(
      `${root}: class folders without an image: c15, c3. ` +
        "Each counts as a class without images; remove the folder (from both splits) if it is none",
    );
  });
});

describe("an image that can't be read", () => {
  it.each([
    ["empty", () => new Uint8Array()],
    ["cut short", async () => (await readFile(join(root, "c0", "0.png"))).subarray(0, 40)],
    ["of another kind", () => "<html>"],
  ])("%s, is named", async (_, bytes) => {
    const path = await put("c1/2.png", await bytes());
    await expectFileError(root, "test", path, "an image (png, jpg");
  });
});

describe("an orientation that a camera noted", () => {
  const nine = join(CASES, "exif", "exif6.jpg");

  it.each([2, 3, 4, 5, 6, 7, 8])(
    "of %i is not applied, and said once, with the first image and their number",
    async (orientation) => {
      await put("c1/1.jpg", await oriented(1));
      const plain = await loadDataset(root, "test");
      expect(plain.warnings).toEqual([]);
      await put("c1/1.jpg", await oriented(orientation));
      const turned = await loadDataset(root, "test");
      expect(turned.hash()).toBe(plain.hash());
      const first = join(root, "c1", "1.jpg");
      const says = (images: string): string =>
        `${root}: ${images} an orientation (EXIF), which is not applied, as in torchvision; the first is ${first}`;
      expect(turned.warnings).toEqual([says("1 image notes")]);
      await copyFile(first, join(root, "c2", "9.jpg"));
      const both = await loadDataset(root, "test");
      expect(both.warnings).toEqual([says("2 images note")]);
      expect(takeFirst(both, 3).warnings).toEqual(both.warnings);
    },
  );

  it("is not applied to a single image either, which is told", async () => {
    const said: string[] = [];
    const { width = 0, height = 0 } = await sharp(nine).metadata();
    const pixels = await decodeImage(nine, [height, width, 1], { warn: (message) => said.push(message) });
    const { data } = await sharp(nine).greyscale().raw().toBuffer({ resolveWithObject: true });
    expect([...pixels]).toEqual([...data]);
    expect(said).toEqual([`${nine}: its orientation (EXIF) is not applied, as in torchvision`]);
  });

  it("is a warning of the command that reads the data", async () => {
    await put("c1/1.jpg", await oriented(6));
    const { code, err } = await smoothcert("data", root, "--split", "test");
    expect([code, err]).toEqual([
      0,
      expect.stringMatching(/^warning: .*1 image notes an orientation \(EXIF\)[^\n]*\n$/),
    ]);
  });
});
