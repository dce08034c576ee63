import fc from "fast-check";
import { FileError } from "smoothcert";
import {
  type LogHeader,
  type LogRow,
  mcnemarPValue,
  type PairedLog,
  pairedInterval,
  pairingWarnings,
  pairLogs,
  type StoppedSummary,
  summarizeLog,
} from "smoothcert/certify";
import { describe, expect, it } from "vitest";
import { rowOfVotes, votedRows, voteHeader } from "./voted-logs.js";

const header = voteHeader();
const stopped = voteHeader({ stop: { kind: "radii", radii: [0, 0.5] }, interval: "union" });
const certifies = (row: LogRow | undefined, radius: number): boolean => row!.correct && row!.radius >= radius;

/** Two logs over some of the same images, in any order, with the same labels. */
function twoLogs(headers: readonly [LogHeader, LogHeader]): fc.Arbitrary<[PairedLog, PairedLog]> {
  const log = (i: 0 | 1): fc.Arbitrary<PairedLog> =>
    votedRows(headers[i]).chain((rows) => {
      const right = rows.map((row) => ({ ...row, label: 0, correct: row.predict === 0 }));
      const kept = right.filter(({ idx }) => idx === 0 || idx % 3 !== i);
      return fc.shuffledSubarray(kept, { minLength: kept.length }).map((shuffled) => {
        return { file: `${i}.tsv`, rows: shuffled, header: headers[i] };
      });
    });
  return fc.tuple(log(0), log(1));
}

const radii = fc.array(fc.oneof(fc.constantFrom(0, 0.5), fc.double({ min: 0, max: 1.5, noNaN: true })), {
  maxLength: 4,
});

describe("pairLogs", () => {
  it("counts, image by image of those that both have, who certifies a radius", () => {
    fc.assert(
      fc.property(twoLogs([header, header]), radii, ([a, b], asked) => {
        const shared = a.rows.filter(({ idx }) => b.rows.some((row) => row.idx === idx));
        const comparison = pairLogs([a, b], asked, 0.9);
        expect(comparison.images).toBe(shared.length);
        expect(comparison.radii.map(({ radius }) => radius)).toEqual(asked);
        for (const { radius, both, onlyFirst, onlySecond, neither, difference, ...rest } of comparison.radii) {
          const by = (first: boolean, second: boolean): number =>
            shared.filter((row) => {
              const other = b.rows.find(({ idx }) => idx === row.idx);
              return certifies(row, radius) === first && certifies(other, radius) === second;
            }).length;
          expect([both, onlyFirst, onlySecond, neither]).toEqual([
            by(true, true),
            by(true, false),
            by(false, true),
            by(false, false),
          ]);
          expect(difference).toBe((onlyFirst - onlySecond) / shared.length);
          expect(rest).toEqual({
            ...pairedInterval(onlyFirst, onlySecond, shared.length, 0.9),
            pValue: mcnemarPValue(onlyFirst, onlySecond),
            undecidedFirst: 0,
            undecidedSecond: 0,
          });
        }
      }),
      { numRuns: 50 },
    );
  });

  it("says how many images a stopped run left undecided", () => {
    fc.assert(
      fc.property(votedRows(stopped), (rows) => {
        const log = { file: "a.tsv", rows, header: stopped };
        const [at] = pairLogs([log, { ...log, header: undefined }], [0.5], 0.9).radii;
        const { outcomes } = summarizeLog(rows, stopped, [], 0.9) as StoppedSummary;
        expect([at.undecidedFirst, at.undecidedSecond]).toEqual([outcomes[1].undecided, 0]);
      }),
      { numRuns: 20 },
    );
  });

  const row = rowOfVotes(header, 3, 0, [10, 0, 0], [300, 0, 0]);
  const first: PairedLog = { file: "a.tsv", rows: [row], header };

  it.each([
    [{ header: { ...header, norm: "l1" } }, "has L1 radii, and a.tsv L2 radii: these don't compare"],
    [{ rows: [{ ...row, label: 2 }] }, "is over another test set: idx 3 has label 2, and 0 in a.tsv"],
    [{ rows: [{ ...row, idx: 2 }] }, "has no image in common with a.tsv"],
    [{ header: { ...header, data: { ...header.data, hash: "0".repeat(64) } } }, "is about other data: mnist test"],
  ])("refuses by name %#", (change, message) => {
    const other = { ...first, file: "b.tsv", ...change } as PairedLog;
    expect(() => pairLogs([first, other], [0], 0.95)).toThrow(FileError);
    expect(() => pairLogs([first, other], [0], 0.95)).toThrow(`b.tsv: ${message}`);
  });
});

describe("pairingWarnings", () => {
  it("names each setting that differs, and logs that record none", () => {
    const log = (file: string, of?: LogHeader) => ({ file, rows: [], header: of });
    expect(pairingWarnings([log("a", header), log("b", { ...header, seed: 3 })])).toEqual([]);
    const stop = { kind: "precision", precision: 0.1 } as const;
    const other: LogHeader = { ...header, sigma: 1, n: 7, alpha: 0.01, bound: "multi-class", interval: "union", stop };
    const consequence = "the difference is not the classifiers' alone";
    expect(pairingWarnings([log("a", header), log("b", other)])).toEqual([
      `sigma differs (0.5 in a, 1 in b): ${consequence}`,
      `alpha differs (0.001 in a, 0.01 in b): ${consequence}`,
      `n differs (300 in a, 7 in b): ${consequence}`,
      `bound differs (one-sided in a, multi-class in b): ${consequence}`,
      `interval differs (clopper-pearson in a, union in b): ${consequence}`,
      `stop differs (none in a, precision:0.1 in b): ${consequence}`,
    ]);
    expect(pairingWarnings([log("a", header), log("b")])).toEqual([
      "b: no header records sigma, n and alpha, which should be the same for all",
    ]);
  });
});
