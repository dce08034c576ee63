import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Browser, type BrowserContextOptions, chromium, type Page } from "playwright-core";
import { floorTo, gridNoise, loadDataset } from "smoothcert";
import { certify, type LogRow, MemoryLogStore, onnxClassifier, parseLog } from "smoothcert/certify";
import { afterAll, beforeAll, describe, expect, it, test } from "vitest";
import { pageFiles, type ServedPage, servePage } from "../../cli/page-server.js";
import { violationsOf } from "../axe.js";
import { CHROMIUM, NO_CHROMIUM } from "../chromium.js";
import { smoothcert, writeDigits } from "../cli/support.js";

const fixture = (name: string): string => fileURLToPath(new URL(`../fixtures/cases/${name}`, import.meta.url));
const DIGITS = fileURLToPath(new URL("../../web/model/digits.onnx", import.meta.url));

/** A row without what depends on the time that it took. */
function untimed({ time, check, ...row }: LogRow): LogRow {
  return row;
}

/** What Node makes of the settings that the test gives to the page. */
async function certifiedByNode(data: string): Promise<MemoryLogStore> {
  const dataset = await loadDataset(data, "test");
  const classifier = await onnxClassifier(DIGITS, { imageShape: dataset.shape, provider: "wasm", threads: 1 });
  const bound = { interval: "betting-prior", stop: { kind: "precision", precision: 0.2 } } as const;
  const settings = { n0: 40, n: 300, alpha: 0.01, seed: 5, ...bound, trainingSigma: 0.5 };
  const log = new MemoryLogStore();
  await certify({ classifier, dataset, smoothing: gridNoise(0.5), ...settings, skip: 1, max: dataset.length }, log);
  return log;
}

