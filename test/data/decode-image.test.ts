import fc from "fast-check";
import sharp from "sharp";
import { decodeImage, type ImageShape } from "smoothcert";
import { describe, expect, it } from "vitest";
import { labelled, temporaryFolder } from "./support.js";

const folder = temporaryFolder();

async function writePng([height, width, channels]: ImageShape, pixels: Uint8Array): Promise<string> {
  const image = sharp(pixels, { raw: { height, width, channels: channels as 1 | 2 | 3 | 4 } });
  return folder.write("image.png", await (channels < 3 ? image.toColourspace("b-w") : image).png().toBuffer());
}

async function errorOf(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => expect.unreachable("it must fail"),
    (error: unknown) => error,
  );
}

describe("decodeImage", () => {
  it("gives the pixels of an image that has the shape, resized or not", async () => {
    const images = fc.oneof(labelled({ channels: 1, count: 1 }), labelled({ channels: 3, count: 1 }));
    await fc.assert(
      fc.asyncProperty(images, fc.boolean(), async ({ shape, pixels }, resize) => {
        expect(await decodeImage(await writePng(shape, pixels), shape, { resize })).toEqual(pixels);
      }),
      { numRuns: 40 },
    );
  });

  it("repeats grey in three channels, and weighs colour to grey", async () => {
    await fc.assert(
      fc.asyncProperty(labelled({ channels: 1, count: 1 }), async ({ shape: [height, width], pixels }) => {
        const rgb = await decodeImage(await writePng([height, width, 1], pixels), [height, width, 3]);
        expect([...rgb]).toEqual([...pixels].flatMap((level) => [level, level, level]));
      }),
      { numRuns: 25 },
    );
    // ITU-R BT.601: 0.299 x 255 = 76.2, 0.587 x 255 = 149.7, 0.114 x 255 = 29.07
    const primaries = Uint8Array.of(255, 0, 0, 0, 255, 0, 0, 0, 255, 255, 255, 255);
    expect([...(await decodeImage(await writePng([2, 2, 3], primaries), [2, 2, 1]))]).toEqual([76, 150, 29, 255]);
  });

  it("drops transparency", async () => {
    const path = await writePng([1, 2, 4], Uint8Array.of(10, 20, 30, 0, 40, 50, 60, 255));
    expect([...(await decodeImage(path, [1, 2, 3]))]).toEqual([10, 20, 30, 40, 50, 60]);
  });

  it("stretches to the shape when asked: a flat image stays flat", async () => {
    const sides = fc.tuple(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 9 }));
    await fc.assert(
      fc.asyncProperty(sides, sides, fc.integer({ min: 0, max: 255 }), async ([h, w], [height, width], level) => {
        const path = await writePng([h, w, 1], new Uint8Array(h * w).fill(level));
        const pixels = await decodeImage(path, [height, width, 1], { resize: true });
        expect([...pixels]).toEqual(new Array(height * width).fill(level));
      }),
      { numRuns: 25 },
    );
  });

  it("names both sizes where they differ", async () => {
    const path = await writePng([2, 3, 1], new Uint8Array(6));
    const error = await errorOf(decodeImage(path, [28, 28, 1]));
    const message = `${path}: expected an image of 28x28 pixels (width x height), found 3x2. Resize it`;
    expect(error).toMatchObject({ name: "FileError", path, message: expect.stringContaining(message) });
  });

  it("names a file that is missing or no image", async () => {
    const missing = await errorOf(decodeImage(`${folder.path}/none.png`, [28, 28, 1]));
    const found = "none.png: expected an image file, found nothing of that name. Check the path";
    expect(missing).toMatchObject({ name: "FileError", message: expect.stringContaining(found) });
    const path = await folder.write("words.png", "words");
    const formats = "png, jpg, jpeg, webp, gif, tif, tiff, avif";
    const message = `${path}: expected an image (${formats}), found 5 bytes that cannot`;
    expect(await errorOf(decodeImage(path, [28, 28, 1]))).toMatchObject({
      name: "FileError",
      message: expect.stringContaining(message),
    });
  });

  it("refuses a shape of neither 1 nor 3 channels", async () => {
    const message = "decodeImage: shape must be of 1 or 3 channels, got [28,28,4]";
    expect(await errorOf(decodeImage("any.png", [28, 28, 4]))).toMatchObject({ name: "ArgumentError", message });
  });
});
