import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { alignLogs, type LogHeader, type LogRow, summarizeCurve } from "smoothcert/certify";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { rowOfVotes, voteHeader } from "../certify/report/voted-logs.js";
import { type Outcome, smoothcert, writeLog } from "./support.js";

const foreign = fileURLToPath(new URL("../fixtures/logs/cohen-seconds.tsv", import.meta.url));
const strict = voteHeader({ alpha: 0.001, max: 4, model: { name: "strict", hash: "", runtime: "onnx" } });
const loose = voteHeader({ alpha: 0.05, n: 500, max: 4, model: { name: "loose", hash: "", runtime: "onnx" } });

/** Four images, of which the last is another in the second log. */
const rowsOf = (header: LogHeader, from: number): LogRow[] =>
  [0, 3, 40, 200].map((wrong, i) => rowOfVotes(header, from + i, 0, [10, 0, 0], [header.n - wrong, wrong, 0]));

let folder: string;
let logs: string[];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "smoothcert-align-"));
  logs = [
    await writeLog(folder, "strict", strict, rowsOf(strict, 0)),
    await writeLog(folder, "loose", loose, rowsOf(loose, 1)),
  ];
});
afterAll(() => rm(folder, { recursive: true }));

const curve = (...words: string[]): Promise<Outcome> => smoothcert("curve", ...words, "--out", join(folder, "c.svg"));

describe("smoothcert curve --align", () => {
  it("derives the logs again at one alpha on their common images, and no longer warns of these", async () => {
    expect((await curve(...logs)).err).toMatch(/alpha differs .*\n.*n differs .*\n.*different test points/);
    const { code, out, err } = await curve(...logs, "--align");
    expect(code).toBe(0);
    expect(err).toMatch(/^warning: n differs [^\n]*\n$/);
    expect(out).toMatch(/^derived again at alpha = 0\.001: 3 images common to all logs\n/);
    expect(out.match(/alpha = 0\.001: radii/g)).toHaveLength(2);
  });

  it("has the figures of the library at another alpha, and states by it what is true together", async () => {
    const { out } = await curve(...logs, "--align", "--alpha", "0.01", "--rho", "0.02", "--radii", "0.5", "--json");
    const report = JSON.parse(out);
    expect(report.aligned).toEqual({ alpha: 0.01, images: 3 });
    const opened = [strict, loose].map((header, i) => ({ file: logs[i], header, rows: rowsOf(header, i) }));
    alignLogs(opened, 0.01).logs.forEach(({ rows }, i) => {
      const { acr, radii } = summarizeCurve(rows, [0.5], 0.95);
      expect(report.logs[i]).toMatchObject({ alpha: 0.01, points: 3, acr, radii });
      // Of three certificates at alpha = 0.01 one fails with probability 0.03, and two with 0.0003: one, but for 0.02.
      expect(report.logs[i].statements[0].atLeastTogether).toBe(radii[0].count - 1);
    });
  });

  it("derives a single log again, and the distribution of pA with it", async () => {
    const alone = await curve(logs[1], "--align", "--alpha", "0.001", "--pa");
    expect(alone.out).toMatch(/^derived again at alpha = 0\.001: 4 images\n/);
    const proved = (out: string): string => /proved, .*/.exec(out)?.[0] ?? "";
    expect(proved(alone.out)).not.toBe(proved((await curve(logs[1], "--pa")).out));
  });

  it("refuses a log that it can't derive again, by name", async () => {
    const { code, out, err } = await curve(...logs, foreign, "--align");
    expect({ code, out }).toEqual({ code: 1, out: "" });
    expect(err).toContain(`error: ${foreign}: has no header of smoothcert that says how its votes were drawn`);
  });

  it.each([
    [["--alpha", "0.01"], "--alpha must be left out without --align, got 0.01"],
    [["--align", "--alpha", "0.7"], "--alpha must be in (0, 1/2], got 0.7"],
  ])("refuses %j", async (words, message) => {
    const { code, err } = await curve(...logs, ...words);
    expect({ code, err }).toEqual({ code: 2, err: expect.stringContaining(message) });
  });
});
