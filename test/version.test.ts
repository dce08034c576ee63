import { readFileSync } from "node:fs";
import { VERSION } from "smoothcert";
import { expect, it } from "vitest";

it("the version that logs and run folders tell is that of the package", () => {
  const text = readFileSync(new URL("../package.json", import.meta.url), "utf8");
  expect(VERSION).toBe((JSON.parse(text) as { version: string }).version);
});
