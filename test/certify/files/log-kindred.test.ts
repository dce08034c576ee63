import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import { ArgumentError, FileError } from "smoothcert";
import {
  auditForeignLog,
  averageCertifiedRadius,
  clopperPearsonLower,
  formatRow,
  LOG_COLUMNS,
  type LogRow,
  normalQuantileLower,
  parseLog,
  readLog,
} from "smoothcert/certify";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { foreignReportText } from "../../../cli/audit-foreign.js";
import { smoothcert } from "../../cli/support.js";
import { repetitions } from "../../laws/effort.js";
import { anyRows } from "../log/log-arbitraries.js";

const file = (name: string): string => fileURLToPath(new URL(`../../fixtures/cases/logs/${name}`, import.meta.url));
const parse = (...lines: string[]) => parseLog(`${lines.join("\n")}\n`, "a.tsv");

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "smoothcert-kindred-"));
});
afterAll(() => rm(folder, { recursive: true }));

/** The points of make.py, as [idx, label, predict, radius, correct]. */
const POINTS = [
  [0, 8, -1, 0, false],
  [10, 1, 1, 0.0334, true],
  [20, 8, 8, 0.315, true],
  [30, 3, 5, 0.186, false],
  [40, 2, 2, 1.03, true],
  [50, 6, -1, 0, false],
];
const pointsOf = (rows: readonly LogRow[]) =>
  rows.map(({ idx, label, predict, radius, correct }) => [idx, label, predict, radius, correct]);

describe("a log after pandas", () => {
  it.each(["pandas.csv", "pandas.tsv", "quoted.csv", "negative.csv"])(
    "%s is read as what it was made from",
    async (name) => {
      const { rows, warnings } = await readLog(file(name));
      expect(pointsOf(rows)).toEqual(POINTS);
      expect(rows[2].time).toBe(90_010.25);
      expect(warnings).toEqual([]);
    },
  );

  it("is read as Cohen et al.'s columns, whichever way it is written", () => {
    const written = (cell: (text: string) => string, separator: string) => (rows: readonly LogRow[]) => {
      const lines = rows.map(({ idx, label, predict, radius, correct }) =>
        [idx, label, predict, radius, correct ? "True" : "False"].map((value) => cell(String(value))).join(separator),
      );
      return `${[["idx", "label", "predict", "radius", "correct"].map(cell).join(separator), ...lines].join("\n")}\n`;
    };
    const quoted = (text: string): string => `"${text}"`;
    const float = (text: string): string => (/^-?\d+$/.test(text) ? `${text}.0` : text);
    const writers = [written(String, ","), written(quoted, ","), written(quoted, "\t"), written(float, "\t")];
    fc.assert(
      fc.property(anyRows(1), fc.constantFrom(...writers), (rows, write) => {
        expect(parseLog(write(rows), "a.csv").rows).toEqual(rows);
      }),
    );
  });

  it("has its cells counted line by line, also where quotes hold the separator or are never closed", () => {
    const header = "idx,label,predict,radius,correct,note";
    expect(parse(header, '1,3,3,0.5,1,"a ""b"", c"').rows).toHaveLength(1);
    expect(() => parse(header, '1,3,3,0.5,1,"a",b')).toThrow("line 2: expected 6 fields between commas, found 7");
    expect(() => parse(header, '1,3,"3,0.5,1,a', "2,3,3,0.5,1,a")).toThrow(
      "line 2: expected 6 fields between commas, found 3",
    );
  });
});

