import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { alignLogs, type LogHeader, type LogRow, pairLogs, pairSeeds } from "smoothcert/certify";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { rowOfVotes, voteHeader } from "../certify/report/voted-logs.js";
import { smoothcert, writeLog } from "./support.js";

const stopping = fileURLToPath(new URL("../../bench/stopping/", import.meta.url));
const named = (name: string, settings: Partial<LogHeader> = {}): LogHeader =>
  voteHeader({ model: { name, hash: "", runtime: "onnx" }, max: 12, ...settings });
const maxup = named("maxup");
const gauss = named("gauss", { alpha: 0.05 });

/** Twelve images: those named are answered wrong, all others right without a vote against them. */
const rowsOf = (header: LogHeader, wrong: readonly number[], from = 0): LogRow[] =>
  Array.from({ length: 12 }, (_, i) => from + i).map((idx) => {
    const votes = (total: number): number[] => (wrong.includes(idx) ? [0, total, 0] : [total, 0, 0]);
    return rowOfVotes(header, idx, 0, votes(header.n0), votes(header.n));
  });

let folder: string;
let [a, b] = ["", ""];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "smoothcert-compare-"));
  a = await writeLog(folder, "a", maxup, rowsOf(maxup, [3]));
  b = await writeLog(folder, "b", gauss, rowsOf(gauss, [3, 4, 5, 6, 7, 8, 9], 2));
});
afterAll(() => rm(folder, { recursive: true }));

