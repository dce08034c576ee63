import { createHash } from "node:crypto";
import fc from "fast-check";
import { mean, std } from "mathjs";
import { ArgumentError, createDataset, type Dataset, describeDataset, type ImageShape, takeFirst } from "smoothcert";
import { describe, expect, it } from "vitest";
import { contentOf, type Labelled, labelled } from "./support.js";

const CLASSES = Array.from({ length: 256 }, (_, label) => `class ${label}`);

function datasetOf({ shape, pixels, labels }: Labelled, floats = false): Dataset {
  const stored = floats ? Float32Array.from(pixels, (level) => level / 255) : pixels;
  return createDataset({
    name: "d",
    split: "train",
    shape,
    classes: CLASSES,
    pixels: stored,
    labels,
    source: "memory",
  });
}

/** A dataset with a place in it, as a fraction of its length. */
const withPlace = fc.tuple(
  labelled(),
  fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
  fc.integer({ min: 1, max: 255 }),
);

function changed(values: Uint8Array, place: number, by: number): Uint8Array {
  const copy = values.slice();
  copy[Math.floor(place * copy.length)] += by; // modulo 256, so always another value
  return copy;
}

describe("createDataset", () => {
  it("shows the arrays it was given, as views", () => {
    fc.assert(
      fc.property(labelled(), (data) => {
        const dataset = datasetOf(data);
        expect(contentOf(dataset)).toEqual({ pixels: [...data.pixels], labels: [...data.labels] });
        expect(dataset.example(dataset.length - 1).pixels.buffer).toBe(data.pixels.buffer);
        expect(dataset.pixelType).toBe("bytes");
        expect(datasetOf(data, true).pixelType).toBe("floats");
      }),
    );
  });

  it("refuses an example outside [0, length), naming it", () => {
    const outside = fc.oneof(fc.integer({ min: 1, max: 1e6 }), fc.constantFrom(-1, 0.5, Number.NaN));
    fc.assert(
      fc.property(labelled(), outside, (data, past) => {
        const dataset = datasetOf(data);
        const i = Number.isInteger(past) && past > 0 ? dataset.length - 1 + past : past;
        const range = `example must be an integer in [0, ${dataset.length - 1}], got ${i}`;
        expect(() => dataset.example(i)).toThrow(ArgumentError);
        expect(() => dataset.example(i)).toThrow(range);
      }),
    );
  });

  const base = { name: "d", split: "train", shape: [2, 2, 1], classes: ["a", "b"], source: "memory" } as const;
  it.each([
    [new Uint8Array(7), [0], "pixels.length must be one or more images of 4 values, got 7"],
    [new Uint8Array(0), [], "pixels.length must be one or more images of 4 values, got 0"],
    [new Uint8Array(8), [0], "labels.length must be the number of images, 2, got 1"],
    [new Uint8Array(8), [0, 2], "labels[1] must be an integer in [0, 1], got 2"],
  ])("refuses arrays that do not fit together (%#)", (pixels, labels, message) => {
    const create = (): Dataset => createDataset({ ...base, pixels, labels });
    expect(create).toThrow(ArgumentError);
    expect(create).toThrow(message);
  });
});

describe("hash", () => {
  it("is SHA-256 of a line of JSON, the pixels and the labels, as documented", () => {
    fc.assert(
      fc.property(labelled(), fc.boolean(), (data, floats) => {
        const { shape, pixels, labels } = data;
        const pixelType = floats ? "floats" : "bytes";
        const stored = floats ? new Uint8Array(Float32Array.from(pixels, (level) => level / 255).buffer) : pixels;
        const head = `${JSON.stringify({ shape, pixelType, length: labels.length })}\n`;
        const tail = new Uint8Array(Int32Array.from(labels).buffer);
        const expected = createHash("sha256").update(head).update(stored).update(tail).digest("hex");
        expect(datasetOf(data, floats).hash()).toBe(expected);
      }),
    );
  });

  it("changes with any pixel and with any label", () => {
    fc.assert(
      fc.property(withPlace, fc.boolean(), ([data, place, by], floats) => {
        const hash = datasetOf(data, floats).hash();
        expect(datasetOf({ ...data, pixels: changed(data.pixels, place, by) }, floats).hash()).not.toBe(hash);
        expect(datasetOf({ ...data, labels: changed(data.labels, place, by) }, floats).hash()).not.toBe(hash);
      }),
    );
  });

  it("changes with the shape and the pixel type, and not with name, split, classes or source", () => {
    fc.assert(
      fc.property(labelled(), (data) => {
        const hash = datasetOf(data).hash();
        const [height, width, channels] = data.shape;
        const flat: ImageShape = [1, 1, height * width * channels];
        if (height * width > 1) expect(datasetOf({ ...data, shape: flat }).hash()).not.toBe(hash);
        expect(datasetOf(data, true).hash()).not.toBe(hash);
        const classes = CLASSES.map((name) => name.toUpperCase());
        const other = createDataset({ ...data, name: "other", split: "test", classes, source: "elsewhere" });
        expect(other.hash()).toBe(hash);
      }),
    );
  });
});

describe("takeFirst", () => {
  it("shows the first examples and hashes as they alone would", () => {
    fc.assert(
      fc.property(withPlace, ([data, place]) => {
        const all = datasetOf(data);
        const count = 1 + Math.floor(place * all.length);
        const some = takeFirst(all, count);
        const size = (data.pixels.length / all.length) * count;
        const alone = { ...data, pixels: data.pixels.slice(0, size), labels: data.labels.slice(0, count) };
        expect(some.length).toBe(count);
        expect(contentOf(some)).toEqual(contentOf(datasetOf(alone)));
        expect(some.hash()).toBe(datasetOf(alone).hash());
        expect(some.source).toBe(`first ${count} of ${all.length} from memory`);
        expect(() => some.example(count)).toThrow(`example must be an integer in [0, ${count - 1}], got ${count}`);
      }),
    );
  });

  it.each([0, -1, 1.5, 3, Number.NaN])("refuses count %s of 2", (count) => {
    const dataset = datasetOf({ shape: [1, 1, 1], pixels: new Uint8Array(2), labels: new Uint8Array(2) });
    expect(() => takeFirst(dataset, count)).toThrow(ArgumentError);
    expect(() => takeFirst(dataset, count)).toThrow(`count must be an integer in [1, 2], got ${count}`);
  });
});

describe("describeDataset", () => {
  it("counts each class and gives mean and uncorrected standard deviation of each channel", () => {
    fc.assert(
      fc.property(labelled(), (data) => {
        const dataset = datasetOf(data);
        const described = describeDataset(dataset);
        const channels = data.shape[2];
        expect(described).toMatchObject({ name: "d", split: "train", shape: data.shape, length: data.labels.length });
        expect(described).toMatchObject({ pixelType: "bytes", hash: dataset.hash(), source: "memory" });
        for (let label = 0; label < 256; label++) {
          const count = data.labels.filter((value) => value === label).length;
          expect(described.classes[label]).toEqual({ name: `class ${label}`, count });
        }
        for (let c = 0; c < channels; c++) {
          const values = [...data.pixels].filter((_, j) => j % channels === c).map((level) => level / 255);
          // Pixels go through float32: each is off by at most 2^-25.
          expect(described.mean[c]).toBeCloseTo(mean(values), 7);
          expect(described.std[c]).toBeCloseTo(Number(std(values, "uncorrected")), 7);
        }
      }),
    );
  });
});
