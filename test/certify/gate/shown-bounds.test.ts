import fc from "fast-check";
import { nextUp } from "smoothcert";
import {
  clopperPearsonLower,
  clopperPearsonUpper,
  judgeByPolicy,
  type Policy,
  pairedInterval,
} from "smoothcert/certify";
import { describe, expect, it } from "vitest";
import { countedRows, gatedLog, policyOf } from "./gated.js";

const CONFIDENCE = 0.95;
const ERROR = 1 - CONFIDENCE;
const count = fc.integer({ min: 0, max: 100 });

/** That the bounds of the only judgement are shown on their sides, less than a unit of their last digit away. */
function expectOutward(found: string, { lower, upper }: { readonly lower: number; readonly upper: number }): void {
  const [, ...texts] = /between (-?\d\.\d{4}) and (-?\d\.\d{4})/.exec(found)!;
  const [below, above] = texts.map(Number);
  expect(below).toBeLessThanOrEqual(lower);
  expect(below).toBeGreaterThan(lower - 1.000001e-4);
  expect(above).toBeGreaterThanOrEqual(upper);
  expect(above).toBeLessThan(upper + 1.000001e-4);
}

describe("bounds in words are rounded outward", () => {
  const accuracy: Policy = policyOf(CONFIDENCE, { kind: "certified-accuracy", radius: 0.5, atLeast: 0.76 });
  const regression: Policy = policyOf(CONFIDENCE, { kind: "no-regression", baseline: "old", radius: 0.5, margin: 0 });

  it("of certified accuracy", () => {
    fc.assert(
      fc.property(count, count, (certified, others) => {
        const images = certified + others + 1;
        const [{ found }] = judgeByPolicy(accuracy, gatedLog(countedRows(certified, images))).judgements;
        const lower = clopperPearsonLower(certified, images, ERROR);
        expectOutward(found, { lower, upper: clopperPearsonUpper(certified, images, ERROR) });
      }),
    );
  });

  it("of a difference", () => {
    fc.assert(
      fc.property(count, count, (certified, before) => {
        const old = { file: "old.tsv", rows: countedRows(before, 101) };
        const [{ found }] = judgeByPolicy(regression, gatedLog(countedRows(certified, 101), { old })).judgements;
        const [won, lost] = [Math.max(0, certified - before), Math.max(0, before - certified)];
        expectOutward(found, pairedInterval(won, lost, 101, nextUp(1 - 2 * ERROR)));
      }),
    );
  });

  it("so that a share of 0.76 that isn't shown doesn't look as if it were", () => {
    const { verdict, judgements } = judgeByPolicy(accuracy, gatedLog(countedRows(57, 67)));
    expect(verdict).toBe("INCONCLUSIVE");
    expect(judgements[0].found).toMatch(/^57 of 67 images: between 0\.7599 and /);
  });
});
