import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { spreadOf } from "../../bench/tables/accuracies.js";
import { certifiedText } from "../../bench/tables/markdown.js";

describe("certifiedText", () => {
  it("is the mean of some models' certified accuracies in percent, rounded down to one decimal", () => {
    const counts = fc.array(fc.nat(500), { minLength: 1, maxLength: 7 });
    fc.assert(
      fc.property(counts, (certified) => {
        const text = certifiedText(spreadOf(certified.map((count) => (100 * count) / 500)));
        const tenths = certified.reduce((a, b) => a + b, 0) * 1000;
        const below = Math.floor(tenths / (500 * certified.length));
        expect(text.split(" ± ")[0]).toBe((below / 10).toFixed(1));
        expect(text.includes("±")).toBe(certified.length > 1);
      }),
    );
  });
});
