import { writeFileSync } from "node:fs";
import { cp, mkdir, mkdtemp, readdir, readFile, rename, rm, stat, utimes, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import fc from "fast-check";
import sharp, { type Sharp } from "sharp";
import { type Dataset, loadDataset, type Split } from "smoothcert";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { ImageFile } from "../../src/data/decode-images.js";
import { decodeOnce } from "../../src/data/decoded-cache.js";
import { loadImageFolder } from "../../src/data/folder.js";
import { smoothcert, start } from "../cli/support.js";
import { contentOf, temporaryFolder } from "./support.js";

const temporary = temporaryFolder();
/** The cache, and a folder of 6 images; both the test's own. */
let cache: string;
let root: string;

beforeEach(async () => {
  cache = await mkdtemp(join(temporary.path, "cache-"));
  vi.stubEnv("SMOOTHCERT_CACHE", cache);
  root = join(await mkdtemp(join(temporary.path, "data-")), "images");
  for (const name of ["a/0", "a/1", "a/2", "b/0", "b/2"]) await put(`${name}.png`, RED);
  await put("b/1.png", BLUE);
});
afterEach(() => vi.unstubAllEnvs());

/** Three pixels of one colour; two files of one size. */
const RED = await flat({ r: 200, g: 0, b: 0 }).png({ compressionLevel: 0 }).toBuffer();
const BLUE = await flat({ r: 0, g: 0, b: 200 }).png({ compressionLevel: 0 }).toBuffer();
/** A camera has noted that it is to be turned. */
const TURNED = await flat({ r: 0, g: 200, b: 0 }).withMetadata({ orientation: 6 }).jpeg().toBuffer();

function flat(background: { r: number; g: number; b: number }): Sharp {
  return sharp({ create: { width: 3, height: 1, channels: 3, background } });
}

async function put(name: string, bytes: Uint8Array): Promise<string> {
  const path = join(root, name);
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, bytes);
  return path;
}

/** All that is read where everything is kept, however little. */
const cached = async (split: Split = "train"): Promise<object> => shown(await loadImageFolder(root, split, 1));
/** All that is read where nothing is kept. */
const uncached = async (split: Split = "train"): Promise<object> => shown(await loadImageFolder(root, split, Infinity));

function shown(dataset: Dataset): object {
  const { name, split, shape, classes, length, pixelType, source, warnings } = dataset;
  const hash = dataset.hash();
  return { name, split, shape, classes, length, pixelType, source, warnings, hash, ...contentOf(dataset) };
}

const entries = (): Promise<string[]> => readdir(join(cache, "decoded")).catch(() => []);
const entry = async (): Promise<string> => join(cache, "decoded", (await entries())[0]);

