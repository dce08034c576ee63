import { existsSync, readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { slugOf } from "../../site/slug.mjs";

const ROOT = new URL("../../", import.meta.url);

interface Group {
  readonly text: string;
  readonly items: readonly { readonly text: string; readonly source: string }[];
}

describe("the sidebar of the documentation site", () => {
  const groups = JSON.parse(readFileSync(new URL("site/sidebar.json", ROOT), "utf8")) as Group[];
  const sources = groups.flatMap(({ items }) => items.map(({ source }) => source));

  it("has every page of docs", () => {
    const pages = readdirSync(new URL("docs/", ROOT)).filter((name) => name.endsWith(".md"));
    expect(pages.length).toBeGreaterThan(20);
    expect(pages.map((name) => `docs/${name}`).filter((page) => !sources.includes(page))).toEqual([]);
  });

  it("has only pages that are there, each once", () => {
    expect(sources.filter((source) => !existsSync(new URL(source, ROOT)))).toEqual([]);
    expect(new Set(sources).size).toBe(sources.length);
  });

  it("has the group that the generated reference is put in", () => {
    expect(groups.map(({ text }) => text)).toContain("Reference");
  });
});

describe("the anchor of a heading", () => {
  it.each([
    ["What is assumed", "what-is-assumed"],
    ["Transforms before the noise: `--augment crop:4,flip`", "transforms-before-the-noise---augment-crop4flip"],
    ["Uniform noise, and L1", "uniform-noise-and-l1"],
    ["`ohem`: the hardest images of a batch", "ohem-the-hardest-images-of-a-batch"],
  ])("of %s is the one that GitHub gives it", (heading, slug) => {
    expect(slugOf(heading)).toBe(slug);
  });
});
