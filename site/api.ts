import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, posix } from "node:path";
import { type ApiModule, type ApiSection, type Place, parseModule } from "./api-module.js";
import { code, page } from "./markdown.js";
import type { GeneratedPage } from "./page.js";

/** The reference of the library: what typedoc wrote of each module, a page for its functions, one for its classes... */

/** @param folder what typedoc wrote */
export function apiPages(folder: string): GeneratedPage[] {
  const files = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".md"));
  const modules = new Map<string, ApiModule>();
  for (const file of files.filter((each) => each !== "README.md").sort()) {
    modules.set(file, parseModule(readFileSync(join(folder, file), "utf8")));
  }
  const pages = [...modules].flatMap(([file, module]) => modulePages(module, (text) => relinked(text, file, modules)));
  return [listOf([...modules.values()]), ...pages];
}

/** The folder of a module's pages. */
export function moduleFolder(name: string): string {
  return `reference/api/${name.replace(/^smoothcert\/?/, "") || "main"}`;
}

function listOf(modules: readonly ApiModule[]): GeneratedPage {
  const entries = modules.map(
    ({ name, description }) => `- [${code(name)}](/${moduleFolder(name)}/): ${description.replaceAll(/\s+/g, " ")}`,
  );
  return { path: "reference/api/index.md", text: page("# The library", entries.join("\n")) };
}

function modulePages(module: ApiModule, relink: (text: string) => string): GeneratedPage[] {
  const { name, description, sections, references } = module;
  const folder = moduleFolder(name);
  const contents = sections.flatMap((section) => [`## ${section.title}`, namesOf(section, module)]);
  const others = references.length === 0 ? [] : ["## Also exported here", relink(references.join(", "))];
  return [
    { path: `${folder}/index.md`, text: page(`# ${name}`, relink(description), ...contents, ...others) },
    ...sections.map(({ title, text }) => ({
      path: `${folder}/${fileOf(title)}`,
      text: `---\noutline: 2\n---\n\n${page(`# ${name}: ${title.toLowerCase()}`, relink(text))}`,
    })),
  ];
}

function namesOf({ title, names }: ApiSection, { places }: ApiModule): string {
  const anchors = [...places.values()].filter(({ section }) => section === title).map(({ anchor }) => anchor);
  const links = names.map((name) => {
    const anchor = anchors.find((each) => each === name.replace("()", "").toLowerCase()) ?? "";
    return `[${code(name.replace("()", ""))}](${fileOf(title)}#${anchor})`;
  });
  return links.join(", ");
}

function fileOf(title: string): string {
  return `${title.toLowerCase().replaceAll(" ", "-")}.md`;
}

/** Text of a module with its links led to where their headings are now. */
function relinked(text: string, file: string, modules: ReadonlyMap<string, ApiModule>): string {
  return text.replaceAll(/\]\(([^)#\s]*)#([^)\s]+)\)/g, (link, path: string, anchor: string) => {
    if (/^https?:/.test(path)) return link;
    const target = path === "" ? file : posix.join(dirname(file), path);
    const module = modules.get(target);
    const place: Place | undefined = module?.places.get(anchor);
    if (module === undefined || place === undefined) throw new Error(`${file}: no place for ${target}#${anchor}`);
    return `](/${moduleFolder(module.name)}/${fileOf(place.section)}#${place.anchor})`;
  });
}
