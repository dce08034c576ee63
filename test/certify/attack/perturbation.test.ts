import fc from "fast-check";
import { CounterRandom, type Pixels, STREAM } from "smoothcert";
import { describe, expect, it } from "vitest";
import { ANY_VALUE, distanceUpper, farthestBelow, moved } from "../../../certify/attack/perturbation.js";
import { type Fraction, fractionOf, isAtMost, product } from "../../laws/exact.js";

const bytes = (length: number): fc.Arbitrary<Uint8Array> => fc.uint8Array({ minLength: length, maxLength: length });
const floats = (length: number): fc.Arbitrary<Float32Array> =>
  fc.float32Array({ minLength: length, maxLength: length, min: 0, max: 1, noNaN: true });
/** Even in [-1, 1], unlike fast-check's doubles, which are mostly tiny. */
const directions = (length: number): fc.Arbitrary<Float64Array> =>
  fc.nat().map((seed) => {
    const random = new CounterRandom({ seed, stream: STREAM.theory, example: 0, sample: 0 });
    return Float64Array.from({ length }, () => 2 * random.uniform() - 1);
  });

/** The squared distance in units of pixels in [0, 1], without rounding. */
function exactSquare(x: Pixels, y: Pixels): Fraction {
  if (x instanceof Uint8Array) {
    const squares = x.reduce((sum, level, j) => sum + (level - y[j]) ** 2, 0);
    return { numerator: BigInt(squares), denominator: 65025n };
  }
  return [...x].reduce<Fraction>(
    (sum, value, j) => plus(sum, squareOf(minus(fractionOf(value), fractionOf(y[j])))),
    ZERO,
  );
}

const ZERO: Fraction = { numerator: 0n, denominator: 1n };
const squareOf = (a: Fraction): Fraction => product(a, a);
const plus = (a: Fraction, b: Fraction): Fraction => ({
  numerator: a.numerator * b.denominator + b.numerator * a.denominator,
  denominator: a.denominator * b.denominator,
});
const minus = (a: Fraction, b: Fraction): Fraction => plus(a, { ...b, numerator: -b.numerator });

/** Whether a norm is at least the true one, and above it by 1e-12 relative at most. */
function expectJustAbove(norm: number, x: Pixels, y: Pixels): void {
  expect(isAtMost(exactSquare(x, y), squareOf(fractionOf(norm)))).toBe(true);
  expect(isAtMost(squareOf(fractionOf(norm * (1 - 1e-12))), exactSquare(x, y))).toBe(true);
}

describe("distanceUpper", () => {
  it("is never below the exact distance, and hardly above it", () => {
    fc.assert(fc.property(bytes(20), bytes(20), (x, y) => expectJustAbove(distanceUpper(x, y), x, y)));
    // Without the tiny floats, whose squares are below the smallest double.
    const values = floats(9).map((x) => x.map((value) => (value < 1e-30 ? 0 : value)));
    fc.assert(
      fc.property(values, values, (x, y) => expectJustAbove(distanceUpper(x, y), x, y)),
      { numRuns: 50 },
    );
  });

  it("is exactly 0 between equals", () => {
    expect(distanceUpper(Uint8Array.of(3, 4), Uint8Array.of(3, 4))).toBe(0);
    expect(distanceUpper(Float32Array.of(0.3), Float32Array.of(0.3))).toBe(0);
  });
});

describe("moved", () => {
  it("rounds bytes to levels in 0..255 and keeps floats in [0, 1], monotone in the scale", () => {
    const scales = fc.tuple(fc.double({ min: 0, max: 9, noNaN: true }), fc.double({ min: 0, max: 9, noNaN: true }));
    fc.assert(
      fc.property(fc.oneof(bytes(12), floats(12)), directions(12), scales, (x, direction, [a, b]) => {
        const near = moved(x, direction, Math.min(a, b));
        const far = moved(x, direction, Math.max(a, b));
        expect(far.constructor).toBe(x.constructor);
        for (let j = 0; j < 12; j++) {
          if (x instanceof Float32Array) expect(far[j] >= 0 && far[j] <= 1).toBe(true);
          expect(Math.sign(direction[j]) * (far[j] - near[j])).toBeGreaterThanOrEqual(0);
        }
        expect(moved(x, direction, 0)).toEqual(x);
      }),
    );
    expect(moved(Uint8Array.of(0, 9, 250), Float64Array.of(-1, 1.4 / 255, 1), 1)).toEqual(Uint8Array.of(0, 10, 255));
  });
});

describe("values of a table", () => {
  it("move beyond [0, 1], by float32", () => {
    const x = Float32Array.of(-7, 250, 0.5);
    const direction = Float64Array.of(-1, 2, 0.1);
    expect(moved(x, direction, 3, ANY_VALUE)).toEqual(Float32Array.of(-10, 256, 0.8));
    expect(moved(x, direction, 3)).toEqual(Float32Array.of(0, 1, 0.8));
    const point = farthestBelow(x, direction, 10, ANY_VALUE);
    expect(distanceUpper(x, point)).toBeLessThan(10);
    expect(distanceUpper(x, point)).toBeGreaterThan(9.99);
  });
});

describe("farthestBelow", () => {
  const limits = fc.double({ min: 0, max: 4, noNaN: true });

  it("stays strictly below the limit by the exact norm", () => {
    fc.assert(
      fc.property(fc.oneof(bytes(30), floats(8)), directions(30), limits, (x, d, limit) => {
        const point = farthestBelow(x, d.subarray(0, x.length), limit);
        const square = exactSquare(x, point);
        const limitSquare = squareOf(fractionOf(limit));
        if (square.numerator > 0n) expect(isAtMost(limitSquare, square)).toBe(false);
      }),
    );
  });

  it("leaves less than a percent of the limit unused where pixels have room", () => {
    const room = fc.uint8Array({ minLength: 400, maxLength: 400, min: 100, max: 150 });
    const limit = fc.double({ min: 0.1, max: 3, noNaN: true });
    fc.assert(
      fc.property(room, directions(400), limit, (x, direction, most) => {
        expect(distanceUpper(x, farthestBelow(x, direction, most))).toBeGreaterThan(0.99 * most);
      }),
    );
    const even = farthestBelow(new Uint8Array(400).fill(128), new Float64Array(400).fill(1), 30.5 / 255);
    // All pixels want the second level at once; 176 of 400 get it: 400 + 3 * 176 = 928 < 30.5^2.
    expect(distanceUpper(new Uint8Array(400).fill(128), even)).toBeGreaterThan((0.99 * 30.5) / 255);
  });

  it("is x itself where there is no direction or no room", () => {
    const x = Uint8Array.of(1, 2);
    expect(farthestBelow(x, new Float64Array(2), 1)).toEqual(x);
    expect(farthestBelow(x, Float64Array.of(1, 1), 0)).toEqual(x);
    expect(farthestBelow(x, Float64Array.of(1, 1), 0.5 / 255)).toEqual(x);
    expect(farthestBelow(Uint8Array.of(255, 0), Float64Array.of(1, -1), 1)).toEqual(Uint8Array.of(255, 0));
  });
});
