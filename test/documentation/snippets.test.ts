import { mkdtemp } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { folderWithRun } from "../cli/support.js";
import { type Block, blocksOf } from "./blocks.js";
import { DOCUMENTS } from "./documents.js";
import { MODULES } from "./modules.js";
import { JSON_FILES, PYTHON, SMALLER_SNIPPETS } from "./plan.js";
import { setScene } from "./scenes.js";
import { executeSnippet } from "./snippet.js";

const folder = folderWithRun();
const home = process.cwd();
afterAll(() => process.chdir(home));

const fenced = DOCUMENTS.flatMap(blocksOf).filter(({ language }) => language !== undefined);
const place = ({ document, line }: Block): string => `${document}:${line}`;

function smaller(block: Block): Block {
  let text = block.text;
  for (const [part, by] of SMALLER_SNIPPETS[block.document] ?? []) {
    if (!text.includes(part)) throw new Error(`${place(block)} doesn't hold ${part}`);
    text = text.replace(part, by);
  }
  return { ...block, text };
}

describe("a fenced block of the documentation", () => {
  it("is TypeScript, or of a language whose blocks are executed elsewhere", () => {
    const elsewhere: Record<string, object> = { python: PYTHON, json: JSON_FILES };
    const strangers = fenced.filter(({ language, document }) => {
      if (/^(ts|sh|bash)$/.test(language!)) return false;
      return !Object.hasOwn(elsewhere[language!] ?? {}, document);
    });
    expect(strangers.map(place)).toEqual([]);
  });

  const snippets = fenced.filter(({ language }) => language === "ts");
  it.each(snippets.map((block) => [place(block), block] as const))("of TypeScript works: %s", async (_, block) => {
    const scene = await mkdtemp(join(folder.path, "scene-"));
    await setScene(block.document, scene, folder.run);
    process.chdir(scene);
    const values = await executeSnippet(smaller(block), MODULES).finally(() => process.chdir(home));
    expect(Object.keys(values).length).toBeGreaterThan(0);
    expect(Object.entries(values).filter(([, value]) => value === undefined)).toEqual([]);
  });
});
