import { copyFileSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { dirname, join, posix } from "node:path";

/** Pages that are files of the repository: they keep their places, so that their links to each other do. */

/** What a link to a folder of the repository leads to. */
const FOLDERS: Readonly<Record<string, string>> = { recipes: "/reference/packaged-recipes.md" };

/** Marks for the programs that write parts of a page. */
const COMMENT = /<!--[\s\S]*?-->\n*/g;

/** @param sources paths of the pages from `root`; what they link to besides, pictures and files, comes along */
export function copyPages(sources: readonly string[], root: string, pages: string): void {
  for (const source of sources) {
    const text = readFileSync(join(root, source), "utf8").replaceAll(COMMENT, "");
    writeAt(join(pages, source), withLinks(text, source, { sources, root, pages }));
  }
}

interface Places {
  readonly sources: readonly string[];
  readonly root: string;
  readonly pages: string;
}

/** Text of a page whose links to what is no page lead to something that the site has. */
export function withLinks(text: string, source: string, places: Places): string {
  return text.replaceAll(/(!?)\[((?:[^[\]]|\[[^\]]*\])*)\]\(([^)\s#]+)(#[^)\s]*)?\)/g, (link, image, words, path) => {
    if (/^[a-z]+:/.test(path)) return link;
    const target = posix.join(posix.dirname(source), path);
    if (places.sources.includes(target)) return link;
    if (image !== "") return copied(link, target, places, target);
    if (!statSync(join(places.root, target)).isDirectory()) {
      return copied(`[${words}](/files/${target}){target="_self"}`, target, places, `public/files/${target}`);
    }
    return FOLDERS[target] === undefined ? words : `[${words}](${FOLDERS[target]})`;
  });
}

function copied(link: string, target: string, { root, pages }: Places, to: string): string {
  mkdirSync(dirname(join(pages, to)), { recursive: true });
  copyFileSync(join(root, target), join(pages, to));
  return link;
}

export function writeAt(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}
