// Fails if a link in the built site leads to a page, a file or an anchor that isn't there.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const dist = fileURLToPath(new URL("dist", import.meta.url));
const pages = new Map(
  readdirSync(dist, { recursive: true, encoding: "utf8" })
    .filter((path) => path.endsWith(".html") && !path.startsWith("files/"))
    .map((path) => [`/${path.replaceAll("\\", "/")}`, readFileSync(`${dist}/${path}`, "utf8")]),
);
const anchors = new Map([...pages].map(([path, html]) => [path, new Set(valuesOf("id", html))]));

function valuesOf(attribute, html) {
  return [...html.matchAll(new RegExp(` ${attribute}="([^"]*)"`, "g"))].map(([, value]) =>
    value.replaceAll("&amp;", "&"),
  );
}

function problemOf(link, from) {
  const { pathname, hash, origin } = new URL(link, `https://site${from}`);
  if (origin !== "https://site") return undefined;
  const path = decodeURIComponent(pathname);
  const page = [path, `${path}.html`, `${path}index.html`].find((each) => pages.has(each));
  if (page === undefined) return existsSync(`${dist}${path}`) ? undefined : "no such page";
  const anchor = decodeURIComponent(hash.slice(1));
  return anchor === "" || anchors.get(page).has(anchor) ? undefined : "no such anchor";
}

const problems = new Set();
for (const [from, html] of pages) {
  for (const link of [...valuesOf("href", html), ...valuesOf("src", html)]) {
    const problem = problemOf(link, from);
    if (problem !== undefined) problems.add(`${from}: ${link}: ${problem}`);
  }
}
for (const problem of problems) console.error(problem);
console.log(`${pages.size} pages, ${problems.size} dead links`);
process.exitCode = problems.size === 0 ? 0 : 1;
