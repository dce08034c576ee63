import fc from "fast-check";
import { createDataset } from "smoothcert";
import { bestOf, completeRunSettings, type ValidationRecord } from "smoothcert/train";
import { describe, expect, it } from "vitest";
import { holdBack } from "../../../train/validation/hold-back.js";
import { toyData } from "../support.js";

describe("settings of validation", () => {
  it("have defaults that follow sigma; without any there is none", () => {
    expect(completeRunSettings({}).validation).toBeUndefined();
    expect(completeRunSettings({ sigma: 0.25, validation: { images: 100 } }).validation).toEqual({
      images: 100,
      every: 5,
      samples: 500,
      radii: [0.125, 0.25, 0.375],
      best: "acr",
    });
  });

  it.each([
    [{ every: 2 }, "validate must be the number of images to hold back, got nothing"],
    [{ images: 0 }, "validate must be an integer of at least 1, got 0"],
    [{ images: 9, every: 0 }, "validateEvery must be an integer of at least 1, got 0"],
    [{ images: 9, samples: 1.5 }, "validateSamples must be an integer of at least 1, got 1.5"],
    [{ images: 9, radii: [0.5, 0.5] }, "validateRadii must be finite, greater than 0 and ascending, got [0.5,0.5]"],
    [{ images: 9, radii: [0] }, "validateRadii must be finite, greater than 0 and ascending, got [0]"],
    [{ images: 9, best: 0.3 }, "best must be accuracy, acr or one of the radii 0, 0.25, 0.5, 0.75, got 0.3"],
  ])("%j are refused by name", (validation, problem) => {
    expect(() => completeRunSettings({ validation })).toThrow(`train: ${problem}`);
  });

  it.each([
    [{ images: 9, radii: [0.5] }, "validateRadii must be left out where sigma is 0, got [0.5]"],
    [{ images: 9, best: "acr" as const }, 'best must be accuracy where sigma is 0, got "acr"'],
    [{ images: 9, best: 0 }, "best must be accuracy where sigma is 0, got 0"],
  ])("without noise %j are refused: there are no certificates", (validation, problem) => {
    expect(() => completeRunSettings({ sigma: 0, validation })).toThrow(`train: ${problem}`);
  });
});

describe("holding back", () => {
  it("parts a set in two, in order, evenly over the set", () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 200 }), fc.nat(), (length, some) => {
        const images = 1 + (some % (length - 1));
        const dataset = createDataset({
          name: "numbered",
          split: "train",
          shape: [1, 1, 1],
          classes: Array.from({ length }, (_, i) => String(i)),
          pixels: new Uint8Array(length),
          labels: Array.from({ length }, (_, i) => i),
          source: "test",
        });
        const { training, validation } = holdBack(dataset, images);
        const [kept, held] = [training, validation].map((part) =>
          Array.from({ length: part.length }, (_, i) => part.example(i).label),
        );
        expect(held).toHaveLength(images);
        expect([...kept, ...held].sort((a, b) => a - b)).toEqual(Array.from({ length }, (_, i) => i));
        for (const part of [kept, held]) expect(part).toEqual([...part].sort((a, b) => a - b));
        // The first k images of the set hold k images / length of those held back, up to one.
        for (let k = 0; k <= length; k++) {
          const found = held.filter((label) => label < k).length;
          expect(Math.abs(found - (k * images) / length)).toBeLessThanOrEqual(1);
        }
      }),
    );
  });

  it("gives parts that are datasets of their own: hash, source, range", () => {
    const { training, validation } = holdBack(toyData(23), 3);
    expect(validation.source).toBe("3 held back of 23 from test");
    expect(new Set([training.hash(), validation.hash(), toyData(23).hash()]).size).toBe(3);
    expect(() => validation.example(3)).toThrow("example must be an integer in [0, 2], got 3");
  });

  it("leaves something to train on", () => {
    expect(() => holdBack(toyData(23), 23)).toThrow(
      "train: validate must be less than the 23 images of the training set, got 23",
    );
  });
});

describe("the best record", () => {
  const record = (acr: number, at: number): { validation: ValidationRecord } => ({
    validation: { accuracy: 1, acr, certified: { "0": 1, "0.25": at }, seconds: 0 },
  });

  it("is the first that none exceeds, by the metric, of those that were validated", () => {
    const figures = fc.array(fc.tuple(fc.nat(4), fc.nat(4), fc.boolean()), { maxLength: 12 });
    fc.assert(
      fc.property(figures, (list) => {
        const records = list.map(([acr, at, validated]) => (validated ? record(acr, at / 4) : {}));
        for (const [metric, of] of [
          ["acr", ([acr]: number[]) => acr],
          [0.25, ([, at]: number[]) => at],
        ] as const) {
          const values = list.map(([acr, at, validated]) => (validated ? of([acr, at]) : -1));
          const most = Math.max(...values, -1);
          expect(bestOf(records, metric)).toBe(most < 0 ? undefined : records[values.indexOf(most)]);
        }
      }),
    );
  });
});
