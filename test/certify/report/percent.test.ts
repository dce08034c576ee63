import fc from "fast-check";
import { complementText, levelText, mcnemarPValue, pText } from "smoothcert/certify";
import { describe, expect, it } from "vitest";

const probability = fc.oneof(
  fc.double({ min: 1e-17, max: 1 - 2 ** -53, noNaN: true }),
  fc.integer({ min: 1, max: 17 }).map((k) => 10 ** -k),
  fc.integer({ min: 4, max: 16 }).map((k) => 1 - 10 ** -k),
);

describe("pText", () => {
  it("is never below the p-value, and above it by at most a unit of its second digit", () => {
    fc.assert(
      fc.property(probability, (p) => {
        fc.pre(p >= 1e-12);
        const shown = Number(pText(p));
        expect(shown).toBeGreaterThanOrEqual(p * (1 - 1e-11));
        expect(shown - p).toBeLessThan(0.1001 * p);
      }),
    );
    const shown = [1, mcnemarPValue(2, 0), mcnemarPValue(3, 0), 0.05, 0.0501025, 0.0996, 0.0316, 1e-12, 9e-13].map(
      pText,
    );
    expect(shown).toEqual(["1", "0.5", "0.25", "0.05", "0.051", "0.1", "0.032", "1e-12", "<1e-12"]);
  });
});

describe("complementText", () => {
  it("is 1 - rho exactly, and so never 1", () => {
    fc.assert(
      fc.property(probability, (rho) => {
        const [whole, less] = complementText(rho).split(" - ");
        if (less === undefined)
          expect([Number(whole), Number(whole) < 1]).toEqual([Number((1 - rho).toFixed(6)), true]);
        else expect([whole, Number(less)]).toEqual(["1", rho]);
      }),
    );
    const shown = [0.5, 0.001, 0.000001, 1e-7, 1e-13, 1e-17].map(complementText);
    expect(shown).toEqual(["0.5", "0.999", "0.999999", "1 - 1e-7", "1 - 1e-13", "1 - 1e-17"]);
  });
});

describe("levelText", () => {
  it("is never above the confidence, and so never 100", () => {
    fc.assert(
      fc.property(probability, (confidence) => {
        const shown = Number(levelText(confidence));
        expect(shown).toBeLessThan(100);
        expect(shown / 100).toBeLessThanOrEqual(confidence * (1 + 2 ** -51));
        expect(100 * confidence - shown).toBeLessThan(2e-4);
      }),
    );
    expect([0.95, 0.57, 0.999, 0.99999999].map(levelText)).toEqual(["95", "57", "99.9", "99.9999"]);
  });
});