if (CHROMIUM === undefined) {
  const reason = `the page that certifies: ${NO_CHROMIUM}`;
  console.warn(`skipped: ${reason}`);
  test.skip(reason);
} else {
  describe("the page that certifies", () => {
    let browser: Browser;
    let served: ServedPage;
    let folder: string;
    let digits: string;
    const at = (name: string): string => join(folder, name);

    beforeAll(async () => {
      folder = await mkdtemp(join(tmpdir(), "smoothcert-page-"));
      digits = await writeDigits(folder, 20);
      served = await servePage(pageFiles(), "127.0.0.1", 0);
      browser = await chromium.launch({ executablePath: CHROMIUM! });
    });
    afterAll(async () => {
      await browser.close();
      await served.close();
      await rm(folder, { recursive: true });
    });

    /** Opens the page; errors of its scripts end the test. */
    async function open(options: BrowserContextOptions = {}): Promise<Page> {
      const page = await (await browser.newContext(options)).newPage();
      page.on("pageerror", (error) => {
        throw error;
      });
      await page.goto(served.url);
      return page;
    }

    async function openDigits(page: Page): Promise<void> {
      await page.getByRole("button", { name: "Take the model of digits" }).click();
      await page.getByText("Ready for images.").waitFor();
    }

    async function set(page: Page, settings: Readonly<Record<string, string>>): Promise<void> {
      for (const [name, value] of Object.entries(settings)) await page.locator(`[name=${name}]`).fill(value);
    }

    /** Starts, and stops as soon as so many images are certified, whatever that takes. */
    async function stopAfter(page: Page, images: number): Promise<void> {
      await page.evaluate((many) => {
        const [start, pause, rows] = ["start", "pause", "results"].map((id) => document.getElementById(id)!);
        const watch = new MutationObserver(() => {
          if (rows.childElementCount < many) return;
          watch.disconnect();
          pause.click();
        });
        watch.observe(rows, { childList: true });
        start.click();
      }, images);
      await page.getByText("Stopped.").waitFor();
    }

    /** What is on the screen when the worker has answered, and the page has drawn what it said. */
    async function shown(page: Page): Promise<{ samples: string; certified: number }> {
      await page.workers()[0].evaluate("0");
      for (let i = 0; i < 2; i++) await page.evaluate(() => new Promise(requestAnimationFrame));
      const samples = (await page.locator("#samples-now").textContent()) ?? "";
      return { samples, certified: await page.locator("#results tr").count() };
    }

    async function download(page: Page, name: string): Promise<string> {
      const [file] = await Promise.all([
        page.waitForEvent("download"),
        page.getByRole("link", { name, exact: true }).click(),
      ]);
      await file.saveAs(at(name));
      return at(name);
    }

    it("draws the votes that Node draws, on 20 images, stopped in between, and its log passes the audit", async () => {
      const page = await open();
      const requests: string[] = [];
      page.on("request", (request) => requests.push(request.url()));
      await openDigits(page);
      await page.locator("#images-file").setInputFiles([at("digits"), at("labels")]);
      await page.getByText("Ready to start.").waitFor();
      await set(page, { n0: "40", n: "300", alpha: "0.01", seed: "5", batch: "50", precision: "0.2" });
      await stopAfter(page, 5);
      const stopped = await shown(page);
      expect(stopped.certified).toBeLessThan(20);
      expect(await shown(page)).toEqual(stopped);
      await page.getByRole("button", { name: "Go on" }).click();
      await page.getByText("20 of 20 images are done.").waitFor();
      const names = ["certify.tsv", "certify.json", "images.npy", "labels.npy", "classes.txt"];
      for (const name of names) await download(page, name);

      const text = await readFile(at("certify.tsv"), "utf8");
      const rows = parseLog(text, "certify.tsv").rows.map(untimed);
      const log = await certifiedByNode(digits);
      expect(rows).toEqual(log.rows.map(untimed));
      expect(new Set(rows.map(({ n }) => n)).size).toBeGreaterThan(2);
      const { created, data, ...header } = log.header!;
      const there = JSON.parse(await readFile(at("certify.json"), "utf8"));
      expect(there).toMatchObject({ ...header, data: { ...data, name: "images" } });

      const model = ["--model", DIGITS, "--data", `npy:${at("images.npy")},${at("labels.npy")}`, "--redraw", "all"];
      const audit = await smoothcert("audit", at("certify.tsv"), ...model, "--provider", "wasm");
      expect(audit.code, audit.out + audit.err).toBe(0);
      expect(audit.out).toContain("all votes drawn again for each of 20 images");

      expect(requests.filter((url) => !url.startsWith(served.url) && !url.startsWith("blob:"))).toEqual([]);
      const own = requests.filter((url) => url.startsWith(served.url)).map((url) => url.slice(served.url.length));
      // Whether there is WebGPU is asked where a browser has it.
      expect(new Set(own.filter((name) => !name.includes("asyncify")))).toEqual(
        new Set(["worker-wasm.js", "digits.onnx", "ort-wasm-simd-threaded.wasm"]),
      );
      const { radius, n } = rows[19];
      expect(await page.locator("#radius-now").textContent()).toBe(floorTo(radius, 3));
      expect(await page.locator("#samples-now").textContent()).toBe(String(n));
      expect(await violationsOf(page)).toEqual([]);
      await page.context().close();
    }, 120_000);

    it("can ask nobody else, from its worker neither", async () => {
      const page = await open();
      await openDigits(page);
      const ask = `new Promise((refused) => {
        addEventListener("securitypolicyviolation", ({ effectiveDirective }) => refused(effectiveDirective));
        fetch("http://127.0.0.2:9/").catch(() => {});
      })`;
      expect(await page.evaluate(ask)).toBe("connect-src");
      expect(await page.workers()[0].evaluate(ask)).toBe("connect-src");
      await page.context().close();
    });

    it("takes a digit that is drawn by keyboard, on a phone in the dark", async () => {
      const page = await open({ viewport: { width: 390, height: 800 }, colorScheme: "dark" });
      await openDigits(page);
      const pad = page.getByRole("application", { name: "Drawing pad" });
      await pad.focus();
      await page.keyboard.press("Space");
      for (let i = 0; i < 12; i++) await page.keyboard.press("ArrowDown");
      expect(await page.locator("#pen-state").textContent()).toBe("The pen is down.");
      await page.getByRole("button", { name: "Add the digit" }).click();
      await set(page, { n: "400" });
      await page.getByText("Ready to start.").waitFor();
      await page.keyboard.press("Enter");
      await page.getByText("1 of 1 images are done.").waitFor();
      // A vertical stroke is a one.
      expect(await page.locator("#class-now").textContent()).toBe("1");
      expect(await page.getByText("say them beside the images").count()).toBe(1);
      expect((await page.locator("html").boundingBox())!.width).toBe(390);
      expect(await page.evaluate("document.documentElement.scrollWidth")).toBe(390);
      expect(await violationsOf(page)).toEqual([]);
      await page.context().close();
    });

    it("says what is wrong with a model, an image or a setting", async () => {
      const page = await open();
      const failure = page.getByRole("alert");
      const model = page.locator("#model-file");
      await model.setInputFiles(fixture("not-onnx/net.pt"));
      await failure.getByText("net.pt: expected an ONNX model, but ONNX Runtime refuses it").waitFor();
      await model.setInputFiles(fixture("random-op/random.onnx"));
      await failure.getByText("random.onnx: expected a function of one image").waitFor();
      await openDigits(page);
      const images = page.locator("#images-file");
      await images.setInputFiles(at("labels"));
      await images.setInputFiles({ name: "a.png", mimeType: "image/png", buffer: Buffer.from("none") });
      await failure.getByText("a.png: expected an image that this browser decodes (PNG, JPEG), found none").waitFor();
      await images.setInputFiles(at("digits"));
      await set(page, { n: "5" });
      await page.getByRole("button", { name: "Start", exact: true }).click();
      await failure.getByText("certify: n must be at least 11 for alpha = 0.001, got 5").waitFor();
      await set(page, { n: "a/b" });
      await page.getByRole("button", { name: "Start", exact: true }).click();
      await failure.getByText('n must be a number, or a fraction such as 64/255, got "a/b"').waitFor();
      await page.context().close();
    });
  });
}
