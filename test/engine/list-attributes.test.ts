import { mkdtemp, readFile, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { acceptLists } from "../../src/engine/native/list-attributes.js";

const SOURCE =
  "before\n    case TF_ATTR_STRING: {\n      one string\n    case TF_ATTR_TYPE: {\n      one type\nafter\n";

async function sourceFile(text: string): Promise<string> {
  const path = join(await mkdtemp(join(tmpdir(), "binding-")), "tfjs_backend.cc");
  await writeFile(path, text);
  return path;
}

it("the binding's source gets lists of strings and types, before the single ones, and keeps the rest", async () => {
  const path = await sourceFile(SOURCE);
  await acceptLists(path);
  const source = await readFile(path, "utf8");
  expect(source).toMatch(/TF_ATTR_STRING: \{\n.*IsArray[^}]*.*TFE_OpSetAttrStringList.*\n {6}one string\n/s);
  expect(source).toMatch(/\n {6}one string\n.*TFE_OpSetAttrTypeList.*\n {6}one type\n/s);
  for (const line of SOURCE.split("\n")) expect(source).toContain(line);
});

it.each([
  ["no strings", SOURCE.replace("TF_ATTR_STRING", "TF_ATTR_TEXT"), "TF_ATTR_STRING", 0],
  ["types twice", SOURCE + SOURCE.replace("STRING", "TEXT"), "TF_ATTR_TYPE", 2],
])("another source, with %s, is refused", async (_, text, name, lines) => {
  const path = await sourceFile(text);
  await expect(acceptLists(path)).rejects.toThrow(`${path} has ${lines} lines "case ${name}: {", expected 1`);
});
