import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import { ArgumentError, createDataset, FileError, MAX_IMAGES } from "smoothcert";
import {
  type AttackRow,
  auditHeader,
  auditRows,
  exampleIndices,
  fileLogStore,
  formatAttackRow,
  formatRow,
  headerCheck,
  headerIdentity,
  headerPath,
  type LogHeader,
  type LogRow,
  openAttack,
  parseLog,
  readHeader,
  readLog,
  readStoredHeader,
  requireRowsOf,
} from "smoothcert/certify";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { rowCheck } from "../../../certify/log/seal.js";
import { smoothcert } from "../../cli/support.js";
import { repetitions } from "../../laws/effort.js";
import { ATTACK_HEADER } from "../attack/some-attack-header.js";

const CASES = fileURLToPath(new URL("../../fixtures/cases/logs-hostile", import.meta.url));

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "smoothcert-hostile-"));
  await cp(CASES, folder, { recursive: true });
});
afterEach(() => rm(folder, { recursive: true }));

const at = (name: string): string => join(folder, name);
const figure = (): string[] => ["--out", at("curve.svg")];

/** The header of att-dupcounts, which is as it was written, and its rows with sound votes. */
async function sound(): Promise<{ header: LogHeader; rows: LogRow[] }> {
  const header = (await readHeader(at("att-dupcounts.tsv"))) as LogHeader;
  const text = await readFile(at("att-dupcounts.tsv"), "utf8");
  return { header, rows: parseLog(text.replace("7:4000,7:6000", "7:10000"), "x").rows.slice(0, 3) };
}

/** Writes a log with right checksums. */
async function write(name: string, rows: readonly LogRow[], header: object): Promise<string> {
  const identity = headerIdentity(header as LogHeader);
  const text = (await readFile(at("len1e8.tsv"), "utf8")).split("\n")[0];
  const lines = rows.map((row) => {
    const line = formatRow({ ...row, check: "" });
    return line + rowCheck(identity, line.slice(0, -1));
  });
  await writeFile(at(name), `${[text, ...lines].join("\n")}\n`);
  await writeFile(headerPath(at(name)), JSON.stringify({ ...header, check: headerCheck(header) }));
  return at(name);
}

describe("votes that name a class twice", () => {
  const message =
    "line 2: counts must be class:count pairs joined by commas, such as 7:4990,1:10, with each class once";

  it.each(["audit", "curve", "attack"])("are refused by %s, naming line and column", async (command) => {
    const log = at("att-dupcounts.tsv");
    const { code, err } = await smoothcert(command, log, ...(command === "curve" ? figure() : []));
    expect([code, err]).toEqual([1, expect.stringContaining(`${log}: ${message}, got "7:4000,7:6000"`)]);
  });

  it("are refused where a log goes on, and left as they are", async () => {
    const { header } = await sound();
    const before = await readFile(at("att-dupcounts.tsv"), "utf8");
    await expect(fileLogStore(at("att-dupcounts.tsv")).open(header)).rejects.toThrow(message);
    expect(await readFile(at("att-dupcounts.tsv"), "utf8")).toBe(before);
  });

  it("are refused wherever they stand, also with other classes between and in the selection", async () => {
    const { header, rows } = await sound();
    for (const change of [
      { counts0: [[7, 60], [1, 20], [7, 20]] as const }, // biome-ignore format: a row of pairs
      { counts: [[0, 0], [7, 9999], [2, 1], [0, 0]] as const }, // biome-ignore format: a row of pairs
    ]) {
      const log = await write("twice.tsv", [{ ...rows[0], ...change }, rows[1]], header);
      await expect(readLog(log)).rejects.toThrow(FileError);
      await expect(readLog(log)).rejects.toThrow(`${Object.keys(change)[0]} must be class:count pairs`);
    }
  });
});

