import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createDataset, type Dataset, FileError, gridNoise } from "smoothcert";
import {
  auditData,
  auditHeader,
  auditModel,
  auditRows,
  auditVotes,
  type CertifySettings,
  certifyDataset,
  exampleIndices,
  type Finding,
  fileLogStore,
  formatRow,
  functionClassifier,
  headerCheck,
  headerIdentity,
  headerOf,
  headerPath,
  LOG_COLUMNS,
  type LoggedRun,
  looksOf,
  parseLog,
  readStoredHeader,
  SmoothedClassifier,
  simultaneousAlpha,
} from "smoothcert/certify";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { rowCheck } from "../../../certify/log/seal.js";
import { someOf } from "../../laws/effort.js";

const COUNT = 12;
const shape = [1, 2, 3] as const;
const dataset = stripes(0);
/** The brightest of three columns, of four classes. */
const classifier = {
  ...functionClassifier((x) => [0, 1, 2].reduce((best, c) => (sumOf(x, c) > sumOf(x, best) ? c : best), 0), {
    name: "brightest",
    inputShape: shape,
    classes: 4,
  }),
  hash: "ab".repeat(32),
};
const sumOf = (x: ArrayLike<number>, c: number): number => x[c] + x[c + 3];

function stripes(shift: number): Dataset {
  return createDataset({
    name: "stripes",
    split: "test",
    shape,
    classes: ["left", "middle", "right", "none"],
    pixels: Uint8Array.from({ length: COUNT * 6 }, (_, i) => (i * 97 + shift) % 256),
    labels: Array.from({ length: COUNT }, (_, i) => i % 4),
    source: "this file",
  });
}

const PLAIN: LoggedRun = {
  classifier,
  dataset,
  smoothing: gridNoise(0.25),
  seed: 4,
  n0: 20,
  n: 60,
  alpha: 0.05,
  skip: 2,
  max: 11,
  trainingSigma: 0.25,
};
const MODES: [string, Partial<CertifySettings> & { familyAlpha?: number }][] = [
  ["one-sided", {}],
  ["multi-class", { bound: "multi-class" }],
  ["chosen per image", { bound: "per-image" }],
  ["one-sided without selection", { n0: 0 }],
  ["multi-class without selection", { bound: "multi-class", n0: 0 }],
  ["randomised", { interval: "randomised-clopper-pearson" }],
  ["stopped at radii", { interval: "union", stop: { kind: "radii", radii: [0, 0.1, 0.2] } }],
  ["stopped, the selection as the prior", { interval: "betting-prior", stop: { kind: "radii", radii: [0, 0.1] } }],
  ["stopped with patience", { interval: "union", stop: { kind: "radii", radii: [0, 0.1, 0.2], patience: 0.5 } }],
  ["stopped at a precision", { interval: "betting", n0: 0, stop: { kind: "precision", precision: 0.1 } }],
  ["simultaneous", { familyAlpha: 0.05, alpha: simultaneousAlpha(0.05, 6) }],
];

let folder: string;
let path: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "smoothcert-audit-"));
  path = join(folder, "certify.tsv");
});
afterEach(() => rm(folder, { recursive: true }));

async function certify(run: LoggedRun): Promise<void> {
  const log = await fileLogStore(path).open(headerOf(run));
  const smoothed = new SmoothedClassifier(classifier, run.smoothing, run.seed);
  for await (const row of certifyDataset(smoothed, dataset, exampleIndices(COUNT, run), run)) log.append(row);
  log.close();
}

/** What the log and its header give away by themselves. A file that can't be read counts as a finding. */
async function audit(): Promise<Finding[]> {
  try {
    const stored = (await readStoredHeader(path))!;
    const text = await readFile(path, "utf8");
    return [...auditHeader(stored), ...auditRows(text, parseLog(text, path), stored.header)];
  } catch (error) {
    if (!(error instanceof FileError)) throw error;
    return [{ in: "rows", message: error.message }];
  }
}

/** Changes a cell of the row of `line`, which counts from 1. */
async function edit(line: number, column: string, change: (value: string) => string): Promise<void> {
  const lines = (await readFile(path, "utf8")).split("\n");
  const cells = lines[line].split("\t");
  const at = LOG_COLUMNS.indexOf(column as (typeof LOG_COLUMNS)[number]);
  expect(change(cells[at]), column).not.toBe(cells[at]);
  cells[at] = change(cells[at]);
  lines[line] = cells.join("\t");
  await writeFile(path, lines.join("\n"));
}

