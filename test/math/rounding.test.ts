import fc from "fast-check";
import { ceilTo, floorTo } from "smoothcert";
import { expect, it } from "vitest";

/** Whole numbers of quarters of the last decimal, among them ties, which toFixed rounds up. */
const quarters = fc.integer({ min: -4_000_000, max: 4_000_000 });
const digits = fc.integer({ min: 0, max: 6 });

it("floorTo and ceilTo are the nearest decimals below and above", () => {
  fc.assert(
    fc.property(quarters, digits, (count, d) => {
      const value = count / (4 * 10 ** d);
      const [below, above] = [floorTo(value, d), ceilTo(value, d)];
      expect(Number(below)).toBe(Math.floor(count / 4) / 10 ** d + 0);
      expect(Number(above)).toBe(Math.ceil(count / 4) / 10 ** d + 0);
      for (const text of [below, above]) expect(text.split(".")[1]?.length ?? 0).toBe(d);
    }),
  );
});

it("floorTo and ceilTo are on their sides of any number, less than a unit away", () => {
  fc.assert(
    fc.property(fc.double({ min: -1e6, max: 1e6, noNaN: true }), digits, (value, d) => {
      const [below, above] = [Number(floorTo(value, d)), Number(ceilTo(value, d))];
      expect(below).toBeLessThanOrEqual(value);
      expect(above).toBeGreaterThanOrEqual(value);
      expect(above - below).toBeLessThanOrEqual(10 ** -d * (1 + 1e-3));
    }),
  );
});