describe("a header that claims an absurd size", () => {
  it.each([
    ["len1e8.tsv", "max", 1e8],
    ["hugelen.tsv", "max", 2 ** 53 - 1],
  ])("%s, is refused by every reader before anything is allocated", async (name, field, claimed) => {
    const rule = `${field}: must be at most ${MAX_IMAGES} images, got ${claimed}`;
    const problem = `${headerPath(at(name))}: expected a smoothcert log header; ${rule}`;
    const before = process.memoryUsage().rss;
    for (const command of ["audit", "curve", "attack"]) {
      const { code, err } = await smoothcert(command, at(name), ...(command === "curve" ? figure() : []));
      expect([code, err]).toEqual([1, expect.stringContaining(problem)]);
    }
    const { header } = await sound();
    await expect(fileLogStore(at(name)).open(header)).rejects.toThrow(problem);
    expect(process.memoryUsage().rss - before).toBeLessThan(200e6); // 1e8 indices take 800 MB
  });

  it.each([
    ["n", { n: 2 ** 31 }, "n: must be at most 1073741824 samples, got 2147483648"],
    ["n0", { n0: 1e15 }, "n0: must be at most 1073741824 samples"],
    ["data.shape", { data: { shape: [2 ** 20, 2 ** 20, 3] } }, "data.shape: must be of at most 4294967296 values"],
    ["data.length", { max: 3, data: { length: 2 ** 24 + 1 } }, "data.length: must be at most 16777216 images"],
    ["data.classes", { data: { classes: [] } }, "data.classes"],
  ])("in %s is refused too, under a right checksum", async (_, change, problem) => {
    const { header, rows } = await sound();
    const data = { ...header.data, ...("data" in change ? change.data : {}) };
    const log = await write("claims.tsv", rows, { ...header, ...change, data });
    await expect(readStoredHeader(log)).rejects.toThrow(FileError);
    await expect(readStoredHeader(log)).rejects.toThrow(problem);
  });

  it("is not one of the largest size allowed, of which the audit names what is missing at once", async () => {
    const { header, rows } = await sound();
    const data = { ...header.data, length: MAX_IMAGES };
    const log = await write("large.tsv", rows, { ...header, skip: 1, max: MAX_IMAGES, data });
    const { code, out } = await smoothcert("audit", log);
    expect([code, out]).toEqual([
      1,
      expect.stringContaining(
        `${MAX_IMAGES - 3} of ${MAX_IMAGES} images of skip 1 and max ${MAX_IMAGES} are missing: 1, 2`,
      ),
    ]);
  });

  it("can't be asked of the selection of images, nor of a data set", () => {
    expect(() => exampleIndices(1e8, { skip: 1, max: 5 })).toThrow(ArgumentError);
    const pixels = { length: MAX_IMAGES + 1 } as Uint8Array;
    const arrays = {
      name: "x",
      split: "test",
      shape: [1, 1, 1],
      classes: ["0"],
      pixels,
      labels: [],
      source: "",
    } as const;
    expect(() => createDataset(arrays)).toThrow("createDataset: images must be at most 16777216, got 16777217");
  });
});

