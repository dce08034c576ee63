import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { floatsOfHalves, halvesOf } from "../../../certify/classifiers/onnx/float16.js";

const ALL = Uint16Array.from({ length: 65_536 }, (_, bits) => bits);
const numbers = floatsOfHalves(ALL);
const finite = [...ALL].filter((bits) => ((bits >> 10) & 31) < 31);

/** The value of a half, from the definition. */
function defined(bits: number): number {
  const [sign, exponent, fraction] = [bits >> 15 ? -1 : 1, (bits >> 10) & 31, bits & 1023];
  if (exponent === 31) return fraction === 0 ? sign * Infinity : Number.NaN;
  return sign * (exponent === 0 ? (fraction / 1024) * 2 ** -14 : (1 + fraction / 1024) * 2 ** (exponent - 15));
}

const single = (x: number): Float32Array => Float32Array.of(x);
const bitsOf = (x: number): number => halvesOf(single(x))[0];

describe("float16", () => {
  it("reads all 65,536 halves as IEEE 754 defines them", () => {
    expect([...ALL].filter((bits) => !Object.is(numbers[bits], defined(bits)))).toEqual([]);
  });

  it("writes back all of them that are numbers, and every NaN as one", () => {
    const back = halvesOf(numbers);
    const wrong = [...ALL].filter((bits) =>
      Number.isNaN(numbers[bits]) ? back[bits] !== 0x7e00 : back[bits] !== bits,
    );
    expect(wrong).toEqual([]);
  });

  it("rounds to the nearest of them, to the even one half way: at every pair of neighbours, and a float beside", () => {
    const next = new Float32Array(1);
    const view = new Uint32Array(next.buffer);
    const found: number[][] = [];
    const expected: number[][] = [];
    for (const bits of finite.filter((each) => each < 0x7c00)) {
      // What would come after the largest half, 65536, counts as infinity.
      const [below, above] = [numbers[bits], bits === 0x7bff ? 65_536 : numbers[bits + 1]];
      const middle = (below + above) / 2;
      next[0] = middle;
      view[0] -= 1;
      const justBelow = next[0];
      view[0] += 2;
      const justAbove = next[0];
      const even = bits % 2 === 0 ? bits : bits + 1;
      found.push([justBelow, middle, justAbove, -justBelow, -middle, -justAbove].map(bitsOf));
      expected.push([bits, even, bits + 1, bits | 0x8000, even | 0x8000, (bits + 1) | 0x8000]);
    }
    expect(found).toEqual(expected);
  });

  it("is monotone, and within half a step, for any float", () => {
    const any = fc.float({ noNaN: true, noDefaultInfinity: true });
    fc.assert(
      fc.property(any, any, (a, b) => {
        const [x, y] = a <= b ? [a, b] : [b, a];
        const [hx, hy] = floatsOfHalves(halvesOf(Float32Array.of(x, y)));
        expect(hx).toBeLessThanOrEqual(hy);
        const step = 2 ** (Math.max(Math.floor(Math.log2(Math.abs(x))), -14) - 10);
        if (Math.abs(x) < 65_504) expect(Math.abs(hx - x)).toBeLessThanOrEqual(step / 2);
      }),
    );
  });

  it("reads views that do not begin where their memory does", () => {
    const memory = Float32Array.of(9, 1, -2, 9);
    expect([...halvesOf(memory.subarray(1, 3))]).toEqual([0x3c00, 0xc000]);
    expect([...floatsOfHalves(Uint16Array.of(9, 0x3c00).subarray(1))]).toEqual([1]);
  });
});
