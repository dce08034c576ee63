import fc from "fast-check";
import { ArgumentError } from "smoothcert";
import { formatRow, LOG_COLUMNS, type LogRow, parseRow } from "smoothcert/certify";
import { describe, expect, it } from "vitest";
import { anyRow } from "./log-arbitraries.js";

describe("a log row", () => {
  it("parses back to itself, to the last bit", () => {
    fc.assert(
      fc.property(anyRow, (row) => {
        expect(parseRow(formatRow(row))).toStrictEqual(row);
      }),
      { numRuns: 1000 },
    );
  });

  it("is written as the six columns of Cohen et al., then ours", () => {
    const row: LogRow = {
      idx: 20,
      label: 7,
      predict: 7,
      radius: 1.2345678901234567,
      correct: true,
      time: 0.125,
      nA: 4990,
      n: 5000,
      pALower: 0.9956,
      pBUpper: 0.004,
      counts0: [[7, 100]],
      counts: [
        [7, 4990],
        [1, 10],
      ],
      check: "0123456789abcdef",
    };
    expect(formatRow(row)).toBe(
      "20\t7\t7\t1.2345678901234567\t1\t0.125\t4990\t5000\t0.9956\t0.004\t7:100\t7:4990,1:10\t0123456789abcdef",
    );
    expect(LOG_COLUMNS.join(" ")).toBe(
      "idx label predict radius correct time nA n pALower pBUpper counts0 counts check",
    );
  });

  it("leaves what a row does not say out of its text and of what is read back", () => {
    const row: LogRow = { idx: 0, label: 1, predict: -1, radius: 0, correct: false };
    expect(formatRow(row)).toBe("0\t1\t-1\t0\t0\t\t\t\t\t\t\t\t");
    expect(Object.keys(parseRow(formatRow(row)))).toEqual(["idx", "label", "predict", "radius", "correct"]);
  });

  it("takes columns in any order and passes over foreign ones", () => {
    const columns = ["radius", "note", "correct", "predict", "label", "idx"];
    expect(parseRow("0.5\thello\t1\t3\t3\t12", columns)).toEqual({
      idx: 12,
      label: 3,
      predict: 3,
      radius: 0.5,
      correct: true,
    });
  });

  // str(datetime.timedelta(seconds=s)) of Python 3.11 for the s on the right.
  it.each([
    ["15.4", 15.4],
    ["1e+02", 100],
    ["0:00:15.400000", 15.4],
    ["0:00:15.4", 15.4],
    ["1:02:03", 3723],
    ["1 day, 2:03:04.500000", 93784.5],
    ["12 days, 0:00:00", 1036800],
    ["-1 day, 23:59:59.500000", -0.5],
  ])("reads the time %s as %d seconds", (text, seconds) => {
    expect(parseRow(`0\t1\t1\t0.5\t1\t${text}`, LOG_COLUMNS.slice(0, 6)).time).toBe(seconds);
  });

  it.each([
    ["idx", "1.5", "an integer of at least 0"],
    ["idx", "", "an integer of at least 0"],
    ["idx", "99999999999999999999", "an integer of at least 0"],
    ["label", "-1", "an integer of at least 0"],
    ["predict", "-2", "an integer of at least -1"],
    ["radius", "nan", "a number of at least 0"],
    ["radius", "-0.25", "a number of at least 0"],
    ["radius", "inf", "a number of at least 0"],
    ["radius", "0x1", "a number of at least 0"],
    ["radius", "1e999", "a number of at least 0"],
    ["correct", "2", "0 or 1"],
    ["correct", "True", "0 or 1"],
    ["correct", "0", "1, since predict equals label"],
    ["time", "soon", "seconds such as 15.4, or a duration such as 0:00:15.4"],
    ["time", "0:99:00", "seconds such as 15.4, or a duration such as 0:00:15.4"],
    ["nA", "-1", "an integer of at least 0"],
    ["n", "0", "an integer of at least 1"],
    ["pALower", "1.5", "a number in [0, 1]"],
    ["pBUpper", "-0.1", "a number in [0, 1]"],
    ["counts0", "7", "class:count pairs joined by commas, such as 7:4990,1:10"],
    ["counts", "7:1,", "class:count pairs joined by commas, such as 7:4990,1:10"],
  ])("refuses %s = %j", (column, value, rule) => {
    const cells = ["3", "7", "7", "0.5", "1", "1", "9", "10", "0.6", "0.4", "7:10", "7:9,1:1", ""];
    cells[LOG_COLUMNS.indexOf(column as (typeof LOG_COLUMNS)[number])] = value;
    const read = (): LogRow => parseRow(cells.join("\t"), LOG_COLUMNS, "line 7");
    expect(read).toThrow(ArgumentError);
    expect(read).toThrow(`line 7: ${column} must be ${rule}, got "${value}"`);
  });

  it("refuses a correct of 1 where predict differs from label", () => {
    expect(() => parseRow("0\t1\t2\t0.5\t1\t1", LOG_COLUMNS.slice(0, 6))).toThrow(
      'parseRow: correct must be 0, since predict differs from label, got "1"',
    );
  });

  it("refuses a line with too few or too many fields", () => {
    expect(() => parseRow("0\t1\t2")).toThrow(ArgumentError);
    expect(() => parseRow("0\t1\t2")).toThrow('parseRow: row must be 13 fields between tabs, got "0\\t1\\t2"');
    expect(() => parseRow("0\t".repeat(14))).toThrow("parseRow: row must be 13 fields between tabs");
  });
});