describe("a radius that is none", () => {
  const header = "idx\tlabel\tpredict\tradius\tcorrect";

  it.each(["nan", "NaN", "-nan", "-1.0", "-1", "-inf", ""])("%j is an abstention's 0", (none) => {
    const { rows, warnings } = parse(header, "0\t3\t3\t0.5\t1", `1\t3\t-1\t${none}\t0`);
    expect(rows[1]).toEqual({ idx: 1, label: 3, predict: -1, radius: 0, correct: false });
    expect(warnings).toEqual([]);
  });

  it.each(["nan", "-1"])(
    "of %s makes a row with a class abstain, with a warning, where the log's abstentions have it",
    (none) => {
      const { rows, warnings } = parse(header, `0\t3\t3\t${none}\t1`, `1\t3\t-1\t${none}\t0`);
      expect(rows[0]).toEqual({ idx: 0, label: 3, predict: -1, radius: 0, correct: false });
      expect(warnings).toEqual([
        "a.tsv: rows that name a class without a radius, 1: they count as abstentions, like the others without one",
      ]);
    },
  );

  it("is refused in a row with a class where no abstention has it", () => {
    for (const none of ["nan", "-1", ""]) {
      expect(() => parse(header, `0\t3\t3\t${none}\t1`, "1\t3\t-1\t0\t0")).toThrow(
        "line 2: radius must be a number of at least 0",
      );
    }
  });

  it("is refused in a log of ours, which never writes it", () => {
    const row = formatRow({ idx: 1, label: 3, predict: -1, radius: 0, correct: false });
    for (const none of ["nan", "-1", "0.0.0"]) {
      const text = `${LOG_COLUMNS.join("\t")}\n${row.replace("\t0\t0\t", `\t${none}\t0\t`)}\n`;
      expect(() => parseLog(text, "a.tsv")).toThrow("line 2: radius must be a number of at least 0");
    }
  });

  it("counts like pandas counts it, in nan.tsv", async () => {
    // (df.correct & (df.radius >= r)).mean() with df = pd.read_csv("nan.tsv", delimiter="\t")
    const { rows } = await readLog(file("nan.tsv"));
    const at = (radius: number): number =>
      rows.filter((row) => row.correct && row.radius >= radius).length / rows.length;
    expect([at(0), at(0.25), at(0.5)].map((value) => 60 * value)).toEqual([37, 25, 10]);
  });
});

describe("columns of other names", () => {
  it("original_idx is idx, a prediction of -2 an abstention, and correct a running sum", async () => {
    const { rows, warnings } = await readLog(file("original-idx.tsv"));
    const expected = POINTS.map(([idx, label, predict, radius, correct]) =>
      predict === 5 ? [37, label, -1, 0, false] : [Number(idx) + 7, label, predict, radius, correct],
    );
    expect(pointsOf(rows)).toEqual(expected);
    expect(warnings).toEqual([expect.stringContaining("the column correct is a running sum")]);
  });

  it("radius proved is radius, where it holds radii", async () => {
    const { rows, warnings } = await readLog(file("ens_adaptive.tsv"));
    expect(rows).toHaveLength(60);
    expect(rows[12]).toMatchObject({ idx: 120, predict: 0, radius: 0.75, correct: true });
    expect(averageCertifiedRadius(rows)).toBeCloseTo(0.025, 12);
    expect(warnings).toEqual([`${file("ens_adaptive.tsv")}: columns that are not read: levels_needed, estimated_pr`]);
  });

  it("radius proved is refused where it is a flag, and the advice makes it a radius", async () => {
    const path = file("radius-flag.tsv");
    const message = `NR>1 && $4==1 {$4=r} 1' ${path} > filled.tsv`;
    await expect(readLog(path)).rejects.toThrow(FileError);
    await expect(readLog(path)).rejects.toThrow(message);
    const flags = ["idx\tlabel\tpredict\tradius proved\tcorrect", "0\t3\t3\t1\t1", "1\t3\t-1\t-1\t0"];
    expect(() => parse(...flags)).toThrow("the column radius proved holds 1");
    expect(pointsOf(parse(flags[0], flags[1].replace("3\t1\t1", "3\t0.25\t1"), flags[2]).rows)).toEqual([
      [0, 3, 3, 0.25, true],
      [1, 3, -1, 0, false],
    ]);
  });

  it("ours go before those of other names", () => {
    const { rows, warnings } = parse("original_idx\tidx\tlabel\tpredict\tradius\tcorrect", "907\t3\t1\t1\t0.5\t1");
    expect(rows[0].idx).toBe(3);
    expect(warnings).toEqual(["a.tsv: columns that are not read: original_idx"]);
  });
});

describe("curve and audit", () => {
  it.each([
    "csv.csv",
    "dds_exact.tsv",
    "ens_adaptive.tsv",
    "nan.tsv",
    "original-idx.tsv",
    "pandas.csv",
    "negative.csv",
  ])("read %s", async (name) => {
    const curve = await smoothcert("curve", file(name), "--out", join(folder, "curve.svg"));
    expect([curve.code, curve.out]).toEqual([0, expect.stringContaining("clean accuracy")]);
    const audit = await smoothcert("audit", file(name));
    expect([audit.code, audit.out]).toEqual([0, expect.stringContaining("certified")]);
  });
});

