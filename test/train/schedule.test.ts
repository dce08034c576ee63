import fc from "fast-check";
import { cosineSchedule, defaultWarmup, rampFactor, stepSchedule } from "smoothcert/train";
import { describe, expect, it } from "vitest";

describe("stepSchedule", () => {
  it("drops by gamma every step epochs: Cohen's 90 epochs of 0.1 / 30 / 0.1", () => {
    const rate = stepSchedule(0.1, 30, 0.1);
    expect([0, 29.99, 30, 59.99, 60, 89].map(rate)).toEqual([
      0.1,
      0.1,
      0.1 * 0.1,
      0.1 * 0.1,
      0.1 * 0.1 ** 2,
      0.1 * 0.1 ** 2,
    ]);
  });

  it.each([
    [0, 30, 0.1, "stepSchedule: lr must be finite and greater than 0, got 0"],
    [Number.NaN, 30, 0.1, "stepSchedule: lr must be finite and greater than 0, got NaN"],
    [0.1, 1.5, 0.1, "stepSchedule: lrStep must be an integer of at least 1, got 1.5"],
    [0.1, 30, 1.1, "stepSchedule: gamma must be in (0, 1], got 1.1"],
  ])("refuses (%s, %s, %s)", (base, step, gamma, message) => {
    expect(() => stepSchedule(base, step, gamma)).toThrow(expect.objectContaining({ name: "ArgumentError", message }));
  });
});

describe("cosineSchedule", () => {
  it("starts at the base, is at half of it half-way, ends near 0 and never rises", () => {
    const times = fc.tuple(fc.double({ min: 0, max: 1, noNaN: true }), fc.double({ min: 0, max: 1, noNaN: true }));
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 400 }), times, (epochs, [a, b]) => {
        const rate = cosineSchedule(0.2, epochs);
        expect(rate(0)).toBe(0.2);
        expect(rate(epochs / 2)).toBeCloseTo(0.1, 12);
        expect(rate(epochs)).toBeCloseTo(0, 12);
        expect(rate(Math.max(a, b) * epochs)).toBeLessThanOrEqual(rate(Math.min(a, b) * epochs));
      }),
    );
  });

  it.each([
    [-1, 3, "cosineSchedule: lr must be finite and greater than 0, got -1"],
    [1, 0, "cosineSchedule: epochs must be an integer of at least 1, got 0"],
  ])("refuses (%s, %s)", (base, epochs, message) => {
    expect(() => cosineSchedule(base, epochs)).toThrow(expect.objectContaining({ name: "ArgumentError", message }));
  });
});

describe("rampFactor", () => {
  it("rises linearly to 1 and stays there; without steps it is 1", () => {
    expect([0, 1, 2, 3, 4, 100].map((step) => rampFactor(step, 4))).toEqual([0.25, 0.5, 0.75, 1, 1, 1]);
    expect(rampFactor(0, 0)).toBe(1);
  });
});

describe("defaultWarmup", () => {
  it("is the paper's 5 epochs in long runs and at most a quarter of short ones", () => {
    expect([1, 3, 4, 8, 19, 20, 90, 150].map(defaultWarmup)).toEqual([0, 0, 1, 2, 4, 5, 5, 5]);
  });
});
