import { readFileSync } from "node:fs";
import { join } from "node:path";
import { apiPages } from "./api.js";
import { commandPages } from "./commands.js";
import { homePage } from "./home.js";
import type { GeneratedPage } from "./page.js";
import { copyPages, withLinks, writeAt } from "./repository-pages.js";
import { settingsPages } from "./settings.js";

interface SidebarGroup {
  readonly text: string;
  readonly items: readonly { readonly text: string; readonly source: string }[];
}

/** Writes all pages of the site, and the entries of its sidebar for those that aren't in the repository. */
export async function generate(root: string): Promise<void> {
  const pages = join(root, "site/pages");
  const sidebar = JSON.parse(readFileSync(join(root, "site/sidebar.json"), "utf8")) as SidebarGroup[];
  const sources = sidebar.flatMap(({ items }) => items.map(({ source }) => source));
  copyPages(sources, root, pages);
  const home = homePage(readFileSync(join(root, "README.md"), "utf8"));
  writeAt(join(pages, "index.md"), withLinks(home, "README.md", { sources, root, pages }));
  const commands = await commandPages();
  const settings = await settingsPages();
  const library = apiPages(join(root, "site/node_modules/.cache/api"));
  for (const { path, text } of [...commands, ...settings, ...library]) writeAt(join(pages, path), text);
  const more = [
    { text: "Commands", link: "/reference/commands/", collapsed: true, items: entries(commands.slice(1)) },
    ...entries(settings),
    { text: "The library", link: "/reference/api/", collapsed: true, items: entries(library.slice(1)) },
  ];
  writeAt(join(pages, "reference/sidebar.json"), JSON.stringify(more));
}

/** An entry for each page, under its title. */
function entries(pages: readonly GeneratedPage[]): { text: string; link: string }[] {
  return pages.map(({ path, text }) => ({
    text: /^# (?:smoothcert (?=\S+$))?(.*)$/m.exec(text)![1],
    link: `/${path.replace(/(index)?\.md$/, "")}`,
  }));
}