describe("the audit of a log with a sigma for each row", () => {
  const settings = { n: 10_000, alpha: 0.001 };
  const digits = (value: number): number => Number(value.toPrecision(3));

  /**
   * Points of any sigma and any number of votes against them: what CERTIFY returns, and what Data Dependent Smoothing
   * prints.
   */
  const anyLog = fc
    .array(fc.tuple(fc.double({ min: 0.12, max: 1.5, noNaN: true }), fc.nat(300)), { minLength: 60, maxLength: 90 })
    .map((points) =>
      points.map(([sigma, against], idx) => {
        const exact =
          sigma * normalQuantileLower(clopperPearsonLower(settings.n - against, settings.n, settings.alpha));
        const row: LogRow = { idx, label: 1, predict: 1, radius: digits(exact), correct: true, sigma: digits(sigma) };
        return { exact, row };
      }),
    );

  it("finds n and alpha, accuses no row that rounding explains, and gives radii that are certified", () => {
    fc.assert(
      fc.property(anyLog, (points) => {
        const audit = auditForeignLog(
          points.map(({ row }) => row),
          { ...settings, commonAlpha: settings.alpha },
        );
        expect(audit.settings).toMatchObject({ sigma: 1, ...settings });
        expect(audit.ceilings.every(({ above }) => above.length === 0)).toBe(true);
        expect(audit.rounding!.offLattice).toEqual([]);
        for (const { idx } of audit.rounding!.above) expect(points[idx].row.radius).toBeGreaterThan(points[idx].exact);
        audit.recertified!.rows.forEach(({ radius }, i) => {
          expect(radius).toBeLessThanOrEqual(points[i].exact);
          expect(radius).toBeGreaterThan(0.9 * points[i].exact);
        });
      }),
      { numRuns: repetitions(10) },
    );
  });

  it("names a row above the ceiling of its own sigma, though others have larger radii", () => {
    const of = (idx: number, sigma: number, radius: number): LogRow => ({
      idx,
      label: 1,
      predict: 1,
      radius,
      correct: true,
      sigma,
    });
    const rows = [of(0, 0.25, 0.8), of(1, 1, 3.2), of(2, 0.25, 0.805), of(3, 0.5, 1.2)];
    const audit = auditForeignLog(rows, settings);
    // 0.25 and 0.5 have two digits: taken as they are. The ceiling is 3.1985 sigma, and 0.805 lies at 3.22 of its own.
    expect(audit.ceilings[0].above).toEqual([{ idx: 2, radius: 0.805 }]);
    expect(foreignReportText("x", audit)).toContain(
      "largest possible radius for sigma of each row, n = 10000, alpha = 0.001: 3.1985 sigma",
    );
  });

  it("finds the settings of dds_exact.tsv", async () => {
    const { rows } = await readLog(file("dds_exact.tsv"));
    const audit = auditForeignLog(rows);
    expect(audit).toMatchObject({
      sigmaPerRow: true,
      settings: { sigma: 1, n: 10_000, alpha: 0.001, origin: "fitted" },
    });
    expect(auditForeignLog(rows.map(({ sigma: _, ...row }) => row)).settings).toBeUndefined();
  });

  it("refuses a sigma beside the rows' own, and rows of which some have none", async () => {
    const { rows } = await readLog(file("dds_exact.tsv"));
    expect(() => auditForeignLog(rows, { sigma: 0.5 })).toThrow(ArgumentError);
    expect(() => auditForeignLog(rows, { sigma: 0.5 })).toThrow(
      "sigma must be left out: the log has a sigma for each row",
    );
    const { sigma: _, ...first } = rows[0];
    expect(() => auditForeignLog([first, ...rows.slice(1)])).toThrow(
      "rows must be all with a sigma of their own, or all without",
    );
    expect(() => parse("idx\tlabel\tpredict\tradius\tcorrect\tsigma", "0\t3\t3\t1\t1\t0")).toThrow(
      'line 2: sigma must be above 0, got "0"',
    );
  });
});
