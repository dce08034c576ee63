import fc from "fast-check";
import { FileError } from "smoothcert";
import {
  alignLogs,
  clopperPearsonLower,
  comparisonWarnings,
  decide,
  type LogHeader,
  type LogRow,
  type OwnLog,
  theoremOfHeader,
  votesOf,
} from "smoothcert/certify";
import { describe, expect, it } from "vitest";
import { rowOfVotes, votedRows, voteHeader } from "./voted-logs.js";

const HEADERS: LogHeader[] = [
  voteHeader(),
  voteHeader({ n0: 0, alpha: 0.01, bound: "multi-class" }),
  voteHeader({ interval: "randomised-clopper-pearson", n: 200, seed: 7 }),
  voteHeader({ interval: "union", stop: { kind: "radii", radii: [0, 0.5] }, alpha: 0.05 }),
  voteHeader({ interval: "betting", stop: { kind: "precision", precision: 0.1 } }),
];
const anyLog: fc.Arbitrary<OwnLog> = fc
  .constantFrom(...HEADERS)
  .chain((header) => votedRows(header).map((rows) => ({ file: "a.tsv", rows, header })));
const alpha = fc.double({ min: 1e-6, max: 0.5, noNaN: true });

describe("alignLogs", () => {
  it("gives back a log by itself at its own alpha, but for the seals", () => {
    fc.assert(
      fc.property(anyLog, (log) => {
        const sealed = { ...log, rows: log.rows.map((row) => ({ ...row, check: "0123456789abcdef" })) };
        expect(alignLogs([sealed])).toEqual({ alpha: log.header.alpha, images: log.rows.length, logs: [log] });
      }),
      { numRuns: 50 },
    );
  });

  it("has what the votes prove at the alpha that is asked for", () => {
    fc.assert(
      fc.property(anyLog, alpha, (log, asked) => {
        const [{ header, rows }] = alignLogs([log], asked).logs;
        expect(header).toEqual({ ...log.header, alpha: asked });
        rows.forEach((row, i) => {
          const votes = votesOf(log.rows[i], log.header);
          const { predict, radius } = decide(votes, { ...log.header, alpha: asked }, theoremOfHeader(log.header)!);
          expect(row).toMatchObject({ predict, radius, correct: predict === row.label, n: log.rows[i].n });
        });
      }),
      { numRuns: 50 },
    );
  });

  it("is the bound of Clopper and Pearson at the new alpha, and forgets a family's", () => {
    const header = voteHeader({ familyAlpha: 0.05 });
    const row = rowOfVotes(header, 0, 0, [10, 0, 0], [290, 10, 0]);
    const [log] = alignLogs([{ file: "a.tsv", rows: [row], header }], 0.02).logs;
    expect(log.rows[0].pALower).toBe(clopperPearsonLower(290, 300, 0.02));
    expect(log.header).not.toHaveProperty("familyAlpha");
  });

  it("keeps the images that all logs have, at the smallest alpha: no warning of alpha or images is left", () => {
    fc.assert(
      fc.property(fc.array(anyLog, { minLength: 2, maxLength: 4 }), fc.nat(3), (logs, cut) => {
        const label = (row: LogRow): LogRow => ({ ...row, label: 0, correct: row.predict === 0 });
        const some = logs.map((log, i) => ({
          ...log,
          file: `${i}.tsv`,
          rows: log.rows.map(label).filter(({ idx }) => idx === 0 || idx % 4 !== (cut + i) % 4),
        }));
        const { alpha: common, images, logs: aligned } = alignLogs(some);
        expect(common).toBe(Math.min(...logs.map(({ header }) => header.alpha)));
        const shared = some[0].rows
          .map(({ idx }) => idx)
          .filter((idx) => some.every(({ rows }) => rows.some((row) => row.idx === idx)));
        expect(images).toBe(shared.length);
        for (const { rows } of aligned) expect(rows.map(({ idx }) => idx)).toEqual(shared);
        const left = /^(n|n0|bound|interval|stop) differs/;
        expect(comparisonWarnings(aligned).filter((warning) => !left.test(warning))).toEqual([]);
      }),
      { numRuns: 30 },
    );
  });

  const header = voteHeader();
  const row = rowOfVotes(header, 3, 0, [10, 0, 0], [300, 0, 0]);
  const first = { file: "a.tsv", rows: [row], header };
  const again = "and so can't be derived again at another alpha";

  it.each([
    [{ header: undefined }, `has no header of smoothcert that says how its votes were drawn, ${again}`],
    [{ header: { ...header, noise: "new/1" } }, `is about new/1, a noise unknown to this version, ${again}`],
    [{ rows: [{ ...row, counts: undefined }] }, `has no votes for image 3, ${again}`],
    [{ rows: [{ ...row, idx: 4 }] }, "has no image in common with a.tsv"],
    [
      { rows: [{ ...row, label: 1 }] },
      "is over another test set: idx 3 has label 1, and 0 in a.tsv. Only certificates of the same images pair",
    ],
    [
      { header: { ...header, data: { ...header.data, name: "letters", hash: "f".repeat(64) } } },
      "is about other data: letters test (SHA-256 ffffffff), and a.tsv about mnist test (SHA-256 unknown). " +
        "Only certificates of the same images pair",
    ],
  ])("refuses by name %#", (change, message) => {
    const other = { ...first, file: "b.tsv", ...change } as OwnLog;
    expect(() => alignLogs([first, other])).toThrow(FileError);
    expect(() => alignLogs([first, other])).toThrow(`b.tsv: ${message}`);
  });

  it.each([0, 0.6, Number.NaN])("refuses an alpha of %d", (wrong) => {
    expect(() => alignLogs([first], wrong)).toThrow(`alignLogs: alpha must be in (0, 1/2], got ${wrong}`);
  });
});
