import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

/** The rooms of certify from the ground up: each imports none but those before it. */
const ROOMS = [
  "bounds",
  "theorem",
  "stop",
  "sampling",
  "classifiers",
  "log",
  "report",
  "run",
  "parts",
  "audit",
  "gate",
  "attack",
  "files",
  "document",
  "queue",
];

const CERTIFY = fileURLToPath(new URL("../../certify", import.meta.url));
const IMPORTED = /^(?:import|export)\s[^;]*?from\s+"(\.[^"]+)"|\bimport\(\s*"(\.[^"]+)"|^import\s+"(\.[^"]+)"/gm;

/** The room of certify that a path leads to; empty for a file beside the rooms, undefined outside of certify. */
function roomOf(path: string): string | undefined {
  const [first, ...rest] = relative(CERTIFY, path).split(sep);
  if (first === "..") return undefined;
  return rest.length > 0 ? first : "";
}

/** Each import of another room, or of a file beside the rooms. */
function importsBetweenRooms(): { from: string; to: string; file: string }[] {
  const files = readdirSync(CERTIFY, { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".ts"));
  return files.flatMap((file) => {
    const from = roomOf(join(CERTIFY, file));
    const imports = [...readFileSync(join(CERTIFY, file), "utf8").matchAll(IMPORTED)].map((match) => match.slice(1));
    const rooms = imports.map((paths) => roomOf(join(CERTIFY, dirname(file), paths.find(Boolean) as string)));
    return rooms.flatMap((to) => (from && to !== undefined && to !== from ? [{ from, to, file }] : []));
  });
}

describe("the rooms of certify", () => {
  it("are those of the list", () => {
    const folders = readdirSync(CERTIFY, { withFileTypes: true }).filter((entry) => entry.isDirectory());
    expect(folders.map(({ name }) => name).sort()).toEqual([...ROOMS].sort());
  });

  it("import none but those before them", () => {
    const imports = importsBetweenRooms();
    expect(imports.length).toBeGreaterThan(50);
    const uphill = imports.filter(({ from, to }) => to === "" || ROOMS.indexOf(to) > ROOMS.indexOf(from));
    expect(uphill).toEqual([]);
  });
});
