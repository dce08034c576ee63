import fc from "fast-check";
import { visible, visibleLine } from "smoothcert";
import { describe, expect, it } from "vitest";

/** Every character that must not reach a terminal. */
const UNSAFE = [
  ...range(0x00, 0x09),
  ...range(0x0b, 0x1f),
  ...range(0x7f, 0x9f),
  ...range(0x202a, 0x202e),
  ...range(0x2066, 0x2069),
];

function range(first: number, last: number): string[] {
  return Array.from({ length: last - first + 1 }, (_, i) => String.fromCharCode(first + i));
}

const text = fc
  .array(fc.oneof(fc.string(), fc.constantFrom(...UNSAFE), fc.constant("\n"), fc.string({ unit: "grapheme" })))
  .map((parts) => parts.join(""));

describe("visible", () => {
  it("leaves no control character and no override of direction, whatever the text", () => {
    fc.assert(
      fc.property(text, (given) => {
        expect([...visible(given)].filter((character) => UNSAFE.includes(character))).toEqual([]);
        expect(visibleLine(given)).not.toContain("\n");
      }),
    );
  });

  it("writes each of them out in a way of its own", () => {
    expect(new Set(UNSAFE.map(visible)).size).toBe(UNSAFE.length);
    expect(visible("\x1b[31mred\x1b[0m")).toBe("\\x1b[31mred\\x1b[0m");
    expect(visible("\r\t\x7f\x9b\u202e\u2066")).toBe("\\x0d\\x09\\u007f\\u009b\\u202e\\u2066");
  });

  it("leaves all else as it is, line ends too", () => {
    const plain = "Zürich 猫 🦉 עברית العربية \u200d\n a\u0301";
    expect(visible(plain)).toBe(plain);
    expect(visibleLine("a\nb")).toBe("a\\x0ab");
  });

  it("keeps JSON the JSON of the same value", () => {
    fc.assert(
      fc.property(fc.array(text), (value) => {
        expect(JSON.parse(visible(JSON.stringify(value)))).toEqual(value);
      }),
    );
  });
});
