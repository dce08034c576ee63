import { describe, expect, it } from "vitest";
import { isGuessing } from "../../cli/noise-free.js";

const even = (count: number, classes: number): number[] => Array.from({ length: count }, (_, i) => i % classes);

describe("guessing", () => {
  it.each([
    // P[Bin(100, 1/10) > 20] = 0.0008, and > 19 = 0.002.
    [20, even(100, 10), 10, true],
    [21, even(100, 10), 10, false],
    // P[Bin(100, 1/2) > 65] = 0.0009, and > 64 = 0.0018.
    [65, even(100, 2), 2, true],
    [66, even(100, 2), 2, false],
    // A classifier that always names the class of 80 of them.
    [80, Array(80).fill(0).concat(Array(20).fill(1)), 2, true],
    [81, Array(80).fill(0).concat(Array(20).fill(1)), 2, false],
    // Few images tell nothing.
    [0, [3], 10, false],
    [0, even(29, 10), 10, false],
    [0, even(30, 10), 10, true],
  ])("is %d right of labels in %j, of %d classes: %s", (correct, labels, classes, guessing) => {
    expect(isGuessing(correct, labels, classes)).toBe(guessing);
  });
});
