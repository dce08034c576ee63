import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { FileError } from "smoothcert";
import {
  fileLogStore,
  formatRow,
  headerDifferences,
  headerIdentity,
  headerPath,
  LOG_COLUMNS,
  type LogHeader,
  type LogRow,
  readHeader,
  readLog,
} from "smoothcert/certify";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { rowCheck } from "../../../certify/log/seal.js";
import { rowOfVotes, votedRows } from "../report/voted-logs.js";

const HEADER: LogHeader = {
  format: "smoothcert-log",
  version: 2,
  method: "certify",
  smoothcert: "0.1.0",
  created: "2026-01-02T03:04:05.000Z",
  sigma: 0.5,
  n0: 100,
  n: 5000,
  alpha: 0.001,
  seed: 7,
  noise: "gaussian-float32/philox4x32-10/3",
  bound: "one-sided",
  interval: "clopper-pearson",
  skip: 20,
  max: 10_000,
  model: { name: "model.onnx", hash: "ab".repeat(32), runtime: "onnxruntime-node 1.30.0 (cpu)", trainingSigma: 0.5 },
  data: {
    name: "mnist",
    split: "test",
    hash: "cd".repeat(32),
    length: 10_000,
    shape: [28, 28, 1],
    pixelType: "bytes",
    classes: ["0", "1", "2"],
  },
};
const ROW: LogRow = { ...rowOfVotes(HEADER, 0, 1, [0, 100, 0], [10, 4990, 0]), time: 0.125 };
const COLUMNS = `${LOG_COLUMNS.join("\t")}\n`;

/** The row as it comes back from a log: with its checksum. */
function sealed(row: LogRow): LogRow {
  const text = formatRow(row).slice(0, -1);
  return { ...row, check: rowCheck(headerIdentity(HEADER), text) };
}

let folder: string;
let path: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "smoothcert-log-"));
  path = join(folder, "runs", "certify.tsv");
});
afterEach(() => rm(folder, { recursive: true }));

const text = (file = path): Promise<string> => readFile(file, "utf8");

async function begin(...rows: LogRow[]): Promise<void> {
  const log = await fileLogStore(path).open(HEADER);
  expect(log.rows).toEqual([]);
  for (const row of rows) log.append(row);
  log.close();
}

async function reopen(header = HEADER): Promise<readonly LogRow[]> {
  const log = await fileLogStore(path).open(header);
  log.close();
  return log.rows;
}

/** Expects a FileError about the log with all of `parts` in its message, and the files left as they were. */
async function expectRefusal(header: LogHeader, ...parts: string[]): Promise<void> {
  const before = [await text(), await readFile(headerPath(path), "utf8").catch(() => "none")];
  const error = await fileLogStore(path)
    .open(header)
    .then(
      () => expect.fail("the log was opened"),
      (reason: unknown) => reason,
    );
  expect(error).toBeInstanceOf(FileError);
  for (const part of parts) expect((error as FileError).message).toContain(part);
  expect([await text(), await readFile(headerPath(path), "utf8").catch(() => "none")]).toEqual(before);
}

describe("headerPath", () => {
  it("lies beside the log", () => {
    expect(["a/certify.tsv", "b.txt", "log", "x.json"].map(headerPath)).toEqual([
      "a/certify.json",
      "b.json",
      "log.json",
      "x.json.json",
    ]);
  });
});

