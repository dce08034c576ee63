import fc from "fast-check";
import { type GatedLog, judgeByPolicy, type LogRow, type PairedLog } from "smoothcert/certify";
import { describe, expect, it } from "vitest";
import { SOME_HEADER } from "../log/some-header.js";
import { gatedLog, policyOf, rowsOf } from "./gated.js";

/** Radii that differ little or much, and abstentions. */
const radii = fc
  .record({
    from: fc.double({ min: 0.1, max: 1, noNaN: true }),
    width: fc.constantFrom(0.02, 0.1, 1),
    shares: fc.array(fc.option(fc.double({ min: 0, max: 1, noNaN: true })), { minLength: 30, maxLength: 30 }),
  })
  .map(({ from, width, shares }) => shares.map((share) => (share === null ? undefined : from + width * share)));

/** How other tools print. */
const printing = fc.constantFrom(
  (radius: number) => Number(radius.toFixed(2)),
  (radius: number) => Number(radius.toFixed(3)),
  (radius: number) => Number(radius.toPrecision(2)),
  (radius: number) => Number(radius.toPrecision(3)),
);

const printed = (rows: readonly LogRow[], print: (radius: number) => number): LogRow[] =>
  rows.map((row) => ({ ...row, radius: print(row.radius) }));

describe("radii that another tool rounded", () => {
  it("never give a verdict that those before the rounding don't", () => {
    fc.assert(
      fc.property(radii, radii, printing, fc.nat(29), (own, theirs, print, which) => {
        const [rows, old] = [rowsOf(own), rowsOf(theirs)];
        const radius = print(own[which] ?? 0.5);
        const recorded = (log: readonly LogRow[]): PairedLog => ({ file: "old.tsv", rows: log, header: SOME_HEADER });
        const exact: GatedLog = { ...gatedLog(rows, { old: recorded(old) }), header: SOME_HEADER };
        const rounded = gatedLog(printed(rows, print), { old: { file: "old.tsv", rows: printed(old, print) } });
        for (const requirement of [
          { kind: "certified-accuracy", radius, atLeast: 0.3 },
          { kind: "certified-accuracy", radius, atLeast: 0.7 },
          { kind: "no-regression", baseline: "old", radius, margin: 0.1 },
        ] as const) {
          const policy = policyOf(0.9, requirement);
          expect([judgeByPolicy(policy, exact).verdict, "INCONCLUSIVE"]).toContain(
            judgeByPolicy(policy, rounded).verdict,
          );
        }
      }),
      { numRuns: 300 },
    );
  });

  it("leave a policy at a printed radius open, and say so, but none beyond the rounding", () => {
    const rows = rowsOf(Array.from({ length: 100 }, () => 0.25));
    const old = { file: "old.tsv", rows };
    const at = (radius: number) =>
      judgeByPolicy(policyOf(0.95, { kind: "certified-accuracy", radius, atLeast: 0.9 }), gatedLog(rows));
    expect([0, 0.2, 0.244, 0.25, 0.256].map((radius) => at(radius).verdict)).toEqual([
      "GO",
      "GO",
      "GO",
      "INCONCLUSIVE",
      "NO-GO",
    ]);
    const open = "100 within the rounding of their printed radii";
    expect(at(0.25).judgements[0].found).toBe(`0 of 100 images, ${open}: between 0.0000 and 1.0000`);
    const regression = policyOf(0.95, { kind: "no-regression", baseline: "old", radius: 0.25, margin: 0.1 });
    const { verdict, judgements } = judgeByPolicy(regression, gatedLog(rows, { old }));
    expect(verdict).toBe("INCONCLUSIVE");
    expect(judgements[0].found).toContain(`; log.tsv: ${open}; old.tsv: ${open}; `);
  });

  it("are certified at radius 0 where the answer is right, however they were printed", () => {
    const policy = policyOf(0.9, { kind: "certified-accuracy", radius: 0, atLeast: 0.5 });
    for (const others of [0, 0.25, 0.123]) {
      const rows = rowsOf([...Array.from({ length: 20 }, () => 0), others]);
      expect(judgeByPolicy(policy, gatedLog(rows)).verdict).toBe("GO");
    }
  });
});
