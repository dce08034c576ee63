import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import {
  decide,
  type LogHeader,
  type LogRow,
  parseLog,
  readHeader,
  readLog,
  type StoppedSummary,
  summarizeLog,
  theoremOfHeader,
  votesOf,
} from "smoothcert/certify";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { elements, legendLabels } from "../plot/svg.js";
import { smoothcert, writeLog } from "./support.js";

/** A log of `--stop radii:0,0.25,0.5,0.75,1` and one of 100,000 samples of each of the same images. */
const stopping = fileURLToPath(new URL("../../bench/stopping/", import.meta.url));
const stopped = join(stopping, "to-1.tsv");
const fixed = join(stopping, "fixed.tsv");

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "smoothcert-curve-"));
});
afterAll(() => rm(folder, { recursive: true }));

async function curve(...words: string[]): Promise<{ out: string; figure: string }> {
  const path = join(folder, "curve.svg");
  const { code, out, err } = await smoothcert("curve", ...words, "--out", path);
  const warning = /^warning: interval differs \(union in .*, clopper-pearson in .*\n$/;
  expect({ code, err }).toEqual({ code: 0, err: words.includes(fixed) ? expect.stringMatching(warning) : "" });
  return { out, figure: await readFile(path, "utf8") };
}

/** Writes the log of other votes as one with this `stop`, and the certificates that its rule gives. */
async function stoppedWith(name: string, log: string, stop: LogHeader["stop"]): Promise<string> {
  const header: LogHeader = { ...(await readHeader(log))!, interval: "union", stop };
  const rows = (await readLog(log)).rows.map((row): LogRow => {
    const { predict, radius, pALower } = decide(votesOf(row, header), header, theoremOfHeader(header)!);
    return { ...row, predict, correct: predict === row.label, radius, pALower };
  });
  return writeLog(folder, name, header, rows);
}

describe("smoothcert curve of a log that stopped early", () => {
  it("prints accuracy at the radii of the list, with what it is at most, and no average radius", async () => {
    const { out } = await curve(stopped);
    expect(out).toContain(
      "clean accuracy 98.0%; no average certified radius (ACR), since the log speaks only of the radii of its --stop",
    );
    expect(out).not.toMatch(/ACR\) \d/);
    expect(out).toContain("certified accuracy (%), rounded down ('at most': up)");
    expect(out).toMatch(/^L2 radius +0 +0\.25 +0\.5 +0\.75 +1$/m);
    expect(out).toMatch(/^lenet, sigma 0\.5 +98\.0 +96\.4 +95\.2 +92\.6 +87\.6$/m);
    expect(out).toMatch(/^ {2}at most, with its undecided images +98\.8 +97\.4 +95\.8 +93\.6 +90\.8$/m);
    expect(out).not.toContain(">=");
  });

  it("writes as CSV how many images are undecided, and what they could add", async () => {
    const path = join(folder, "stopped.csv");
    await curve(stopped, "--radii", "1", "--labels", "lenet", "--csv", path);
    const cells = (await readFile(path, "utf8")).trimEnd().split("\n")[1].split(",");
    const [radius, points, certified, accuracy] = cells.slice(2).map(Number);
    expect([radius, points, certified, accuracy]).toEqual([1, 500, 438, 0.876]);
    expect(cells.slice(-2).map(Number)).toEqual([16, 0.908]);
  });

  it("says of other radii that more may be certified there", async () => {
    const { out } = await curve(stopped, "--radii", "0.5,1.25");
    expect(out).toMatch(/^lenet, sigma 0\.5 +95\.2 +>=0\.0$/m);
    expect(out).toMatch(/^ {2}at most, with its undecided images +95\.8 +85\.6$/m);
    expect(out).toContain(
      ">= at radii that are not in a log's --stop: it shows only how far its samples happened to go",
    );
  });

  it("says of clean accuracy that it is a lower bound where 0 is not in the list", async () => {
    const from = await stoppedWith("from-1", stopped, { kind: "radii", radii: [1] });
    expect((await curve(from)).out).toContain("clean accuracy at least 98.0%; no average");
  });

  it("draws its points beside the curves of others", async () => {
    const { figure, out } = await curve(stopped, fixed);
    expect(out).toMatch(/fixed\.tsv +98\.4 +96\.6 +95\.2 +92\.6 +88\.2$/m);
    expect(elements(figure, "g.points circle")).toHaveLength(5);
    expect(elements(figure, "g.curve path")).toHaveLength(1);
    expect(legendLabels(figure)).toEqual([
      stopped,
      fixed,
      "dots: known at these radii only",
      "at most, with undecided images",
      "95% confidence (choice of test points)",
      "largest radius within reach",
    ]);
  });

  it("gives a program what the library sums up, without an average radius", async () => {
    const { out } = await curve(stopped, "--json", "--radii", "0.3");
    const [log] = JSON.parse(out).logs;
    const header: LogHeader = JSON.parse(await readFile(stopped.replace(".tsv", ".json"), "utf8"));
    const { rows } = parseLog(await readFile(stopped, "utf8"), "to-1.tsv");
    const { outcomes, radii } = summarizeLog(rows, header, [0.3], 0.95) as StoppedSummary;
    expect(log).toMatchObject({ stop: header.stop, cleanAccuracy: 0.98, outcomes, radii });
    expect(log).not.toHaveProperty("acr");
    expect(log).not.toHaveProperty("curve");
    expect(log.radii).toEqual([expect.objectContaining({ radius: 0.3, listed: false })]);
  });

  it("keeps curve and average radius of a log stopped by a precision, and says how short they may be", async () => {
    const precise = await stoppedWith("precise", fixed, { kind: "precision", precision: 0.01 });
    const { out, figure } = await curve(precise);
    expect(out).toMatch(/average certified radius \(ACR\) 1\.4/);
    expect(out).toContain("radii, and with them ACR and curve, may be 0.01 short of what n samples would give");
    expect(elements(figure, "g.curve path")).toHaveLength(1);
  });
});
