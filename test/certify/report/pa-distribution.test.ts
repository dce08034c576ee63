import fc from "fast-check";
import { certifiedCount, countFrom, type LogRow, paDistribution, votesOf } from "smoothcert/certify";
import { describe, expect, it } from "vitest";
import { votedRows, voteHeader } from "./voted-logs.js";

const header = voteHeader();
const probability = fc.oneof(fc.constantFrom(0, 0.5, 0.9, 1), fc.double({ min: 0, max: 1, noNaN: true }));

/** Whether the votes select the label. */
function isRight(row: LogRow): boolean {
  const { counts0 } = votesOf(row, header);
  return counts0[row.label] === Math.max(...Array.from(counts0));
}

describe("the distribution of pA", () => {
  it("is the share of right images at p or above, as votes estimate and bounds prove it", () => {
    fc.assert(
      fc.property(votedRows(header), probability, (rows, asked) => {
        const { estimated, proved } = paDistribution(rows, header)!;
        const right = rows.filter(isRight);
        for (const p of [asked, ...rows.flatMap(({ nA, n, pALower }) => [nA! / n!, pALower!])]) {
          expect(countFrom(estimated, p)).toBe(right.filter(({ nA, n }) => nA! / n! >= p).length);
          expect(countFrom(proved, p)).toBe(right.filter(({ pALower }) => pALower! >= p).length);
        }
        for (const steps of [estimated, proved]) {
          steps.forEach(({ p, count, share }, i) => {
            expect(share).toBe(count / rows.length);
            if (i > 0) expect([p > steps[i - 1].p, count < steps[i - 1].count]).toEqual([true, true]);
          });
        }
      }),
      { numRuns: 50 },
    );
  });

  it("is certified accuracy, where it is proved at the bounds of certified radii", () => {
    fc.assert(
      fc.property(votedRows(header), (rows) => {
        const { proved } = paDistribution(rows, header)!;
        for (const { correct, radius, pALower } of rows) {
          if (correct && radius > 0) expect(countFrom(proved, pALower!)).toBe(certifiedCount(rows, radius));
        }
      }),
      { numRuns: 50 },
    );
  });

  it("has the class of the estimation where nothing selects another", () => {
    const row: LogRow = { idx: 0, label: 1, predict: -1, radius: 0, correct: false, pALower: 0.5, counts: [[1, 300]] };
    const { estimated, proved } = paDistribution([row], { ...header, n0: 0 })!;
    expect(estimated).toEqual([{ p: 1, count: 1, share: 1 }]);
    expect(proved).toEqual([{ p: 0.5, count: 1, share: 1 }]);
  });

  it("is missing without a header, votes, bounds or rows", () => {
    const [row] = fc.sample(votedRows(header), 1)[0];
    expect(paDistribution([row], undefined)).toBeUndefined();
    expect(paDistribution([], header)).toBeUndefined();
    for (const column of ["counts", "counts0", "pALower"]) {
      expect(paDistribution([row, { ...row, [column]: undefined }], header)).toBeUndefined();
    }
  });
});
