import { createHash } from "node:crypto";
import fc from "fast-check";
import { exp, ln, ln1p } from "smoothcert";
import { describe, expect, it } from "vitest";

const doubles = fc.double({ noNaN: true });
const ULP = 2 ** -52;

/** Expects two correct functions within one ulp each: no more than two from each other, or both subnormal. */
function expectClose(ours: number, engines: number): void {
  if (Object.is(ours, engines)) return;
  expect(Math.abs(ours - engines)).toBeLessThanOrEqual(2 * ULP * Math.abs(engines) + 2 ** -1073);
}

/** SHA-256 of a function's values from a to b, at 100,000 points. */
function bitsOf(f: (x: number) => number, a: number, b: number): string {
  const values = Float64Array.from({ length: 100_000 }, (_, i) => f(a + ((b - a) * i) / 99_999));
  return createHash("sha256").update(values).digest("hex").slice(0, 16);
}

describe.each([
  ["exp", exp, Math.exp],
  ["ln", ln, Math.log],
  ["ln1p", ln1p, Math.log1p],
])("%s", (_, ours, engines) => {
  it("agrees with the engine's to an ulp or two, for any double", () => {
    fc.assert(fc.property(doubles, (x) => expectClose(ours(x), engines(x))));
    fc.assert(fc.property(fc.double({ min: -800, max: 800, noNaN: true }), (x) => expectClose(ours(x), engines(x))));
    fc.assert(
      fc.property(fc.double({ min: -1e-6, max: 1e-6, noNaN: true }), (small) => {
        expectClose(ours(1 + small), engines(1 + small));
        expectClose(ours(small), engines(small));
      }),
    );
  });

  it("has the engine's limits and domain", () => {
    for (const x of [0, -0, 1, -1, -2, Infinity, -Infinity, Number.NaN]) expect(ours(x)).toBe(engines(x));
  });
});

// The same call with Math.exp, Math.log and Math.log1p in Node 20.20.2: Node 20 to 26 have fdlibm's functions too.
it("gives the same bits on every engine, those of fdlibm", () => {
  expect(bitsOf(exp, -745, 709)).toBe("0d7ce97afb8dac21");
  expect(bitsOf(exp, -1, 1)).toBe("be42d6f83c23ee6a");
  expect(bitsOf(ln, 1e-300, 2)).toBe("288acf11ac6c631e");
  expect(bitsOf(ln, 1, 1e9)).toBe("fccc8d97a5376b65");
  expect(bitsOf(ln1p, -0.999, 1)).toBe("8bfa26cc4e06b22b");
  expect(bitsOf(ln1p, 1, 1e9)).toBe("a08677cde08466d8");
});
