import { readFileSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { type Browser, type BrowserContextOptions, chromium, type Page } from "playwright-core";
import { type LogRow, reportHtml, reportOf, type Subject } from "smoothcert/certify";
import { afterAll, beforeAll, describe, expect, it, test } from "vitest";
import { violationsOf } from "../../axe.js";
import { CHROMIUM, NO_CHROMIUM } from "../../chromium.js";
import { someOf } from "../../laws/effort.js";
import { rowOfVotes, voteHeader } from "../report/voted-logs.js";
import { smallRun } from "../run/small-run.js";
import { fileOf, foreignSubject, smallLog, someAttack, subjectOf } from "./subjects.js";

/** The largest page of ten thousand images. */
const LARGEST = 1_000_000;
const MANY = 10_000;

/** A small log with everything that a report can show of one. */
async function smallSubject(): Promise<Subject> {
  const { dataset } = smallRun();
  const [log, other] = [await smallLog(), await smallLog({ n: 128 })];
  const attack = someAttack(log);
  const nearest = attack.rows.toSorted((a, b) => a.attackRadius - b.attackRadius)[0];
  const point = dataset.example(nearest.idx).pixels.map((level) => Math.min(255, level + 9));
  const beside = [{ file: "other.tsv", label: "other", ...other }];
  return subjectOf(log, { attack, dataset, beside, nearest: { idx: nearest.idx, point } });
}

/** The small log by itself: several of its tables have the same caption. */
const plainSubject = async (): Promise<Subject> => subjectOf(await smallLog());

/** Ten thousand images, of votes that are as different as those of a model, attacked. */
function largeSubject(): Subject {
  const classes = ["airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"];
  const base = voteHeader({ n: 1000, max: MANY });
  const header = { ...base, data: { ...base.data, length: MANY, classes } };
  const kinds = Array.from({ length: 300 }, (_, kind) => {
    const lost = Math.floor((kind * kind) / 120);
    const votes = (total: number, away: number): number[] =>
      classes.map((_, c) => (c === kind % 10 ? total - away : c === (kind + 3) % 10 ? away : 0));
    return rowOfVotes(header, 0, kind % 10, votes(10, 0), votes(1000, lost));
  });
  const rows = Array.from(
    { length: MANY },
    (_, idx): LogRow => ({ ...kinds[(idx * 7919) % kinds.length], idx, time: 1 }),
  );
  const bare = subjectOf({ header, rows: rows.slice(0, 1) });
  const attack = someAttack({ header, rows });
  const text = rows.map((row) => JSON.stringify(row)).join("\n");
  return { ...bare, log: { file: "log.tsv", label: "large", header, rows }, attack, files: [fileOf("log.tsv", text)] };
}

/** Cohen's columns alone. */
async function otherToolsSubject(): Promise<Subject> {
  const { rows } = await smallLog();
  return foreignSubject(
    rows.map(({ idx, label, predict, radius, correct }) => {
      return { idx, label, predict, radius: Number(radius.toPrecision(3)), correct };
    }),
  );
}

/** What axe-core finds wrong with a report: its other rows are like the first, and ten thousand take axe minutes. */
async function violationsOfReport(page: Page): Promise<string[]> {
  await page.evaluate(() => {
    for (const row of [...document.querySelectorAll(".rows tbody tr")].slice(20)) row.remove();
  });
  return violationsOf(page);
}

if (CHROMIUM === undefined) {
  const reason = `reports in a browser: ${NO_CHROMIUM}`;
  console.warn(`skipped: ${reason}`);
  test.skip(reason);
} else {
  const SUBJECTS = { small: smallSubject, plain: plainSubject, large: largeSubject, foreign: otherToolsSubject };
  type Name = keyof typeof SUBJECTS;
  const NAMES = Object.keys(SUBJECTS) as Name[];

  describe("a report in a browser", () => {
    let browser: Browser;
    let folder: string;
    const requests: string[] = [];

    beforeAll(async () => {
      folder = await mkdtemp(join(tmpdir(), "smoothcert-report-"));
      for (const name of NAMES) {
        await writeFile(join(folder, `${name}.html`), await reportHtml(reportOf(await SUBJECTS[name]())));
      }
      browser = await chromium.launch({ executablePath: CHROMIUM! });
    });
    afterAll(async () => {
      await browser.close();
      await rm(folder, { recursive: true });
    });

    /** Opens a report from disk, without a network; what it asks for beyond itself is kept. */
    async function open(name: Name, hash = "", options: BrowserContextOptions = {}): Promise<Page> {
      const context = await browser.newContext({ offline: true, ...options });
      const page = await context.newPage();
      const url = pathToFileURL(join(folder, `${name}.html`)).href;
      page.on("request", (request) => {
        if (!request.url().startsWith(url) && !request.url().startsWith("data:")) requests.push(request.url());
      });
      page.on("pageerror", (error) => requests.push(error.message));
      page.on("console", (message) => requests.push(message.text()));
      await page.goto(url + hash);
      return page;
    }

    const alike = [
      ["plain", "dark"],
      ["large", "light"],
    ] as const;
    it.each([["small", "light"], ["foreign", "dark"], ...someOf(alike)] as const)(
      "is accessible to all readers (%s, %s)",
      async (name, colorScheme) => {
        const page = await open(name, "", { colorScheme, bypassCSP: true });
        expect(await violationsOfReport(page)).toEqual([]);
        await page.context().close();
      },
    );

    it.each(NAMES)("fits a phone, and is read without scripts or a network (%s)", async (name) => {
      const page = await open(name, "", { viewport: { width: 390, height: 800 }, javaScriptEnabled: false });
      const size = (await page.locator("html").boundingBox())!;
      expect(size.width).toBe(390);
      const { width } = (await page.locator("main").boundingBox())!;
      expect(width).toBeLessThanOrEqual(390);
      expect(await page.locator("h2").first().textContent()).toBe("Verdict");
      expect(await page.locator(".rows tbody tr").count()).toBe(name === "large" ? MANY : 12);
      expect(await page.locator(".controls").count()).toBe(0);
      await page.context().close();
    });

    it("stays below a megabyte for ten thousand images, and opens at any of them", async () => {
      expect(readFileSync(join(folder, "large.html")).length).toBeLessThan(LARGEST);
      const page = await open("large", "#i9000");
      expect(await page.locator("#i9000").isVisible()).toBe(true);
      expect(await page.locator("details").evaluate((details: HTMLDetailsElement) => details.open)).toBe(true);
      await page.context().close();
    });

    it("sorts and filters the images", async () => {
      const page = await open("small");
      const column = async (i: number): Promise<string[]> => {
        const cells = page.locator(`.rows tbody tr:not([hidden]) > :nth-child(${i})`);
        return (await cells.allTextContents()).map((text) => text.trim());
      };
      await page.getByRole("button", { name: "L2 radius" }).click();
      const radii = (await column(5)).map(Number);
      expect(radii).toEqual(radii.toSorted((a, b) => b - a));
      expect(new Set(radii).size).toBeGreaterThan(3);
      await page.getByRole("button", { name: "image" }).click();
      expect(await column(1)).toEqual(Array.from({ length: 12 }, (_, i) => String(2 * i)));
      await page.getByLabel("result").selectOption("\u2713");
      expect(new Set(await column(4))).toEqual(new Set(["\u2713"]));
      await page.getByLabel("label or class").fill("b");
      for (const [i, label] of (await column(2)).entries()) expect([label, (await column(3))[i]]).toContain("b");
      await page.context().close();
    });

    it("prints on white with dark letters, whatever the screen shows", async () => {
      const page = await open("small", "", { colorScheme: "dark" });
      await page.emulateMedia({ media: "print" });
      const colors = await page.evaluate(() => {
        const { color, backgroundColor } = getComputedStyle(document.documentElement);
        return { color, backgroundColor };
      });
      expect(colors).toEqual({ color: "rgb(28, 32, 36)", backgroundColor: "rgb(255, 255, 255)" });
      expect((await page.pdf()).length).toBeGreaterThan(20_000);
      await page.context().close();
    });

    it("has asked for nothing and complained of nothing", () => {
      expect(requests).toEqual([]);
    });
  });
}
