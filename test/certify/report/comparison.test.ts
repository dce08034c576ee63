import { comparisonWarnings } from "smoothcert/certify";
import { describe, expect, it } from "vitest";
import { SOME_HEADER } from "../log/some-header.js";

const header = SOME_HEADER;
const rows = [0, 1, 2].map((idx) => ({ idx, label: 7 }));
const first = { file: "a.tsv", rows, header };

describe("comparisonWarnings", () => {
  it("has nothing to say of logs of the same points certified with the same settings", () => {
    const other = { file: "b.tsv", rows: rows.toReversed(), header: { ...header, sigma: 1, seed: 3 } };
    expect(comparisonWarnings([first])).toEqual([]);
    expect(comparisonWarnings([first, other, { ...first, file: "c.tsv", header: undefined }])).toEqual([]);
  });

  it.each([
    [{ alpha: 0.01 }, "alpha differs (0.001 in a.tsv, 0.01 in b.tsv): these curves are not comparable as they stand"],
    [{ n: 100_000 }, "n differs (1000 in a.tsv, 100000 in b.tsv): these curves are not comparable as they stand"],
    [{ n0: 0 }, "n0 differs (100 in a.tsv, 0 in b.tsv): these curves are not comparable as they stand"],
    [
      { bound: "multi-class" } as const,
      "bound differs (one-sided in a.tsv, multi-class in b.tsv): these curves are not comparable as they stand",
    ],
    [
      { interval: "betting" } as const,
      "interval differs (clopper-pearson in a.tsv, betting in b.tsv): these curves are not comparable as they stand",
    ],
    [
      { stop: { kind: "precision", precision: 0.1 } } as const,
      "stop differs (none in a.tsv, precision:0.1 in b.tsv): these curves are not comparable as they stand",
    ],
    [
      { data: { ...header.data, split: "train" } },
      "data differs (mnist test in a.tsv, mnist train in b.tsv): these curves are not comparable as they stand",
    ],
  ])("warns of other settings %j", (change, warning) => {
    expect(comparisonWarnings([first, { ...first, file: "b.tsv", header: { ...header, ...change } }])).toEqual([
      warning,
    ]);
  });

  it("warns of other test points", () => {
    expect(comparisonWarnings([first, { file: "b.tsv", rows: rows.slice(1) }])).toEqual([
      "the logs are over different test points: a.tsv has 3, b.tsv 2, with 2 in common",
    ]);
    expect(
      comparisonWarnings([first, { file: "b.tsv", rows: rows.map((row) => ({ ...row, idx: row.idx + 1 })) }]),
    ).toEqual(["the logs are over different test points: a.tsv has 3, b.tsv 3, with 2 in common"]);
  });

  it("warns of a point that has another label", () => {
    expect(comparisonWarnings([first, { file: "b.tsv", rows: [...rows.slice(0, 2), { idx: 2, label: 1 }] }])).toEqual([
      "the logs are over different test sets: idx 2 has label 7 in a.tsv, 1 in b.tsv",
    ]);
  });
});
