import { createHash } from "node:crypto";
import fc from "fast-check";
import { loadDataset } from "smoothcert";
import { describe, expect, it } from "vitest";
import { centredDigit } from "../../web/page/digit.js";
import { type Point, withPoint } from "../../web/page/history.js";
import { idxImages, isIdx, readIdx } from "../../web/page/idx.js";
import { writeNpy } from "../../web/page/npy.js";
import { numberOf } from "../../web/page/settings.js";
import { createHash as pageHash } from "../../web/sha256.js";
import { findShape } from "../../web/worker/image-shape.js";
import { contentOf, idxBytes, temporaryFolder } from "../data/support.js";

const SIDE = 100;

/** A drawing of one rectangle. */
function rectangle(left: number, top: number, width: number, height: number): Uint8Array {
  return Uint8Array.from({ length: SIDE * SIDE }, (_, i) => {
    const [x, y] = [i % SIDE, Math.floor(i / SIDE)];
    return x >= left && x < left + width && y >= top && y < top + height ? 255 : 0;
  });
}

describe("a drawn digit", () => {
  const size = fc.integer({ min: 5, max: 50 });
  const place = fc.integer({ min: 0, max: 50 });

  it("is 20 pixels long with its centre of mass in the middle, wherever and however large it is drawn", () => {
    fc.assert(
      fc.property(place, place, size, size, (left, top, width, height) => {
        const digit = centredDigit(rectangle(left, top, width, height), SIDE) as Uint8Array;
        const [long, short] = [20, (20 * Math.min(width, height)) / Math.max(width, height)];
        const expected = Array.from({ length: 28 * 28 }, (_, i) => {
          const [x, y] = width >= height ? [i % 28, Math.floor(i / 28)] : [Math.floor(i / 28), i % 28];
          return 255 * coverage(x, long) * coverage(y, short);
        });
        const apart = expected.map((value, i) => Math.abs(digit[i] - value));
        expect(Math.max(...apart)).toBeLessThanOrEqual(0.5001);
      }),
      { numRuns: 30 },
    );
  });

  it("is none where nothing is drawn", () => {
    expect(centredDigit(new Uint8Array(SIDE * SIDE), SIDE)).toBeUndefined();
  });
});

/** How much of the pixel [i, i + 1) a bar of that length covers whose middle is at 14. */
function coverage(i: number, length: number): number {
  return Math.max(0, Math.min(i + 1, 14 + length / 2) - Math.max(i, 14 - length / 2));
}

describe("the files of the page", () => {
  const folder = temporaryFolder();

  it("are data that the command line reads", async () => {
    const pixels = Uint8Array.from({ length: 3 * 2 * 4 * 3 }, (_, i) => (37 * i) % 256);
    const images = await folder.write("images.npy", writeNpy(pixels, [3, 2, 4, 3]));
    const labels = await folder.write("labels.npy", writeNpy(Int32Array.of(2, 0, 299), [3]));
    await folder.write("classes.txt", `${Array.from({ length: 300 }, (_, c) => `class ${c}`).join("\n")}\n`);
    const dataset = await loadDataset(`npy:${images},${labels}`, "test");
    expect(dataset).toMatchObject({ name: "images", split: "test", shape: [2, 4, 3], pixelType: "bytes", length: 3 });
    expect(contentOf(dataset)).toEqual({ pixels: [...pixels], labels: [2, 0, 299] });
    expect(dataset.classes[299]).toBe("class 299");
  });

  it("are read where they are IDX, and refused where they are cut short or of another shape", () => {
    const bytes = new Uint8Array(
      idxBytes(
        [2, 2, 3],
        Uint8Array.from({ length: 12 }, (_, i) => i),
      ),
    );
    expect(isIdx(bytes)).toBe(true);
    const array = readIdx("a", bytes);
    expect(idxImages("a", array, [2, 3, 1]).map((image) => [...image])).toEqual([
      [0, 1, 2, 3, 4, 5],
      [6, 7, 8, 9, 10, 11],
    ]);
    expect(() => readIdx("a", bytes.subarray(0, 27))).toThrow("a: expected 28 bytes for 2x2x3 values, found 27");
    expect(() => readIdx("a", bytes.subarray(0, 9))).toThrow("a: expected 16 bytes of header, found 9");
    expect(() => idxImages("a", array, [3, 2, 1])).toThrow("a: expected images of 3x2x1 for this model, found 2x3");
    expect(isIdx(new Uint8Array([0x89, 0x50, 0x4e, 0x47]))).toBe(false);
  });
});

describe("what the page makes of a model and of settings", () => {
  it.each([
    [["N", 1, 28, 28], [28, 28, 1], 0],
    [["N", 32, 32, 3], [32, 32, 3], 0],
    [[1, 3, 8, 8], [8, 8, 3], 0],
    [["N", 784], [28, 28, 1], 1],
    [["N", 3072, 1], [32, 32, 3], 1],
  ])("is images by its input %j", (shape, expected, notes) => {
    const found = findShape("m.onnx", [{ name: "x", isTensor: true, shape }]);
    expect([found.shape, found.notes.length]).toEqual([expected, notes]);
  });

  it.each([[["N", 3, "H", "W"]], [["N", 777]], [[]]])("is refused where the input %j leaves it open", (shape) => {
    expect(() => findShape("m.onnx", [{ name: "x", isTensor: true, shape }])).toThrow(
      "m.onnx: expected an input that says how large images are, found 'x' [",
    );
  });

  it("is a number, or a fraction", () => {
    expect([numberOf("a", "0.5"), numberOf("a", " 64/255 "), numberOf("a", "1e4")]).toEqual([0.5, 64 / 255, 1e4]);
    for (const text of ["", "x", "1/", "/2", "1/2/3", "1/0", "NaN", "Infinity"]) {
      expect(() => numberOf("sigma", text)).toThrow(
        `sigma must be a number, or a fraction such as 64/255, got "${text}"`,
      );
    }
  });
});

describe("the points of a figure", () => {
  it("are the first and the last moment, and some between that are seen apart", () => {
    const sizes = fc.array(fc.integer({ min: 1, max: 200 }), { minLength: 1, maxLength: 60 });
    fc.assert(
      fc.property(sizes, (batches) => {
        let n = 0;
        let points: readonly Point[] = [];
        for (const batch of batches) {
          n += batch;
          points = withPoint(points, { n, share: 1, lower: 0.9, upper: 1, radius: 0.5 });
        }
        expect([points[0].n, points.at(-1)?.n]).toEqual([batches[0], n]);
        const far = points.slice(1, -1).every((point, i) => point.n >= 1.01 * points[i].n);
        expect(far).toBe(true);
      }),
    );
  });
});

describe("the page's SHA-256", () => {
  it("is Node's, of texts, bytes and floats in any parts", () => {
    const text = fc.string({ unit: fc.constantFrom("a", "\u00e9", "\u{1f600}", "\ud800"), maxLength: 9 });
    const part = fc.oneof(text, fc.uint8Array(), fc.float32Array({ maxLength: 9 }));
    fc.assert(
      fc.property(fc.array(part, { maxLength: 5 }), (parts) => {
        const [there, here] = [pageHash("sha256"), createHash("sha256")];
        for (const each of parts) {
          there.update(each as Uint8Array);
          here.update(each);
        }
        expect(there.digest("hex")).toBe(here.digest("hex"));
      }),
      { numRuns: 50 },
    );
    expect(() => pageHash("md5")).toThrow("a page has no hash md5");
  });
});