describe("cells that the header rules out", () => {
  const changes: [string, Partial<LogRow>][] = [
    ["counts: votes that add up to 9999, where the header says 10000", { counts: [[7, 9999]] }],
    ["counts0: votes that add up to 101, where the header says 100", { counts0: [[7, 101]] }],
    ["counts: votes for class 10 of 10", { counts: [[10, 10_000]] }],
    ["counts0: votes for class 4294967295 of 10", { counts0: [[2 ** 32 - 1, 100]] }],
    ["counts: votes that add up to 4294977296, where the header says 10000", { counts: [[7, 2 ** 32 + 10_000]] }],
    ["n: 20000, where the header says n = 10000", { n: 20_000, counts: [[7, 20_000]] }],
    ["label: class 10 of 10", { label: 10, correct: false }],
    ["predict: class 12 of 10", { predict: 12, correct: false }],
    ["idx: 20000, beyond the 10000 images of the data", { idx: 20_000 }],
  ];

  it.each(changes)("are named by curve, attack and a run that goes on: %s", async (problem, change) => {
    const { header, rows } = await sound();
    const log = await write("changed.tsv", [{ ...rows[0], ...change }, rows[1]], header);
    for (const command of ["curve", "attack"]) {
      const { code, err } = await smoothcert(command, log, ...(command === "curve" ? figure() : []));
      expect([code, err]).toEqual([1, expect.stringContaining(`image ${change.idx ?? 0}, ${problem}`)]);
    }
    await expect(fileLogStore(log).open(header)).rejects.toThrow(problem);
  });

  it.each(changes)("are a finding of the audit: %s", async (problem, change) => {
    const { header, rows } = await sound();
    const log = await write("changed.tsv", [{ ...rows[0], ...change }, rows[1]], header);
    const [field, message] = problem.split(": ");
    const found = auditRows(await readFile(log, "utf8"), await readLog(log), header);
    expect(found).toContainEqual({ in: "row", idx: change.idx ?? 0, field, message });
  });

  it("are not there in sound rows", async () => {
    const { header, rows } = await sound();
    expect(() => requireRowsOf(header, rows, "x")).not.toThrow();
  });

  it("never crash the audit, whatever they hold: it finds something, or names the file", async () => {
    const { header, rows } = await sound();
    const cell = fc.oneof(
      fc.constantFrom("", "7:1,7:1", "9007199254740993:1", "0:-1", "1e9", "NaN", "Infinity", "__proto__:1", "7:1e3"),
      fc.string(),
      fc.integer().map(String),
      fc.array(fc.tuple(fc.nat(), fc.nat()), { minLength: 1 }).map((pairs) => pairs.map((p) => p.join(":")).join()),
    );
    await fc.assert(
      fc.asyncProperty(cell, fc.integer({ min: 0, max: 11 }), async (text, column) => {
        const log = await write("fuzz.tsv", rows, header);
        const lines = (await readFile(log, "utf8")).split("\n");
        const cells = lines[1].split("\t");
        if (cells[column] === text) return;
        cells[column] = text;
        const line = cells.slice(0, -1).join("\t");
        lines[1] = `${line}\t${rowCheck(headerIdentity(header), line)}`;
        await writeFile(log, lines.join("\n"));
        const stored = (await readStoredHeader(log))!;
        try {
          const whole = await readFile(log, "utf8");
          const found = [...auditHeader(stored), ...auditRows(whole, parseLog(whole, log), stored.header)];
          // The label and the time follow from nothing in the log.
          if (![1, 5].includes(column)) expect(found).not.toEqual([]);
        } catch (error) {
          expect(error).toBeInstanceOf(FileError);
        }
      }),
      { numRuns: repetitions(300) },
    );
  });

  it("never crash the audit in the header either", async () => {
    const { header, rows } = await sound();
    const value = fc.oneof(
      fc.double(),
      fc.integer(),
      fc.string(),
      fc.constant(null),
      fc.array(fc.integer()),
      fc.object(),
    );
    const field = fc.constantFrom(...Object.keys(header), "data.length", "data.shape", "data.classes", "model.hash");
    await fc.assert(
      fc.asyncProperty(field, value, async (name, given) => {
        const changed = structuredClone(header) as Record<string, unknown>;
        const [outer, inner] = name.split(".");
        if (inner === undefined) changed[outer] = given;
        else (changed[outer] as Record<string, unknown>)[inner] = given;
        const text = JSON.stringify(changed);
        const log = await write("fuzz.tsv", rows, JSON.parse(text) as object);
        try {
          const stored = (await readStoredHeader(log))!;
          const whole = await readFile(log, "utf8");
          auditHeader(stored);
          auditRows(whole, parseLog(whole, log), stored.header);
        } catch (error) {
          expect(error, `${name} ${text}`).toBeInstanceOf(FileError);
        }
      }),
      { numRuns: repetitions(500) },
    );
  });
});

describe("the results of an attack", () => {
  const header = { ...ATTACK_HEADER, votes: 500 };
  const row: AttackRow = {
    idx: 3,
    label: 1,
    predict: 1,
    radius: 0.75,
    insideNorm: 0.7499,
    insidePredict: 1,
    insideCounts: [[1, 500]],
    broken: false,
    attackRadius: 1.5,
    attackPredict: 0,
    time: 0.25,
  };

  it.each<[string, AttackRow[], (line: string) => string]>([
    ["insideCounts must be class:count pairs", [row], (line) => line.replace("1:500", "1:200,1:300")],
    ["insideCounts must add up to 500, the header's votes, got 501", [{ ...row, insideCounts: [[1, 501]] }], String],
    ["broken must be 0, since insidePredict is 1", [{ ...row, broken: true }], String],
    ["broken must be 1, since insidePredict is 2", [{ ...row, insidePredict: 2 }], String],
    ["expected each idx once, found it again", [row, row], String],
  ])("are refused where %s", async (problem, rows, change) => {
    const path = at("attack.tsv");
    const results = await openAttack(path, header);
    results.close();
    const columns = await readFile(path, "utf8");
    await writeFile(path, columns + rows.map((one) => `${change(formatAttackRow(one))}\n`).join(""));
    await expect(openAttack(path, header)).rejects.toThrow(FileError);
    await expect(openAttack(path, header)).rejects.toThrow(problem);
  });
});