/** Computes all checksums anew, as one would who knows how. */
async function reseal(): Promise<void> {
  const { header } = (await readStoredHeader(path))!;
  await writeFile(headerPath(path), JSON.stringify({ ...header, check: headerCheck(header) }));
  const { rows } = parseLog(await readFile(path, "utf8"), path);
  const lines = rows.map((row) => {
    const text = formatRow({ ...row, check: "" });
    return text + rowCheck(headerIdentity(header), text.slice(0, -1));
  });
  await writeFile(path, `${[LOG_COLUMNS.join("\t"), ...lines].join("\n")}\n`);
}

async function editHeader(change: (header: Record<string, unknown>) => void): Promise<void> {
  const header = JSON.parse(await readFile(headerPath(path), "utf8")) as Record<string, unknown>;
  change(header);
  await writeFile(headerPath(path), JSON.stringify(header, undefined, 2));
}

/** Every path to a value in a header, arrays counted as one value. */
function leaves(value: unknown, at: string[] = []): string[][] {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return [at];
  return Object.entries(value).flatMap(([key, inner]) => leaves(inner, [...at, key]));
}

const lastDigit = (text: string): string => `${text.slice(0, -1)}${(Number(text.at(-1)) + 1) % 10}`;
const flipped = (text: string): string => (text.startsWith("0") ? `1${text.slice(1)}` : `0${text.slice(1)}`);

describe.each(MODES)("the audit of a log of ours, %s", (_, change) => {
  const run = { ...PLAIN, ...change };
  beforeEach(() => certify(run));

  it("finds nothing in one that nobody touched, and draws its votes again", async () => {
    expect(await audit()).toEqual([]);
    const { header } = (await readStoredHeader(path))!;
    const { rows } = parseLog(await readFile(path, "utf8"), path);
    expect(rows).toHaveLength(6);
    expect(auditData(dataset, rows, header)).toEqual([]);
    expect(auditModel(classifier, header)).toEqual([]);
    expect(await auditVotes(rows, header, classifier, dataset)).toEqual([]);
  });

  it("finds an edit of any column", async () => {
    const untouched = await readFile(path, "utf8");
    for (const column of someOf(LOG_COLUMNS)) {
      const numeric = ["idx", "label", "predict", "time", "nA", "n"].includes(column);
      const edits = numeric
        ? [lastDigit, (v: string) => `${v}0`, (v: string) => ` ${v}`]
        : [flipped, lastDigit, () => "", () => "0.25"];
      for (const alter of edits) {
        await writeFile(path, untouched);
        const cell = untouched.split("\n")[3].split("\t")[LOG_COLUMNS.indexOf(column)];
        if (alter(cell) === cell) continue;
        await edit(3, column, alter);
        expect(await audit(), `${column} ${cell} -> ${alter(cell)}`).not.toEqual([]);
      }
    }
  });

  it("finds an edit of any field of the header", async () => {
    const untouched = await readFile(headerPath(path), "utf8");
    for (const keys of someOf(leaves(JSON.parse(untouched)))) {
      for (const alter of [otherValue, () => undefined]) {
        await writeFile(headerPath(path), untouched);
        await editHeader((header) => {
          const owner = keys.slice(0, -1).reduce((at, key) => at[key] as Record<string, unknown>, header);
          owner[keys.at(-1)!] = alter(owner[keys.at(-1)!]);
        });
        expect(await audit(), keys.join(".")).not.toEqual([]);
      }
    }
    await writeFile(headerPath(path), untouched);
    await editHeader((header) => (header.remark = "added"));
    expect(await audit()).not.toEqual([]);
  });

  it("finds a radius, a class and a bound that the votes don't give, even under a right checksum", async () => {
    const untouched = await readFile(path, "utf8");
    const certified = parseLog(untouched, path).rows.findIndex(({ radius }) => radius > 0);
    expect(certified).toBeGreaterThanOrEqual(0);
    const { idx, pBUpper } = parseLog(untouched, path).rows[certified];
    const columns = ["radius", "pALower", "nA", ...(pBUpper === undefined ? [] : ["pBUpper"])];
    for (const column of columns) {
      await writeFile(path, untouched);
      await edit(certified + 1, column, column === "nA" ? (v) => String(Number(v) - 1) : flipped0);
      await reseal();
      expect(await audit()).toEqual([expect.objectContaining({ in: "row", idx, field: column })]);
    }
  });
});

