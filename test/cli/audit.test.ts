import { mkdir, readFile, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { headerPath, readHeader, readLog, simultaneousAlpha } from "smoothcert/certify";
import { beforeAll, describe, expect, it, vi } from "vitest";
import { folderWithRun, smoothcert, writeDigits } from "./support.js";

const folder = folderWithRun();
const COUNT = 20;
const foreign = fileURLToPath(new URL("../fixtures/logs/cohen-seconds.tsv", import.meta.url));
let digits: string;

beforeAll(async () => {
  digits = await writeDigits(folder.path, COUNT);
  await certify("log.tsv");
});

async function certify(log: string, ...options: string[]): Promise<string> {
  const words = ["--data", digits, "--n", "60", "--n0", "10", "--alpha", "0.01", "--skip", "2"];
  const { code, err } = await smoothcert("certify", folder.run, "--out", folder.at(log), ...words, ...options);
  expect(code, err).toBe(0);
  return folder.at(log);
}

const same = (text: string): string => text;

/** A copy of the log and its header under another name, the one or the other changed. */
async function changed(name: string, change: (text: string) => string, changeHeader = same): Promise<string> {
  const [text, header] = [await readFile(folder.at("log.tsv"), "utf8"), await readFile(folder.at("log.json"), "utf8")];
  expect(change(text) + changeHeader(header)).not.toBe(text + header);
  await writeFile(folder.at(name), change(text));
  await writeFile(headerPath(folder.at(name)), changeHeader(header));
  return folder.at(name);
}

describe("smoothcert audit, of a log of ours", () => {
  it("passes one that nobody touched, by itself", async () => {
    const { code, out, err } = await smoothcert("audit", folder.at("log.tsv"));
    expect([code, err]).toEqual([0, ""]);
    expect(out).toContain("10 rows: checksums and images checked, every certificate derived again from its votes\n");
    expect(out).toContain("data: not given (--data)\n");
    expect(out).toMatch(/nothing is wrong\n$/);
  });

  it("draws the votes of all images again with the model", async () => {
    const words = ["--model", folder.run, "--data", digits, "--redraw", "all"];
    const { code, out } = await smoothcert("audit", folder.at("log.tsv"), ...words);
    expect(code).toBe(0);
    expect(out).toContain("70 votes drawn again for each of 10 images: 0 2 4 6 8 10 12 14 16 18\n");
    expect(out).toMatch(/nothing is wrong\n$/);
  });

  it("draws as many again as it is told, and says which under --json", async () => {
    const words = ["--model", folder.run, "--data", digits, "--redraw", "3", "--json"];
    const { code, out } = await smoothcert("audit", folder.at("log.tsv"), ...words);
    const report = JSON.parse(out) as { redrawn: number[] };
    expect(code).toBe(0);
    expect(report).toMatchObject({ kind: "own", ok: true, rows: 10, findings: [], header: { n: 60 } });
    expect(new Set(report.redrawn).size).toBe(3);
    expect(report.redrawn.every((idx) => idx % 2 === 0 && idx < COUNT)).toBe(true);
  });

  it.each([
    ["per-image.tsv", ["--bound", "per-image"], { bound: "per-image", n0: 10, alpha: 0.01 }],
    ["none.tsv", ["--n0", "0"], { bound: "one-sided", n0: 0, alpha: 0.01 }],
    ["both.tsv", ["--n0", "0", "--bound", "multi-class"], { bound: "multi-class", n0: 0 }],
    ["randomised.tsv", ["--interval", "randomised-clopper-pearson"], { interval: "randomised-clopper-pearson" }],
    ["together.tsv", ["--simultaneous"], { alpha: simultaneousAlpha(0.01, 10), familyAlpha: 0.01 }],
  ])("passes what certify wrote to %s with %j, votes drawn again", async (name, options, header) => {
    const log = await certify(name, ...options);
    expect(await readHeader(log)).toMatchObject(header);
    const { rows } = await readLog(log);
    expect(rows.some(({ radius }) => radius > 0)).toBe(true);
    const { code, out } = await smoothcert("audit", log, "--model", folder.run, "--data", digits, "--redraw", "5");
    expect([code, out]).toEqual([0, expect.stringMatching(/nothing is wrong\n$/)]);
  });

  it("names what was changed, and fails", async () => {
    const log = await changed("changed.tsv", (text) =>
      text.replace(/\n4\t(\d)\t/, (_, c) => `\n4\t${(Number(c) + 1) % 10}\t`),
    );
    const { code, out, err } = await smoothcert("audit", log, "--data", digits);
    const texts = [out, err].join("\n");
    expect(code).toBe(1);
    expect(texts).toMatch(/row of idx 4, (check|label)|line 4: correct/);
  });

  it("names a changed header, and not every row under it", async () => {
    const log = await changed("header.tsv", same, (header) => header.replace('"seed": 0', '"seed": 1'));
    const { code, out } = await smoothcert("audit", log);
    expect(code).toBe(1);
    expect(out).toContain("1 finding:\n  header, check: the checksum isn't that of the header");
  });

  it("stops at Ctrl-C with what it has done", async () => {
    const log = await certify("long.tsv", "--max", "2");
    const words = ["--model", folder.run, "--data", digits, "--redraw", "all"];
    vi.spyOn(process, "on").mockImplementationOnce((_, stop) => {
      stop();
      return process;
    });
    const { code, err } = await smoothcert("audit", log, ...words);
    vi.restoreAllMocks();
    expect([code, err]).toEqual([130, expect.stringContaining("stopped with the votes of 0 of 1 image drawn again")]);
  });

  it("names other data and another model, and then draws nothing again", async () => {
    const other = await writeDigits(await folderOf("other"), COUNT - 1);
    const first = await smoothcert("audit", folder.at("log.tsv"), "--data", other);
    expect(first.code).toBe(1);
    expect(first.out).toMatch(/data, hash: "[0-9a-f]{64}", where the header says "[0-9a-f]{64}"\n/);
    expect(first.out).toContain("data, length: 19, where the header says 20\n");
    const words = ["--model", folder.run, "--data", digits, "--runtime", "tfjs"];
    const second = await smoothcert("audit", folder.at("log.tsv"), ...words);
    expect(second.code).toBe(1);
    expect(second.out).toMatch(/model, hash: [0-9a-f]{64}, where the header says [0-9a-f]{64}\n/);
    expect(second.out).not.toContain("drawn again for each");
    expect(second.err).toMatch(
      /the log's votes were drawn with onnxruntime-node .*; they are drawn again with tfjs-\w+/,
    );
  });

  it.each([
    [["--sigma", "0.5"], "audit: --sigma must be left out, since the log's header records it, got 0.5"],
    [["--alpha", "0.5"], "audit: --alpha must be left out, since the log's header records it, got 0.5"],
    [["--redraw", "-1"], "--redraw must be an integer of at least 0"],
  ])("refuses %j", async (words, message) => {
    const { code, err } = await smoothcert("audit", folder.at("log.tsv"), ...words);
    expect([code, err]).toEqual([2, expect.stringContaining(message)]);
  });
});

async function folderOf(name: string): Promise<string> {
  await mkdir(folder.at(name), { recursive: true });
  return folder.at(name);
}

describe("smoothcert audit, of another tool's log", () => {
  it("reports on its radii", async () => {
    const { code, out } = await smoothcert("audit", foreign, "--sigma", "0.25");
    expect(code).toBe(0);
    expect(out).toContain("no settings recorded");
  });

  it("refuses a model, and a file that is not there", async () => {
    const refused = await smoothcert("audit", foreign, "--model", folder.run);
    expect([refused.code, refused.err]).toEqual([
      2,
      expect.stringContaining("audit: --model must be left out: the log has no header"),
    ]);
    const missing = await smoothcert("audit", folder.at("nothing.tsv"));
    expect([missing.code, missing.err]).toEqual([
      1,
      expect.stringContaining("nothing.tsv: expected a certification log"),
    ]);
  });
});
