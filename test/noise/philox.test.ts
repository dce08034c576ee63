import { philox4x32 } from "smoothcert";
import { describe, expect, it } from "vitest";

const hex = (words: Uint32Array): string => [...words].map((word) => word.toString(16).padStart(8, "0")).join(" ");

describe("philox4x32", () => {
  // Known answers of the Random123 library (tests/kat_vectors, lines philox4x32 10).
  it.each([
    ["00000000 00000000 00000000 00000000", "00000000 00000000", "6627e8d5 e169c58d bc57ac4c 9b00dbd8"],
    ["ffffffff ffffffff ffffffff ffffffff", "ffffffff ffffffff", "408f276d 41c83b0e a20bc7c6 6d5451fd"],
    ["243f6a88 85a308d3 13198a2e 03707344", "a4093822 299f31d0", "d16cfe09 94fdcceb 5001e420 24126ea1"],
  ])("maps counter %s under key %s to %s", (counter, key, answer) => {
    const [c0, c1, c2, c3] = counter.split(" ").map((word) => Number.parseInt(word, 16));
    const [k0, k1] = key.split(" ").map((word) => Number.parseInt(word, 16));
    const out = new Uint32Array(4);
    philox4x32(out, c0, c1, c2, c3, k0, k1);
    expect(hex(out)).toBe(answer);
  });
});