describe("smoothcert compare", () => {
  it("counts who certifies what on the images of both, with an interval and a test for each radius", async () => {
    const { code, out, err } = await smoothcert("compare", a, b, "--radii", "0,0.5");
    expect(code).toBe(0);
    expect(err).toBe(
      `warning: alpha differs (0.001 in ${a}, 0.05 in ${b}): the difference is not the classifiers' alone\n`,
    );
    expect(out).toContain(`A: maxup, sigma 0.5: ${a}\n  sigma 0.5, n = 300, alpha = 0.001`);
    expect(out).toContain("10 images in both logs (A has 12, B 12)");
    expect(out).toMatch(/^L2 radius +0 +0\.5$/m);
    expect(out).toMatch(/^certified accuracy of A \(%\) +90\.0 +90\.0$/m);
    expect(out).toMatch(/^certified accuracy of B \(%\) +30\.0 +30\.0$/m);
    expect(out).toMatch(/^images certified by both +3 +3$/m);
    expect(out).toMatch(/^ {2}by A alone +6 +6$/m);
    expect(out).toMatch(/^ {2}by B alone +0 +0$/m);
    expect(out).toMatch(/^ {2}by neither +1 +1$/m);
    expect(out).not.toContain("undecided");
    expect(out).toMatch(/^A - B, percentage points +60\.00 +60\.00$/m);
    // Twice (1/2)^6 is 0.03125, rounded up; 0.9 (1 - 0.95) is more, so that the interval leaves out 0.
    expect(out).toMatch(/^McNemar p +0\.032 +0\.032$/m);
    const lower = Number(/^ {2}95% interval: from +(-?[\d.]+)/m.exec(out)![1]);
    expect([lower > 0, lower < 60]).toEqual([true, true]);
    expect(out).toContain("for all 2 radii together take --confidence 1-0.05/2, and p below 0.05/2.");
  });

  it("compares two methods by models of several seeds with --with", async () => {
    const seedsOf = (method: string, wrong: readonly (readonly number[])[]): Promise<string[]> =>
      Promise.all(
        wrong.map((images, seed) => {
          const header = named(method, {
            model: {
              name: method,
              hash: Buffer.from(`${method}${seed}`).toString("hex").padEnd(64, "0"),
              runtime: "onnx",
            },
          });
          return writeLog(folder, `${method}${seed}`, header, rowsOf(header, images));
        }),
      );
    const first = await seedsOf("first", [[], [0], [1]]);
    const second = await seedsOf("second", [
      [0, 1, 2, 3, 4, 5, 6],
      [0, 1, 2, 3, 4, 5],
      [1, 2, 3, 4, 5, 6, 7, 8],
    ]);
    const words = ["compare", ...first, "--with", ...second, "--radii", "0,0.5"];
    const { code, out, err } = await smoothcert(...words, "--labels", "M,G");
    expect({ code, err }).toEqual({ code: 0, err: "" });
    expect(out).toContain(`A: M\n  sigma 0.5, n = 300, alpha = 0.001`);
    for (const [i, file] of first.entries()) expect(out).toMatch(new RegExp(`^${file} +${second[i]}$`, "m"));
    expect(out).toContain("12 images in all logs, 3 seeds");
    expect(out).toMatch(/^certified accuracy of A \(%\), mean over seeds +94\.4 +94\.4$/m);
    expect(out).toMatch(/^certified accuracy of B \(%\), mean over seeds +41\.6 +41\.6$/m);
    expect(out).toMatch(/^A - B, percentage points +52\.78 +52\.78$/m);
    // Of each 12 images 7, 5 and 7 are the first's alone: twice (1/2)^7 is below 0.05, twice (1/2)^5 is not.
    expect(out).toMatch(/^seeds with McNemar p below 0\.05: A better +2 of 3 +2 of 3$/m);
    expect(out).toMatch(/^ {2}B better +0 of 3 +0 of 3$/m);
    const { a: ours, b: theirs, ...report } = JSON.parse((await smoothcert(...words, "--json")).out);
    const logs = (headers: readonly string[], wrong: readonly (readonly number[])[]) =>
      headers.map((file, i) => ({ file, rows: rowsOf(maxup, wrong[i]) }));
    const pairs = logs(first, [[], [0], [1]]).map((log, i) => {
      const other = logs(second, [
        [0, 1, 2, 3, 4, 5, 6],
        [0, 1, 2, 3, 4, 5],
        [1, 2, 3, 4, 5, 6, 7, 8],
      ])[i];
      return [log, other] as const;
    });
    expect(report).toEqual({ confidence: 0.95, ...pairSeeds(pairs, [0, 0.5], 0.95) });
    expect(ours).toMatchObject({ label: "A", logs: first.map((file) => ({ file, sigma: 0.5, points: 12 })) });
    expect(theirs.logs).toHaveLength(3);
  });

  it("refuses logs that don't pair", async () => {
    const refused = async (message: string, ...words: string[]): Promise<void> => {
      expect(await smoothcert("compare", ...words)).toEqual({ code: 2, out: "", err: `error: ${message}\n` });
    };
    await refused(
      "compare: <logs> must be two, got 3. To compare methods by models of several seeds, name those of the second " +
        "behind --with",
      ...[a, b, a],
    );
    await refused("--with must be 2 logs, as before it, got 1 log", a, b, "--with", a);
    await refused(
      "--with must be left out to compare two logs: methods take 2 seeds or more, got 1 log",
      a,
      "--with",
      b,
    );
    const { code, err } = await smoothcert("compare", a, a, "--with", a, b);
    expect({ code, err }).toEqual({ code: 2, err: `error: ${a} is of the same model as ${a}\n` });
  });

  it("gives a program what the library finds", async () => {
    const { out } = await smoothcert("compare", a, b, "--confidence", "1-0.05/3", "--labels", "M,G", "--json");
    const report = JSON.parse(out);
    const logs = [
      { file: a, header: maxup, rows: rowsOf(maxup, [3]) },
      { file: b, header: gauss, rows: rowsOf(gauss, [3, 4, 5, 6, 7, 8, 9], 2) },
    ] as const;
    const radii = report.radii.map(({ radius }: { radius: number }) => radius);
    expect(radii).toContain(0.25);
    expect(report).toMatchObject({ ...pairLogs(logs, radii, 1 - 0.05 / 3), confidence: 1 - 0.05 / 3 });
    expect(report.a).toMatchObject({ file: a, label: "M", sigma: 0.5, n: 300, alpha: 0.001, points: 12 });
    expect(report.b).toMatchObject({ label: "G", alpha: 0.05 });
  });

  it("compares at one alpha under --align, and warns no longer", async () => {
    const { out, err } = await smoothcert("compare", a, b, "--align", "--alpha", "1e-5", "--radii", "1,1.1", "--json");
    expect(err).toBe("");
    const report = JSON.parse(out);
    expect(report.aligned).toEqual({ alpha: 1e-5, images: 10 });
    const opened = [
      { file: a, header: maxup, rows: rowsOf(maxup, [3]) },
      { file: b, header: gauss, rows: rowsOf(gauss, [3, 4, 5, 6, 7, 8, 9], 2) },
    ];
    const [first, second] = alignLogs(opened, 1e-5).logs;
    expect(report.radii).toEqual(pairLogs([first, second], [1, 1.1], 0.95).radii);
    const { out: text } = await smoothcert("compare", a, b, "--align");
    expect(text).toMatch(/^derived again at alpha = 0\.001: 10 images common to all logs\n/);
  });

  it("says what stopped logs left undecided, at the radii of their lists", async () => {
    const [stopped, fixed] = ["to-1.tsv", "fixed.tsv"].map((name) => join(stopping, name));
    const { out, err } = await smoothcert("compare", stopped, fixed);
    expect(err).toMatch(/^warning: interval differs \(union in .*, clopper-pearson in .*\n$/);
    expect(out).toMatch(/^L2 radius +0 +0\.25 +0\.5 +0\.75 +1$/m);
    expect(out).toMatch(/^ {2}undecided in A +4 +5 +3 +5 +16$/m);
    expect(out).not.toContain("undecided in B");
  });

  it("refuses logs about other data or labels by name", async () => {
    const other = await writeLog(
      folder,
      "other",
      { ...gauss, data: { ...gauss.data, hash: "e".repeat(64) } },
      rowsOf(gauss, []),
    );
    expect(await smoothcert("compare", a, other)).toEqual({
      code: 1,
      out: "",
      err:
        `error: ${other}: is about other data: mnist test (SHA-256 eeeeeeee), and ${a} about mnist test ` +
        "(SHA-256 unknown). Only certificates of the same images pair\n",
    });
    const labelled = await writeLog(folder, "labelled", maxup, [rowOfVotes(maxup, 1, 2, [10, 0, 0], [300, 0, 0])]);
    const { code, err } = await smoothcert("compare", a, labelled);
    expect(code).toBe(1);
    expect(err).toContain(`error: ${labelled}: is over another test set: idx 1 has label 2, and 0 in ${a}.`);
  });

  it.each([
    [["--radii", "0,-1"], "compare: --radii must be radii of at least 0, got -1"],
    [["--confidence", "1"], "compare: --confidence must be in (0, 1), got 1"],
    [["--labels", "one"], 'compare: --labels must be 2 names separated by commas, got "one"'],
    [["--alpha", "0.1"], "compare: --alpha must be left out without --align, got 0.1"],
  ])("refuses %j", async (words, message) => {
    const { code, err } = await smoothcert("compare", a, b, ...words);
    expect({ code, err }).toEqual({ code: 2, err: expect.stringContaining(message) });
  });
});
