import { join } from "node:path";
import { type Browser, chromium } from "playwright-core";
import { checkOf, headerIdentity } from "smoothcert/core";
import { describe, expect, it, test } from "vitest";
import { CHROMIUM, NO_CHROMIUM } from "../chromium.js";
import { bundleForBrowsers, ROOT } from "./bundle.js";
import { type CertifiedLog, certifiedLogs } from "./certified-logs.js";

/** What a module's `certifiedLogs` gives in a page, and the requests that the page made. */
async function runInPage(browser: Browser, code: string): Promise<{ logs: CertifiedLog[]; requests: string[] }> {
  const files = new Map([
    ["http://page.test/", { contentType: "text/html", body: "<!doctype html><title>smoothcert</title>" }],
    ["http://page.test/core.js", { contentType: "text/javascript", body: code }],
  ]);
  const requests: string[] = [];
  const page = await browser.newPage();
  await page.route("**", (route, request) => {
    requests.push(request.url());
    const file = files.get(request.url());
    return file === undefined ? route.abort() : route.fulfill(file);
  });
  await page.goto("http://page.test/");
  return { logs: await page.evaluate('import("/core.js").then((core) => core.certifiedLogs())'), requests };
}

/** Expects what another engine wrote to be what this one writes, but for the time, under the checksums of this one. */
function expectSameLog(there: CertifiedLog, here: CertifiedLog): void {
  expect(there.header).toEqual({ ...here.header, created: there.header.created });
  const sealed = { time: expect.any(Number), check: expect.any(String) };
  expect(there.rows).toEqual(here.rows.map((row) => ({ ...row, ...sealed })));
  const identity = headerIdentity(there.header);
  expect(there.rows.map(({ check }) => check)).toEqual(there.rows.map((row) => checkOf(row, identity)));
}

if (CHROMIUM === undefined) {
  const reason = `smoothcert/core in a browser: ${NO_CHROMIUM}`;
  console.warn(`skipped: ${reason}`);
  test.skip(reason);
} else {
  describe("smoothcert/core in a browser", () => {
    it("writes the logs that Node writes, and asks the network for nothing", async () => {
      const entry = `export * from ${JSON.stringify(join(ROOT, "test/core/certified-logs.ts"))};`;
      const { code } = await bundleForBrowsers(entry);
      const browser = await chromium.launch({ executablePath: CHROMIUM! });
      try {
        const { logs, requests } = await runInPage(browser, code);
        const expected = await certifiedLogs();
        expect(logs.length).toBe(expected.length);
        for (const [i, log] of logs.entries()) expectSameLog(log, expected[i]);
        expect(requests).toEqual(["http://page.test/", "http://page.test/core.js"]);
      } finally {
        await browser.close();
      }
    });
  });
}
