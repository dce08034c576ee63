import { readFileSync } from "node:fs";
import fc from "fast-check";
import { FileError } from "smoothcert";
import { type CertificationLog, formatRow, LOG_COLUMNS, parseLog } from "smoothcert/certify";
import { describe, expect, it } from "vitest";
import { anyRows } from "./log-arbitraries.js";

const fixture = (name: string): string => readFileSync(new URL(`../../fixtures/logs/${name}`, import.meta.url), "utf8");
const ours = LOG_COLUMNS.join("\t");
const cohens = "idx\tlabel\tpredict\tradius\tcorrect\ttime";
const parse = (...lines: string[]): CertificationLog => parseLog(`${lines.join("\n")}\n`, "a.tsv");

describe("parseLog", () => {
  it("reads back what was written", () => {
    fc.assert(
      fc.property(anyRows(1), (rows) => {
        const text = `${[ours, ...rows.map(formatRow)].join("\n")}\n`;
        expect(parseLog(text, "a.tsv")).toStrictEqual({
          columns: [...LOG_COLUMNS],
          rows,
          warnings: [],
          completeLength: text.length,
        });
      }),
    );
  });

  it("recovers the rows before the cut of a run killed at any byte", () => {
    const anyCut = anyRows(1).chain((rows) => {
      const text = `${[ours, ...rows.map(formatRow)].join("\n")}\n`;
      return fc.tuple(fc.constant(rows), fc.constant(text), fc.nat(text.length));
    });
    fc.assert(
      fc.property(anyCut, ([rows, text, cut]) => {
        const torn = text.slice(0, cut);
        const log = parseLog(torn, "a.tsv", { allowEmpty: true });
        const complete = torn.lastIndexOf("\n") + 1;
        const whole = Math.max(0, torn.split("\n").length - 2);
        expect(log.rows).toStrictEqual(rows.slice(0, whole));
        expect(log.completeLength).toBe(complete);
        const header = complete > 0;
        expect(log.warnings).toHaveLength(header && complete < cut ? 1 : 0);
      }),
    );
  });

  it.each(["cohen-seconds.tsv", "cohen-duration.tsv"])("reads %s as it is", (name) => {
    const log = parseLog(fixture(name), name);
    expect(log.warnings).toEqual([]);
    expect(log.rows.map((row) => row.radius)).toEqual([0.378, 0, 0.953, 0.125, 0.05]);
    expect(log.rows.map((row) => row.correct)).toEqual([true, false, true, false, true]);
    expect(log.rows[1]).toMatchObject({ idx: 20, label: 7, predict: -1 });
    expect(Math.abs((log.rows[4].time as number) - 3723.5)).toBeLessThan(4);
  });

  it("reads correct from predict == label where it is a running sum, and says so", () => {
    const log = parseLog(fixture("running-sum.tsv"), "running-sum.tsv");
    expect(log.rows).toEqual(parseLog(fixture("cohen-duration.tsv"), "x").rows);
    expect(log.warnings).toEqual([
      "running-sum.tsv: the column correct is a running sum; whether a point is correct is taken from predict == label",
    ]);
  });

  it("takes columns in any order, foreign columns, Windows line ends, a byte-order mark and blank lines", () => {
    const log = parse(
      "\uFEFFcorrect\tradius\tnote\tpredict\tlabel\tidx\r",
      "1\t0.5\thm\t3\t3\t7\r",
      "",
      "0\t0\t\t-1\t3\t8\r",
    );
    expect(log.rows).toEqual([
      { idx: 7, label: 3, predict: 3, radius: 0.5, correct: true },
      { idx: 8, label: 3, predict: -1, radius: 0, correct: false },
    ]);
  });

  it("leaves out a last line that was cut off, with a warning", () => {
    const warning = "a.tsv: line 3 was cut off before its end, as by a killed run; it is left out";
    for (const tail of ["1", "1\t3\t3\t0.5\t1", "1\t3\t3\t0.5\t1\t", "1\t3\t3\t0.5\t1\t0:0"]) {
      const text = `${cohens}\n0\t3\t3\t0.5\t1\t15.4\n${tail}`;
      const log = parseLog(text, "a.tsv");
      expect(log.rows).toHaveLength(1);
      expect(log.warnings).toEqual([warning]);
      expect(log.completeLength).toBe(text.length - tail.length);
    }
  });

  it("keeps a complete last line of a foreign log that only lacks its newline", () => {
    const log = parseLog(`${cohens}\n0\t3\t3\t0.5\t1\t15.4\n1\t3\t3\t0.5\t1\t15.4`, "a.tsv");
    expect(log.rows).toHaveLength(2);
    expect(log.warnings).toEqual([]);
  });

  it("reads no rows where that is allowed", () => {
    for (const text of ["", "idx\tlab", `${ours}\n`]) {
      const log = parseLog(text, "a.tsv", { allowEmpty: true });
      expect(log.rows).toEqual([]);
      expect(log.completeLength).toBe(text.endsWith("\n") ? text.length : 0);
    }
  });

  const good = "0\t3\t3\t0.5\t1\t15.4";
  it.each<[string, string[], string]>([
    ["an empty file", [""], "a.tsv: expected a certification log, found an empty file"],
    ["no rows", [cohens], "a.tsv: expected rows below the header line, found none"],
    [
      "no header line",
      [good, good],
      "a.tsv: line 1: expected a header line with the columns idx, label, predict, radius, correct between tabs, " +
        'found no idx, label, predict, radius, correct in "0\\t3\\t3\\t0.5\\t1\\t15.4"',
    ],
    [
      "a prediction log",
      [fixture("predict.tsv")],
      "a.tsv: line 1: this is a prediction log, without the column radius:",
    ],
    ["a column twice", [`${cohens}\tidx`, `${good}\t0`], "a.tsv: line 1: expected each column once, found idx twice"],
    [
      "a field too few",
      [cohens, "0\t3\t3\t0.5\t1", good],
      'a.tsv: line 2: expected 6 fields between tabs, found 5: "0\\t3',
    ],
    ["a field too few at the end", [cohens, good, "1\t3\t3"], "a.tsv: line 3: expected 6 fields between tabs, found 3"],
    ["a field too many", [cohens, `${good}\t7`], "a.tsv: line 2: expected 6 fields between tabs, found 7"],
    [
      "a radius of nan",
      [cohens, "0\t3\t3\tnan\t1\t1"],
      'a.tsv: line 2: radius must be a number of at least 0, got "nan"',
    ],
    [
      "a negative radius",
      [cohens, good, "", "1\t3\t3\t-1\t1\t1"],
      'a.tsv: line 4: radius must be a number of at least 0, got "-1"',
    ],
    ["correct = 2", [cohens, "0\t3\t3\t1\t2\t1"], 'a.tsv: line 2: correct must be 0 or 1, got "2"'],
    [
      "correct = 0 where predict equals label",
      [cohens, good, "1\t3\t3\t1\t0\t1"],
      'a.tsv: line 3: correct must be 1, since predict equals label, got "0"',
    ],
    [
      "correct = 1 where predict differs from label",
      [cohens, "1\t4\t3\t1\t1\t1", good],
      'a.tsv: line 2: correct must be 0, since predict differs from label, got "1"',
    ],
    [
      "an idx twice",
      [cohens, good, "1\t3\t3\t1\t1\t1", good],
      "a.tsv: line 4: expected each idx once, found 0 again, which line 2 holds",
    ],
    ["two logs in one file", [cohens, good, cohens], 'a.tsv: line 3: idx must be an integer of at least 0, got "idx"'],
  ])("refuses %s", (_, lines, message) => {
    expect(() => parse(...lines)).toThrow(FileError);
    expect(() => parse(...lines)).toThrow(message);
  });
});