describe("fileLogStore", () => {
  it("begins a log with its columns and its header, in a folder that need not be there", async () => {
    await begin();
    expect(await text()).toBe(COLUMNS);
    expect(await readHeader(path)).toEqual(HEADER);
    expect(await readdir(join(folder, "runs"))).toEqual(["certify.json", "certify.tsv"]);
  });

  it("has each row in the file as soon as it is appended", async () => {
    const log = await fileLogStore(path).open(HEADER);
    log.append(ROW);
    expect(await text()).toBe(`${COLUMNS}${formatRow(sealed(ROW))}\n`);
    log.append({ ...ROW, idx: 20 });
    expect((await readLog(path)).rows).toEqual([ROW, { ...ROW, idx: 20 }].map(sealed));
    log.close();
  });

  it("goes on with a log of the same settings, whenever, by whatever version, under whatever file name", async () => {
    await begin(ROW);
    const model = { ...HEADER.model, name: "renamed.onnx" };
    const later = { ...HEADER, created: "2027-01-01T00:00:00.000Z", smoothcert: "0.2.0", model };
    const log = await fileLogStore(path).open(later);
    expect(log.rows).toEqual([sealed(ROW)]);
    log.append({ ...ROW, idx: 20 });
    log.close();
    const rows = [ROW, { ...ROW, idx: 20 }].map(sealed);
    expect(await text()).toBe(`${COLUMNS}${rows.map((row) => `${formatRow(row)}\n`).join("")}`);
    expect(await readHeader(path)).toEqual(HEADER);
  });

  it("cuts off what a killed run left of its last line, wherever the cut", async () => {
    const cases = votedRows(HEADER).chain((voted) => {
      const rows = voted.map(sealed);
      const whole = `${COLUMNS}${rows.map((row) => `${formatRow(row)}\n`).join("")}`;
      return fc.record({ rows: fc.constant(rows), whole: fc.constant(whole), cut: fc.nat(whole.length) });
    });
    await begin();
    await fc.assert(
      fc.asyncProperty(cases, async ({ rows, whole, cut }) => {
        await writeFile(path, whole.slice(0, cut));
        const lines = Math.max(0, whole.slice(0, cut).split("\n").length - 2);
        expect(await reopen()).toStrictEqual(rows.slice(0, lines));
        expect(await text()).toBe(lines === 0 ? COLUMNS : whole.slice(0, whole.slice(0, cut).lastIndexOf("\n") + 1));
      }),
      { numRuns: 60 },
    );
  });

  it("cuts off a last line that has all its fields but not its newline: its last count may lack digits", async () => {
    await begin(ROW);
    await writeFile(path, `${COLUMNS}${formatRow(sealed(ROW))}\n${formatRow({ ...ROW, idx: 20 })}`);
    expect(await reopen()).toEqual([sealed(ROW)]);
    expect(await text()).toBe(`${COLUMNS}${formatRow(sealed(ROW))}\n`);
  });

  it("begins anew where nothing was certified yet", async () => {
    await begin();
    await writeFile(path, "");
    expect(await reopen({ ...HEADER, sigma: 1 })).toEqual([]);
    expect(await readHeader(path)).toEqual({ ...HEADER, sigma: 1 });
    expect(await text()).toBe(COLUMNS);
  });

  const changes: [string, Partial<LogHeader>, string][] = [
    ["sigma", { sigma: 0.25 }, "sigma 0.5, now 0.25"],
    ["n0", { n0: 10 }, "n0 100, now 10"],
    ["n", { n: 100 }, "n 5000, now 100"],
    ["alpha", { alpha: 0.01 }, "alpha 0.001, now 0.01"],
    ["seed", { seed: 8 }, "seed 7, now 8"],
    ["noise", { noise: "other" }, 'noise "gaussian-float32/philox4x32-10/3", now "other"'],
    ["bound", { bound: "multi-class" }, 'bound "one-sided", now "multi-class"'],
    [
      "interval",
      { interval: "randomised-clopper-pearson" },
      'interval "clopper-pearson", now "randomised-clopper-pearson"',
    ],
    ["familyAlpha", { familyAlpha: 0.01 }, "familyAlpha nothing, now 0.01"],
    ["skip", { skip: 10 }, "skip 20, now 10"],
    ["model.hash", { model: { ...HEADER.model, hash: "" } }, `model.hash "${"ab".repeat(32)}", now ""`],
    ["model.runtime", { model: { ...HEADER.model, runtime: "r" } }, 'runtime "onnxruntime-node 1.30.0 (cpu)", now "r"'],
    [
      "model.trainingSigma",
      { model: { name: "model.onnx", hash: "ab".repeat(32), runtime: HEADER.model.runtime } },
      "model.trainingSigma 0.5, now nothing",
    ],
    ["data.hash", { data: { ...HEADER.data, hash: "" } }, 'now ""'],
    ["data.split", { data: { ...HEADER.data, split: "train" } }, 'data.split "test", now "train"'],
    ["data.length", { data: { ...HEADER.data, length: 9 } }, "data.length 10000, now 9"],
    ["data.shape", { data: { ...HEADER.data, shape: [1, 2, 3] } }, "data.shape [28,28,1], now [1,2,3]"],
    ["data.pixelType", { data: { ...HEADER.data, pixelType: "floats" } }, 'data.pixelType "bytes", now "floats"'],
    ["data.classes", { data: { ...HEADER.data, classes: ["0"] } }, 'data.classes ["0","1","2"], now ["0"]'],
  ];

  it.each(changes)("refuses a log that was made with another %s", async (field, change, message) => {
    await begin(ROW);
    await expectRefusal(
      { ...HEADER, ...change },
      path,
      "was made with other settings: ",
      message,
      "Choose another --out",
    );
    expect(headerDifferences(HEADER, { ...HEADER, ...change }).map((difference) => difference.field)).toEqual([field]);
  });

  it("names all settings that differ", async () => {
    await begin(ROW);
    await expectRefusal({ ...HEADER, sigma: 1, n: 9 }, "sigma 0.5, now 1; n 5000, now 9. Choose another --out");
  });

  it("refuses a log whose header is gone, and any other file without one", async () => {
    await begin(ROW);
    await rm(headerPath(path));
    await expectRefusal(HEADER, path, "exists, without a header", headerPath(path), "choose another --out");
    await writeFile(path, "my thesis");
    await expectRefusal(HEADER, "exists, without a header");
  });

  it("refuses a file beside it that is no header, and what is under a header but no log of ours", async () => {
    await begin(ROW);
    await writeFile(path, "my thesis\n");
    await expectRefusal(HEADER, path, "expected a header line with the columns idx, label, predict");
    await writeFile(path, "idx\tlabel\tpredict\tradius\tcorrect\ttime\n0\t1\t1\t0.5\t1\t2\n");
    await expectRefusal(
      HEADER,
      path,
      "expected the columns idx label predict",
      "found idx label predict radius correct time",
    );
    await writeFile(headerPath(path), '{"layers": []}');
    await expectRefusal(HEADER, headerPath(path), "expected a smoothcert log header; format: ");
    await writeFile(headerPath(path), "not json");
    await expectRefusal(HEADER, headerPath(path), "malformed JSON: ");
  });

  it("refuses to go on with a log in which one cell, or the header, was changed", async () => {
    await begin(ROW);
    const [rows, header] = [await text(), await readFile(headerPath(path), "utf8")];
    const changes: Partial<LogRow>[] = [{ radius: 9.9 }, { time: 1 }, { label: 0, correct: false }, { check: "" }];
    for (const change of changes) {
      await writeFile(path, `${COLUMNS}${formatRow({ ...sealed(ROW), ...change })}\n`);
      await expectRefusal(HEADER, path, "was changed after it was written, and is refused: image 0, ");
    }
    await writeFile(path, rows);
    await writeFile(headerPath(path), header.replace("2026-01-02", "2026-01-03"));
    await expectRefusal(HEADER, headerPath(path), "was changed after it was written");
  });

  it("refuses to go on with rows of another header", async () => {
    const other = { ...HEADER, seed: 8 };
    await begin(ROW);
    const text = formatRow(ROW).slice(0, -1);
    await writeFile(path, `${COLUMNS}${text}\t${rowCheck(headerIdentity(other), text)}\n`);
    await expectRefusal(HEADER, path, "image 0, check: the checksum isn't that of the row under this header");
  });

  it("refuses a log with a damaged row in the middle, naming line and column", async () => {
    await begin(ROW);
    await writeFile(
      path,
      `${COLUMNS}${formatRow(ROW).replace(String(ROW.radius), "x")}\n${formatRow({ ...ROW, idx: 20 })}\n`,
    );
    await expectRefusal(HEADER, path, 'line 2: radius must be a number of at least 0, got "x"');
  });
});

describe("readLog and readHeader", () => {
  it("name a file that is missing", async () => {
    const missing = join(folder, "none.tsv");
    await expect(readLog(missing)).rejects.toThrow(FileError);
    await expect(readLog(missing)).rejects.toThrow(
      `${missing}: expected a certification log, found nothing of that name`,
    );
    expect(await readHeader(missing)).toBeUndefined();
  });
});
