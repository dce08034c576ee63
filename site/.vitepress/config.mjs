import { existsSync, readFileSync } from "node:fs";
import { defineConfig } from "vitepress";
import { slugOf } from "../slug.mjs";

const read = (path) => JSON.parse(readFileSync(new URL(path, import.meta.url), "utf8"));

/** A point and its certified ball. */
const ICON =
  "data:image/svg+xml,<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'>" +
  "<circle cx='8' cy='8' r='7' fill='%23d8e6f3'/><circle cx='8' cy='8' r='2.5' fill='%230072b2'/></svg>";

/** The entries of the sidebar for pages of the repository, and, under Reference, for those that were generated. */
function sidebar() {
  const generated = new URL("../pages/reference/sidebar.json", import.meta.url);
  const more = existsSync(generated) ? read(generated) : [];
  return read("../sidebar.json").map(({ text, items }) => ({
    text,
    items: [
      ...items.map((item) => ({ text: item.text, link: `/${item.source.replace(/\.md$/, "")}` })),
      ...(text === "Reference" ? more : []),
    ],
  }));
}

/** Indented blocks look like fenced ones; those that begin with a program are for a shell. */
function likeFenced(md) {
  md.renderer.rules.code_block = (tokens, i, options, env, self) => {
    const shell = /^(npx |npm |smoothcert |python3? |pip |sbatch |sudo |export |redis-server |cd |bash |\.venv|tar )/;
    tokens[i].info = shell.test(tokens[i].content) ? "sh" : "txt";
    return md.renderer.rules.fence(tokens, i, options, env, self);
  };
}

export default defineConfig({
  title: "smoothcert",
  description: "Train, certify and plot classifiers that no small perturbation can fool.",
  lang: "en",
  head: [["link", { rel: "icon", href: ICON }]],
  srcDir: "pages",
  outDir: "dist",
  cacheDir: "node_modules/.cache/vitepress",
  ignoreDeadLinks: [/^\/files\//],
  markdown: {
    html: false,
    theme: { light: "github-light-high-contrast", dark: "github-dark-high-contrast" },
    anchor: { slugify: slugOf },
    config: likeFenced,
  },
  themeConfig: {
    nav: [
      { text: "Tutorial", link: "/docs/tutorial" },
      { text: "Commands", link: "/reference/commands/", activeMatch: "/reference/commands/" },
      { text: "Library", link: "/reference/api/", activeMatch: "/reference/api/" },
      { text: "Soundness", link: "/docs/soundness" },
    ],
    sidebar: sidebar(),
    outline: { level: [2, 3] },
    search: { provider: "local" },
    docFooter: { prev: "Before", next: "Next" },
  },
});