/** One more in the last digit but one, which leaves a double of 17 digits another double. */
const flipped0 = (text: string): string => text.slice(0, -3) + lastDigit(text.slice(-3, -2)) + text.slice(-2);

function otherValue(value: unknown): unknown {
  if (typeof value === "number") return value + (Number.isInteger(value) ? 1 : 1e-3);
  if (Array.isArray(value)) return [...value, value[0]];
  if (typeof value === "string" && /^[0-9a-f]{64}$/.test(value)) return flipped(value);
  return `${String(value)}x`;
}

describe("the audit of a log of ours", () => {
  beforeEach(() => certify(PLAIN));

  const parsed = async () => {
    const { header } = (await readStoredHeader(path))!;
    return { header, rows: parseLog(await readFile(path, "utf8"), path).rows };
  };

  it("names a row that is missing, out of order or beyond what was asked for", async () => {
    const untouched = await readFile(path, "utf8");
    const lines = untouched.trimEnd().split("\n");
    await writeFile(path, `${lines.filter((_, i) => i !== 3).join("\n")}\n`);
    expect(await audit()).toEqual([
      { in: "rows", field: "idx", message: "1 of 6 images of skip 2 and max 11 are missing: 4" },
    ]);
    await writeFile(path, `${lines.slice(0, 6).join("\n")}\n`);
    expect(await audit()).toEqual([expect.objectContaining({ message: expect.stringContaining("are missing: 10") })]);
    await writeFile(path, `${[lines[0], lines[2], lines[1], ...lines.slice(3)].join("\n")}\n`);
    expect(await audit()).toEqual([{ in: "row", field: "idx", idx: 0, message: "not in the order of idx" }]);
    await writeFile(path, untouched);
    await editHeader((header) => (header.max = 5));
    await reseal();
    expect(await audit()).toEqual([
      { in: "rows", field: "idx", message: "images that skip 2 and max 5 leave out: 6, 8, 10" },
    ]);
  });

  it("tells a row of another log, whose checksum is right there", async () => {
    const stranger = (await readFile(path, "utf8")).split("\n")[2];
    await rm(path);
    await rm(headerPath(path));
    await certify({ ...PLAIN, seed: 5 });
    const lines = (await readFile(path, "utf8")).split("\n");
    await writeFile(path, [...lines.slice(0, 2), stranger, ...lines.slice(3)].join("\n"));
    expect(await audit()).toEqual([expect.objectContaining({ in: "row", idx: 2, field: "check" })]);
  });

  it("names votes that add up to another number, or go to a class that there isn't", async () => {
    await edit(1, "counts", () => "0:59");
    await reseal();
    const message = "votes that add up to 59, where the header says 60";
    expect(await audit()).toEqual([{ in: "row", idx: 0, field: "counts", message }]);
    await edit(1, "counts", () => "0:59,7:1");
    await reseal();
    expect(await audit()).toEqual([{ in: "row", idx: 0, field: "counts", message: "votes for class 7 of 4" }]);
  });

  it("names a number of samples at which the rule goes on, or never looks", async () => {
    await rm(path);
    await rm(headerPath(path));
    const stop = { kind: "radii", radii: [0, 0.25] } as const;
    await certify({ ...PLAIN, n: 600, interval: "union", stop });
    const { header, rows } = await parsed();
    expect(rows.every(({ n }) => looksOf(header).includes(n!))).toBe(true);
    expect(rows.some(({ n }) => n! < 600)).toBe(true);
    const line = rows.findIndex(({ counts0 }) => counts0!.some(([c, votes]) => c === 1 && votes > 10)) + 1;
    const { idx } = rows[line - 1];
    const [first] = looksOf(header);
    // Votes of a few samples that settle nothing.
    await edit(line, "counts", () => `0:4,1:${first - 4}`);
    await edit(line, "n", () => String(first));
    await reseal();
    const message = `${first}, where the rule (radii) goes on with these votes`;
    expect(await audit()).toContainEqual({ in: "row", idx, field: "n", message });
    await edit(line, "counts", () => "1:601");
    await edit(line, "n", () => "601");
    await reseal();
    expect(await audit()).toContainEqual({
      in: "row",
      idx,
      field: "n",
      message: "601, where the header says n = 600 or one of the looks before it",
    });
    await edit(line, "counts", () => "1:599");
    await edit(line, "n", () => String(first));
    await reseal();
    const sums = `votes that add up to 599, where column n says ${first}`;
    expect(await audit()).toContainEqual({ in: "row", idx, field: "counts", message: sums });
  });

  it("finds a selection, by whose votes the bounds bet, of other votes than were drawn", async () => {
    await rm(path);
    await rm(headerPath(path));
    await certify({ ...PLAIN, n0: 30, n: 600, interval: "betting-prior", stop: { kind: "radii", radii: [0, 0.25] } });
    expect(await audit()).toEqual([]);
    const { rows } = await parsed();
    const line = rows.findIndex(({ counts0, nA }) => nA! > 0 && counts0!.length > 1) + 1;
    const { idx, counts0 } = rows[line - 1];
    // A vote more for the class that has the most, and one less for another.
    const most = Math.max(...counts0!.map(([, votes]) => votes));
    const from = counts0!.findIndex(([, votes]) => votes < most);
    const moved = counts0!.map(([c, votes], i) => [c, votes + (votes === most ? 1 : 0) - (i === from ? 1 : 0)]);
    const kept = moved.filter(([, votes]) => votes > 0);
    await edit(line, "counts0", () => kept.map(([c, votes]) => `${c}:${votes}`).join(","));
    await reseal();
    expect(await audit()).toContainEqual(expect.objectContaining({ in: "row", idx, field: "pALower" }));
  });

  it("finds invented votes, all else derived from them and under a right checksum, by drawing them again", async () => {
    const { rows, header } = await parsed();
    const real = rows.find(({ predict }) => predict === 0 || predict === 1)!;
    const counts = [[real.predict, 60]] as const;
    const { idx } = real;
    expect(await auditVotes([{ ...real, counts }], header, classifier, dataset)).toEqual([
      expect.objectContaining({ in: "row", idx, field: "counts", message: expect.stringMatching(/by \d+ moved$/) }),
    ]);
    const counts0 = [[3, 20]] as const;
    const findings = await auditVotes([{ ...real, counts0 }], header, classifier, dataset);
    expect(findings).toEqual([
      expect.objectContaining({ field: "counts0", message: "votes that differ from those drawn again, by 20 moved" }),
    ]);
  });

  it("finds another model and other data, by hash, label, form and name", async () => {
    const { rows, header } = await parsed();
    expect(auditModel({ ...classifier, hash: "cd".repeat(32) }, header)).toEqual([
      expect.objectContaining({ in: "model", field: "hash" }),
    ]);
    expect(auditData(stripes(1), rows, header)).toEqual([expect.objectContaining({ in: "data", field: "hash" })]);
    const relabelled = rows.map((row) => (row.idx === 4 ? { ...row, label: 3 } : row));
    expect(auditData(dataset, relabelled, header)).toEqual([
      { in: "row", idx: 4, field: "label", message: "3, where the data have 0" },
    ]);
    const renamed = { ...header, data: { ...header.data, classes: ["a", "b", "c", "d"], split: "train" } };
    expect(auditData(dataset, rows, renamed).map(({ field }) => field)).toEqual(["split", "classes"]);
  });

  it("judges a header by itself: noise, its distance, alpha, max, settings", async () => {
    const { header } = await parsed();
    const fields = (change: object): (string | undefined)[] =>
      auditHeader({ header: { ...header, ...change }, intact: true }).map(({ field }) => field);
    expect(fields({})).toEqual([]);
    expect(fields({ noise: "gaussian-grid/other" })).toEqual(["noise"]);
    expect(fields({ noiseDistance: 0 })).toEqual(["noiseDistance"]);
    expect(fields({ noiseDistance: undefined })).toEqual(["noiseDistance"]);
    expect(fields({ familyAlpha: 0.05 })).toEqual(["alpha"]);
    expect(fields({ max: 13 })).toEqual(["max"]);
    expect(fields({ n: 3 })).toEqual([undefined]);
    expect(fields({ data: { ...header.data, pixelType: "floats" } })).toEqual(["data.pixelType"]);
  });
});
