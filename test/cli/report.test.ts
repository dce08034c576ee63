import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Check, headerPath, type LogRow, readAttack, readHeader, readLog } from "smoothcert/certify";
import { beforeAll, describe, expect, it } from "vitest";
import { folderWithRun, smoothcert, writeDigits } from "./support.js";

const folder = folderWithRun();
const foreign = fileURLToPath(new URL("../fixtures/logs/cohen-seconds.tsv", import.meta.url));
const EFFORT = ["--steps", "2", "--copies", "4", "--votes", "100"];
let digits: string;

beforeAll(async () => {
  digits = await writeDigits(folder.path, 12);
  const settings = ["--data", digits, "--n", "200", "--n0", "10", "--alpha", "0.01", "--seed", "5", "--max", "6"];
  const certified = await smoothcert("certify", folder.run, ...settings);
  expect(certified.code, certified.err).toBe(0);
});

/** What a report says, by its JSON. */
interface Said {
  readonly report: string;
  readonly sections: {
    readonly checks: { readonly checks: readonly Check[] };
    readonly images: { readonly rows: readonly LogRow[] };
    readonly provenance: { readonly command: string };
  };
}

async function said(...words: readonly string[]): Promise<Said> {
  const { code, out, err } = await smoothcert("report", ...words, "--json");
  expect(code, err).toBe(0);
  return JSON.parse(out);
}

const outcomes = ({ sections }: Said): Record<string, string> =>
  Object.fromEntries(sections.checks.checks.map(({ id, outcome }) => [id, outcome]));

describe("smoothcert report", () => {
  it("makes a page of a run folder, by its log alone", async () => {
    const page = folder.at("run.html");
    const { code, out, err } = await smoothcert("report", folder.run, "--out", page);
    expect([code, err]).toEqual([0, ""]);
    expect(out).toMatch(/^run, sigma 0\.25\n {2}Every certificate follows from its votes +passed\n/);
    expect(out).toMatch(/\nreport: .*run\.html \(\d+ kB\)\n$/);
    const html = await readFile(page, "utf8");
    expect(html).toMatch(/^<!doctype html>/);
    expect(html).toContain("certified at L2 radius 0");
  });

  it("draws votes again, shows images and finds the nearest attack again where it has what these take", async () => {
    const log = join(folder.run, "certify.tsv");
    const attacked = await smoothcert("attack", log, "--data", digits, "--images", "3", ...EFFORT);
    expect(attacked.code, attacked.err).toBe(0);
    const [page, plain] = [folder.at("whole.html"), folder.at("plain.html")];
    const words = ["--model", folder.run, "--data", digits, "--redraw", "2"];
    expect(outcomes(await said(folder.run, ...words, "--out", page))).toMatchObject({
      "drawn-again": "passed",
      "same-model": "passed",
      "same-data": "passed",
      "nothing-inside": "passed",
    });
    await said(folder.run, "--out", plain);
    const picturesIn = async (file: string): Promise<number> =>
      (await readFile(file, "utf8")).split("data:image/png").length - 1;
    expect(await picturesIn(plain)).toBe(0);
    // One for each image shown, and two more for the attack.
    const html = await readFile(page, "utf8");
    expect(await picturesIn(page)).toBe(html.split("<div class=views>").length - 1 + 2);
    const { header, rows } = await readAttack(join(folder.run, "attack.tsv"));
    expect([header.votes, rows.length]).toEqual([100, 3]);
  });

  it("names the command that makes the log again", async () => {
    const { sections } = await said(folder.run, "--out", folder.at("again.html"));
    const [, , model, , data, ...options] = sections.provenance.command.split(" ");
    expect([model, data]).toEqual(["run", "digits"]);
    const again = folder.at("again.tsv");
    const { code, err } = await smoothcert("certify", folder.run, "--data", digits, ...options, "--out", again);
    expect(code, err).toBe(0);
    const [first, second] = [await readHeader(join(folder.run, "certify.tsv")), await readHeader(again)];
    expect(second).toEqual({ ...first, created: second?.created });
    const untimed = (rows: readonly LogRow[]): object[] => rows.map(({ time, check, ...row }) => row);
    expect(untimed((await readLog(again)).rows)).toEqual(untimed(sections.images.rows));
  });

  it("ends with an error where a check fails, and has written the page", async () => {
    const log = folder.at("changed.tsv");
    const text = await readFile(join(folder.run, "certify.tsv"), "utf8");
    const [columns, first, ...rows] = text.split("\n");
    const cells = first.split("\t");
    cells[3] = String(Number(cells[3]) + 0.01);
    await writeFile(log, [columns, cells.join("\t"), ...rows].join("\n"));
    await writeFile(headerPath(log), await readFile(headerPath(join(folder.run, "certify.tsv")), "utf8"));
    const page = folder.at("changed.html");
    const { code, err } = await smoothcert("report", log, "--out", page);
    expect(code).toBe(1);
    expect(err).toBe(`error: ${log}: 2 checks failed, see ${page}\n`);
    expect(await readFile(page, "utf8")).toContain("where the votes give");
  });

  it("reads other tools' logs, and logs beside", async () => {
    const outcome = outcomes(await said(foreign, join(folder.run, "certify.tsv"), "--out", folder.at("foreign.html")));
    expect(Object.keys(outcome)).toContain("settings-fit");
    expect(Object.keys(outcome)).not.toContain("derived-again");
  });

  it("refuses what it can't use", async () => {
    const refused = async (...words: readonly string[]): Promise<readonly [number | undefined, string]> => {
      const { code, err } = await smoothcert("report", ...words);
      return [code, err];
    };
    const out = ["--out", folder.at("none.html")];
    expect(await refused(folder.run, "--out", "report.pdf")).toEqual([2, expect.stringContaining("ends in .html")]);
    expect(await refused(folder.run, "--rho", "0", ...out)).toEqual([2, expect.stringContaining("--rho")]);
    expect(await refused(folder.run, "--headline=-1", ...out)).toEqual([2, expect.stringContaining("--headline")]);
    expect(await refused(folder.path, ...out)).toEqual([1, expect.stringContaining("certify.tsv")]);
    expect(await refused(foreign, "--model", folder.run, ...out)).toEqual([2, expect.stringContaining("--model")]);
    expect(await refused(foreign, "--attack", "a.tsv", ...out)).toEqual([2, expect.stringContaining("--attack")]);
    const log = join(folder.run, "certify.tsv");
    expect(await refused(log, "--attack", folder.at("lost.tsv"), ...out)).toEqual([1, expect.stringContaining("lost")]);
  });
});
