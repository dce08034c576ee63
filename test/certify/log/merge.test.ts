import fc from "fast-check";
import { FileError } from "smoothcert";
import {
  auditRows,
  certify,
  formatRow,
  LOG_COLUMNS,
  type LogHeader,
  type LogRow,
  MemoryLogStore,
  mergeLogs,
  type NamedLog,
  parseLog,
} from "smoothcert/certify";
import { beforeAll, describe, expect, it } from "vitest";
import { smallRun } from "../run/small-run.js";

let header: LogHeader;
let rows: readonly LogRow[];

beforeAll(async () => {
  const store = new MemoryLogStore();
  await certify(smallRun(), store);
  header = store.header as LogHeader;
  rows = store.rows;
});

const textOf = (all: readonly LogRow[]): string => `${[LOG_COLUMNS.join("\t"), ...all.map(formatRow)].join("\n")}\n`;

describe("mergeLogs", () => {
  it("puts any parts together again, in any order, cut anywhere, with images in several of them", () => {
    const part = fc.subarray([...Array(12).keys()]);
    fc.assert(
      fc.property(fc.array(part, { minLength: 1, maxLength: 5 }), (parts) => {
        const covered = new Set(parts.flat());
        const logs: NamedLog[] = parts.map((indices, p) => ({
          name: `part ${p}`,
          header: { ...header, created: `2031-01-0${p + 1}T00:00:00.000Z` },
          rows: indices.map((i) => ({ ...rows[i], time: p })),
        }));
        const merged = mergeLogs([...logs].reverse());
        expect(merged.header.created).toBe("2031-01-01T00:00:00.000Z");
        const bare = (row: LogRow): string => formatRow({ ...row, time: 0, check: "" });
        expect(merged.rows.map(bare)).toEqual(rows.filter((_, i) => covered.has(i)).map(bare));
      }),
    );
  });

  it("seals the union under one header: an audit finds nothing in it", () => {
    const halves = [rows.slice(6), rows.slice(0, 8)];
    const logs = halves.map((half, i) => {
      const created = `2031-01-0${2 - i}T00:00:00.000Z`;
      return { name: String(i), header: { ...header, created, max: 20 + i * 4 }, rows: half };
    });
    const merged = mergeLogs(logs);
    expect(merged.header.max).toBe(24);
    const text = textOf(merged.rows);
    expect(auditRows(text, parseLog(text, "merged"), merged.header)).toEqual([]);
  });

  it("refuses an image that two logs have differently, naming it and both", () => {
    const [first, ...others] = rows;
    const other = { ...first, nA: (first.nA as number) - 1 };
    const logs = [
      { name: "a.tsv", header, rows: [first] },
      { name: "b.tsv", header, rows: [other, ...others] },
    ];
    expect(() => mergeLogs(logs)).toThrow(FileError);
    expect(() => mergeLogs(logs)).toThrow("b.tsv: image 0 has another row than in a.tsv: one of them is wrong");
  });

  it("refuses other settings, naming them", () => {
    const logs = [
      { name: "a.tsv", header, rows },
      { name: "b.tsv", header: { ...header, created: "2031-01-01T00:00:00.000Z", sigma: 0.5 }, rows: [] },
    ];
    const message = "b.tsv: was made with other settings than a.tsv: sigma 0.5, there 0.25";
    expect(() => mergeLogs(logs)).toThrow(message);
  });
});
