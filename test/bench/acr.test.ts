import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { acrEstimate } from "../../bench/tables/acr.js";

const real = (min: number, max: number) => fc.double({ min, max, noNaN: true });

/** Radii of images 0, 1, 2, ... that are not all the same. */
const radii = fc.array(real(0, 2), { minLength: 6, maxLength: 60 }).map((values) => [0, ...values, 1]);

const byIndex = (values: readonly number[]): Map<number, number> => new Map(values.map((value, i) => [i, value]));
const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

describe("acrEstimate", () => {
  it("is the mean of all where many samples depend on few by a line, without error", () => {
    fc.assert(
      fc.property(radii, real(0.1, 3), real(0, 1), (few, a, b) => {
        const many = few.map((radius) => a * radius + b);
        const some = [...byIndex(many)].filter(([idx]) => idx % 2 === 0 || idx === few.length - 1);
        const { acr, standardError } = acrEstimate(byIndex(few), new Map(some));
        expect(acr).toBeCloseTo(mean(many), 9);
        expect(standardError).toBeCloseTo(0, 9);
      }),
    );
  });

  it("is the mean of many where all images have them, without error", () => {
    fc.assert(
      fc.property(radii, fc.infiniteStream(real(0, 2)), (few, stream) => {
        const many = few.map(() => stream.next().value as number);
        const { acr, standardError } = acrEstimate(byIndex(few), byIndex(many));
        expect(acr).toBeCloseTo(mean(many), 9);
        expect(standardError).toBe(0);
      }),
    );
  });
});
