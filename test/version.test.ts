import { readFileSync } from "node:fs";
import { VERSION } from "smoothcert";
import { expect, it } from "vitest";

const fileOf = (name: string): string => readFileSync(new URL(`../${name}`, import.meta.url), "utf8");

it("the version that logs and run folders tell is that of the package", () => {
  expect(VERSION).toBe((JSON.parse(fileOf("package.json")) as { version: string }).version);
});

it("the package for Python has the same version, in its wheel and in the guide", () => {
  expect(fileOf("python/pyproject.toml")).toContain(`\nversion = "${VERSION}"\n`);
  expect(fileOf("docs/python.md")).toContain(`smoothcert-${VERSION}-py3-none-any.whl`);
});
