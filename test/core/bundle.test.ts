import { relative, sep } from "node:path";
import { gzipSync } from "node:zlib";
import type { OutputChunk } from "rolldown";
import { describe, expect, it } from "vitest";
import { bundleForBrowsers, ROOT } from "./bundle.js";

/** The packages that the core may need: plain JavaScript, which runs anywhere. */
const PACKAGES = ["@noble/hashes", "json-canonicalize", "zod"];

/** The packages, and the folders of the repository, that a bundle's modules come from; sorted. */
function originsOf({ moduleIds }: OutputChunk): string[] {
  return [...new Set(moduleIds.filter((id) => id.startsWith(ROOT)).map(originOf))].sort();
}

function originOf(id: string): string {
  const path = relative(ROOT, id).split(sep).join("/");
  return /.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1] ?? path.replace(/\/.*/, "");
}

describe("smoothcert/core", () => {
  it("is one file for browsers, which imports nothing, of our own code and three packages", async () => {
    const bundle = await bundleForBrowsers('export * from "smoothcert/core";');
    expect([...bundle.imports, ...bundle.dynamicImports]).toEqual([]);
    expect(originsOf(bundle)).toEqual([...PACKAGES, "certify", "entry.js", "src"].sort());
    const kB = (bytes: Uint8Array): string => `${(bytes.length / 1000).toFixed(1)} kB`;
    console.log(`smoothcert/core: ${kB(Buffer.from(bundle.code))} minified, ${kB(gzipSync(bundle.code))} after gzip`);
  });

  it("costs a page what it uses", async () => {
    const bundle = await bundleForBrowsers('export { parseLog } from "smoothcert/core";');
    expect(originsOf(bundle)).toEqual(["certify", "entry.js", "src"]);
  });

  it("would be seen to import what isn't there in a browser", async () => {
    const bundle = await bundleForBrowsers('export * from "smoothcert/core"; export { readFile } from "node:fs";');
    expect(bundle.imports).toEqual(["node:fs"]);
  });
});