describe("what was decoded of a folder of images", () => {
  it("is the same dataset when it is read again, with its warnings", async () => {
    await put("b/1.png", TURNED);
    await put("b/3.png", TURNED);
    await put("README", RED);
    await mkdir(join(root, "c"));
    const expected = await uncached();
    const warnings = [/1 entry/, /image: c\./, /2 images note .*b\/1\.png$/];
    expect(expected).toMatchObject({ length: 7, warnings: warnings.map((says) => expect.stringMatching(says)) });
    expect(await entries()).toEqual([]);
    expect(await cached()).toEqual(expected);
    expect(await entries()).toHaveLength(1);
    expect(await cached()).toEqual(expected);
    expect(await cached("test")).toEqual(await uncached("test"));
  });

  it("is not decoded again, wherever the folder lies, and counts as used", async () => {
    await cached();
    const before = await stat(await entry());
    await utimes(await entry(), 0, 0);
    await rename(root, `${root}-moved`);
    root = `${root}-moved`;
    expect(await cached()).toEqual(await uncached());
    expect(await entries()).toHaveLength(1);
    const after = await stat(await entry());
    expect(after.ino).toBe(before.ino);
    expect(after.mtimeMs).toBeGreaterThan(0);
  });

  it("has one channel if all is grey", async () => {
    const grey = await sharp(Buffer.from([9, 8, 7]), { raw: { width: 3, height: 1, channels: 1 } })
      .png()
      .toBuffer();
    await rm(root, { recursive: true });
    await put("a/0.png", grey);
    const expected = await uncached();
    expect(expected).toMatchObject({ shape: [1, 3, 1], pixels: [9, 8, 7] });
    expect([await cached(), await cached()]).toEqual([expected, expected]);
  });

  it.each<[string, () => Promise<unknown>]>([
    ["a file's bytes", () => put("a/1.png", BLUE)],
    ["the order, by a name", () => rename(join(root, "b/1.png"), join(root, "b/x.png"))],
    ["an image's class", () => rename(join(root, "a/2.png"), join(root, "b/+.png"))],
    ["the number of files", () => cp(join(root, "a/2.png"), join(root, "a/x.png"))],
  ])("is not used if %s changed, although time and size are the same", async (_, change) => {
    const old = await cached();
    const before = await stat(join(root, "a/1.png"));
    await change();
    await utimes(join(root, "a/1.png"), before.atime, before.mtime);
    expect((await stat(join(root, "a/1.png"))).size).toBe(before.size);
    const changed = await cached();
    expect(changed).not.toEqual(old);
    expect(changed).toEqual(await uncached());
    expect(await entries()).toHaveLength(2);
  });

  it("is not kept if a file changed between hashing and decoding", async () => {
    let asked = 0;
    const changing: ImageFile = {
      label: 0,
      get path() {
        const path = join(root, "a/0.png");
        if (++asked === 2) writeFileSync(path, BLUE);
        return path;
      },
    };
    const { pixels } = await decodeOnce([changing], 1);
    expect([...pixels.subarray(0, 3)]).toEqual([0, 0, 200]);
    expect(await entries()).toEqual([]);
  });

  it("is decoded again, and replaced, if any bit of it is damaged, or if it is cut short or longer", async () => {
    const expected = await cached();
    const path = await entry();
    const whole = await readFile(path);
    const position = fc.nat(whole.length - 1);
    const flipped = fc
      .tuple(position, fc.nat(7))
      .map(([i, bit]) => whole.map((b, j) => (i === j ? b ^ (1 << bit) : b)));
    const cut = position.map((length) => whole.subarray(0, length));
    const longer = fc.uint8Array({ minLength: 1 }).map((more) => Buffer.concat([whole, more]));
    await fc.assert(
      fc.asyncProperty(fc.oneof(flipped, cut, longer), async (damaged) => {
        await writeFile(path, damaged);
        expect(await cached()).toEqual(expected);
        expect(await readFile(path)).toEqual(whole);
        expect(await entries()).toHaveLength(1);
      }),
      { numRuns: 30 },
    );
  });

  it("is decoded again if it is another folder's, under this one's name", async () => {
    await cached();
    const other = await readFile(await entry());
    await rm(await entry());
    await put("a/1.png", BLUE);
    const expected = await cached();
    await writeFile(await entry(), other);
    expect(await cached()).toEqual(expected);
  });

  it.each<[string, () => unknown]>([
    ["a file is in its folder's place", () => writeFile(join(cache, "decoded"), "x")],
    ["a folder is in its place", () => cached().then(putFolderInPlace)],
    ["no folder can be made", () => vi.stubEnv("SMOOTHCERT_CACHE", "/proc/smoothcert")],
  ])("is not kept where %s", async (_, obstruct) => {
    await obstruct();
    expect(await cached()).toEqual(await uncached());
    expect(await cached()).toEqual(await uncached());
  });

  it("is not kept if a file can't be read or decoded, which is said each time", async () => {
    const path = await put("b/0.png", BLUE.subarray(0, 50));
    for (let i = 0; i < 2; i++) await expect(cached()).rejects.toMatchObject({ name: "FileError", path });
    await rm(path);
    await cached();
    await mkdir(join(root, "b/more"));
    await expect(cached()).rejects.toThrow("found a folder");
    expect(await entries()).toHaveLength(1);
  });

  it("is open to nobody else", async ({ skip }) => {
    skip(process.platform === "win32", "Windows has no modes");
    await cached();
    expect((await stat(join(cache, "decoded"))).mode & 0o777).toBe(0o700);
  });

  it("is kept of 1,000 images or more, by two processes at once", async () => {
    for (let i = 0; i < 993; i++) await put(`a/${i + 3}.png`, RED);
    await loadDataset(root, "train");
    expect(await entries()).toEqual([]);
    await put("a/999.png", BLUE);
    const outcomes = await Promise.all([1, 2].map(() => start("data", root, "--json").outcome));
    for (const { code, err } of outcomes) expect({ code, err }).toEqual({ code: 0, err: "" });
    expect(await entries()).toEqual([expect.stringMatching(/^[0-9a-f]{64}$/)]);
    const dataset = await loadDataset(root, "train");
    for (const { out } of outcomes) expect(JSON.parse(out)).toMatchObject({ length: 1000, hash: dataset.hash() });
    expect(shown(dataset)).toEqual(await uncached());
  });
});

async function putFolderInPlace(): Promise<void> {
  const path = await entry();
  await rm(path);
  await mkdir(path);
}

describe("smoothcert data --clear-cache", () => {
  it("removes what is kept, and says how much that was", async () => {
    await cached();
    const { size } = await stat(await entry());
    await mkdir(join(cache, "engine"));
    const out = `${JSON.stringify({ files: 1, bytes: size })}\n`;
    expect(await smoothcert("data", "--clear-cache", "--json")).toEqual({ code: 0, out, err: "" });
    expect([await entries(), await readdir(cache)]).toEqual([[], ["decoded", "engine"]]);
    expect((await smoothcert("data", "--clear-cache")).out).toBe("no decoded images are kept\n");
    await cached();
    expect((await smoothcert("data", "--clear-cache")).out).toBe("1 file of decoded images removed, 0 MB freed\n");
  });

  it("refuses a data set beside it", async () => {
    const { code, err } = await smoothcert("data", "mnist", "--clear-cache");
    expect([code, err]).toEqual([2, expect.stringContaining("data --clear-cache: spec must be left out")]);
    expect(err).toContain('"mnist"');
  });
});
