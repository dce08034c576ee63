import { readFile } from "node:fs/promises";
import { type LogRow, looksOf, readHeader, readLog } from "smoothcert/certify";
import { beforeAll, describe, expect, it } from "vitest";
import { reproduction } from "../../certify/document/reproduce.js";
import { folderWithRun, smoothcert, writeDigits } from "./support.js";

const folder = folderWithRun();
const COUNT = 20;
let digits: string;
beforeAll(async () => {
  digits = await writeDigits(folder.path, COUNT);
});

const certify = (log: string, options: string) =>
  smoothcert(
    "certify",
    folder.run,
    "--data",
    digits,
    "--n",
    "2000",
    "--n0",
    "20",
    "--out",
    folder.at(log),
    ...options.split(" "),
  );

/** The rows but for the time they took, which their checksums cover. */
async function rowsOf(log: string): Promise<LogRow[]> {
  return (await readLog(folder.at(log))).rows.map(({ time: _, check: __, ...row }) => row);
}

describe("certify --stop", () => {
  const RULES = "--stop must be fixed, radii:LIST (such as radii:0,0.25,0.5) or precision:X";
  const RADII = "--stop radii:0,0.1,0.2";

  it("spends samples until the radii are decided, and says how many and what is left open", async () => {
    const { code, out, err } = await certify("radii.tsv", RADII);
    expect(code).toBe(0);
    expect(err).toContain("n = 2000 at most");
    expect(err).toMatch(/which of the radii 0, 0\.1, 0\.2 are certified: after \d+ votes of an image that all agree/);
    expect(err).toMatch(/samples\/s: between .+ and .+ for 20 images/);
    const header = (await readHeader(folder.at("radii.tsv")))!;
    expect(header).toMatchObject({ n: 2000, interval: "union", stop: { kind: "radii", radii: [0, 0.1, 0.2] } });
    const rows = await rowsOf("radii.tsv");
    expect(rows.every(({ n }) => looksOf(header).includes(n!))).toBe(true);
    const spent = rows.reduce((sum, { n }) => sum + 20 + n!, 0);
    expect(spent).toBeLessThan((COUNT * 2020) / 2);
    expect(out).toContain(`samples: ${spent} of ${COUNT * 2020} (`);
    const certified = [0, 0.1, 0.2].map(
      (radius) => rows.filter((row) => row.predict >= 0 && row.radius >= radius).length,
    );
    expect(out).toMatch(new RegExp(`certified \\(any class\\) +${certified.join(" +")}\n`));
    expect(out).toMatch(/undecided/);
    expect(out).toContain("no average certified radius (ACR)");
    expect(out).toMatch(/^L2 radius +0 +0\.1 +0\.2$/m);
    const { out: curve } = await smoothcert("curve", folder.at("radii.tsv"), "--out", folder.at("curve.svg"));
    expect(curve).toContain("n = 2000 at most, alpha = 0.001: stopped once it is known which of the radii 0, 0.1, 0.2");
    expect(await readFile(folder.at("curve.svg"), "utf8")).not.toContain("Infinity");
    const audit = await smoothcert(
      "audit",
      folder.at("radii.tsv"),
      "--model",
      folder.run,
      "--data",
      digits,
      "--redraw",
      "3",
    );
    expect(audit.out).toContain("all votes drawn again for each of 3 images");
    expect(audit.out).toContain("nothing is wrong");
  });

  it("has votes that the fixed run begins with, and the class of its certificates", async () => {
    await certify("stopped.tsv", RADII);
    await certify("fixed.tsv", "--stop fixed");
    const [stopped, fixed] = [await rowsOf("stopped.tsv"), await rowsOf("fixed.tsv")];
    expect((await readHeader(folder.at("fixed.tsv")))!.stop).toBeUndefined();
    expect(fixed.every(({ n }) => n === 2000)).toBe(true);
    stopped.forEach(({ counts0, n, nA, predict }, i) => {
      expect(counts0).toEqual(fixed[i].counts0);
      expect(nA!).toBeLessThanOrEqual(fixed[i].nA!);
      if (n === 2000) expect(nA).toBe(fixed[i].nA);
      if (predict >= 0 && fixed[i].predict >= 0) expect(predict).toBe(fixed[i].predict);
    });
  });

  it("goes on where it stopped, with the same rows, and refuses another rule", async () => {
    await certify("whole.tsv", RADII);
    await certify("parts.tsv", `${RADII} --max 7`);
    expect((await certify("parts.tsv", RADII)).code).toBe(0);
    expect(await rowsOf("parts.tsv")).toEqual(await rowsOf("whole.tsv"));
    const { code, err } = await certify("parts.tsv", "--stop radii:0,0.1");
    expect(code).toBe(1);
    expect(err).toContain("was made with other settings: stop.radii [0,0.1,0.2], now [0,0.1]");
    const fixed = await certify("parts.tsv", "--stop fixed");
    expect(fixed.err).toContain('stop {"kind":"radii","radii":[0,0.1,0.2]}, now nothing');
  });

  it("with patience gives up sooner, says so, and tells a log of other patience apart", async () => {
    await certify("without.tsv", RADII);
    const { code, err } = await certify("patient.tsv", `${RADII} --patience 0.1`);
    expect(code).toBe(0);
    expect(err).toContain("the radii 0, 0.1, 0.2 are certified, with a patience of 0.1 n samples per certificate");
    const header = (await readHeader(folder.at("patient.tsv")))!;
    expect(header.stop).toEqual({ kind: "radii", radii: [0, 0.1, 0.2], patience: 0.1 });
    expect(reproduction(header)).toContain("--stop radii:0,0.1,0.2 --patience 0.1");
    const [patient, without] = [await rowsOf("patient.tsv"), await rowsOf("without.tsv")];
    const samples = (rows: readonly LogRow[]): number => rows.reduce((sum, { n }) => sum + n!, 0);
    expect(samples(patient)).toBeLessThan(samples(without));
    const other = await certify("patient.tsv", `${RADII} --patience 0.2`);
    expect(other.err).toContain("was made with other settings: stop.patience 0.1, now 0.2");
    expect((await smoothcert("audit", folder.at("patient.tsv"))).out).toContain("nothing is wrong");
  });

  it("ends within a precision, with the other interval, as one JSON object", async () => {
    const words = ["--data", digits, "--n", "2000", "--out", folder.at("p.tsv"), "--stop", "precision:0.05"];
    const json = await smoothcert("certify", folder.run, ...words, "--interval", "betting", "--json");
    expect(json.code).toBe(0);
    const report = JSON.parse(json.out);
    expect(report.stop).toEqual({ kind: "precision", precision: 0.05 });
    expect(report.largestRadius).toBeUndefined();
    expect(report.stopping.cap).toBe(COUNT * 2100);
    expect(report.stopping.spent).toBeLessThanOrEqual(report.stopping.cap);
    expect(report.stopping.outcomes).toEqual([]);
  });

  it.each([
    ["--stop never", `${RULES}, got "never". Write the rule as one word, with a colon`],
    ["--stop radii 0,0.25", `${RULES}, got "radii". Write the rule as one word`],
    ["--stop precision 0.01", `${RULES}, got "precision". Write the rule as one word`],
    ["--stop radii:", `${RULES}, got "radii:"`],
    ["--stop fixed:2", `${RULES}, got "fixed:2"`],
    ["--stop fixed MODEL", "too many arguments for 'certify'"],
    ["--stop radii:0,x", 'each radius of --stop must be a number or an expression such as 8/255, got "x"'],
    ["--stop precision:x", 'the precision of --stop must be a number or an expression such as 8/255, got "x"'],
    [
      "--stop radii:0.5,0.25",
      "stop.radii must be radii of at least 0, each above the one before, got 0.25 in 0.5,0.25",
    ],
    ["--stop radii:0,3", "stop.radii must be at most 0."],
    ["--stop radii:0,0.1 --patience 0", "stop.patience must be finite and greater than 0, got 0"],
    ["--stop precision:0.1 --patience 2", "there is none with --stop precision. Name the radii to decide, or leave"],
    ["--stop precision:0", "stop.precision must be finite and greater than 0, got 0"],
    [
      "--stop radii:0 --interval clopper-pearson",
      "interval must be union, betting or betting-prior where the samples stop by a rule (radii)",
    ],
    [
      "--stop precision:0.01 --interval randomised-clopper-pearson",
      "interval must be union, betting or betting-prior where the samples stop by a rule (precision)",
    ],
    ["--randomised", "--randomised has been removed: write --interval randomised-clopper-pearson"],
    ["--selection none", "--selection has been removed: write --n0 0 for --selection none"],
    ["--selection=none", "--selection has been removed: write --n0 0 for --selection none"],
  ])("refuses %s", async (options, message) => {
    const { code, err } = await certify("refused.tsv", options);
    expect(code).toBe(2);
    expect(err).toContain(message);
  });
});
