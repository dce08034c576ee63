import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { wordsOf } from "./blocks.js";
import { MODULES } from "./modules.js";
import { problemOf } from "./parse.js";
import { importsOf } from "./snippet.js";

interface Cell {
  readonly cell_type: "code" | "markdown";
  readonly source: readonly string[];
  readonly execution_count?: number | null;
  readonly outputs?: readonly { readonly output_type: string }[];
}

const FOLDER = "notebooks";
const names = readdirSync(FOLDER).filter((name) => name.endsWith(".ipynb"));
const cellsOf = (name: string): Cell[] => JSON.parse(readFileSync(`${FOLDER}/${name}`, "utf8")).cells;
const text = (cells: readonly Cell[], kind: Cell["cell_type"]): string =>
  cells.flatMap((cell) => (cell.cell_type === kind ? [cell.source.join("")] : [])).join("\n\n");

it("the guide to the notebooks names them all", () => {
  const guide = readFileSync(`${FOLDER}/README.md`, "utf8");
  expect(names.filter((name) => !guide.includes(`](${name})`))).toEqual([]);
  expect(names.length).toBeGreaterThan(4);
});

describe.each(names)("the notebook %s", (name) => {
  const cells = cellsOf(name);

  it("was executed from its first cell to its last, without an error", () => {
    const code = cells.filter(({ cell_type }) => cell_type === "code");
    expect(code.map(({ execution_count }) => execution_count)).toEqual(code.map((_, i) => i + 1));
    expect(code.flatMap(({ outputs = [] }) => outputs).filter(({ output_type }) => output_type === "error")).toEqual(
      [],
    );
  });

  it("imports what there is", () => {
    expect(importsOf(text(cells, "code"), MODULES)).not.toEqual({});
  });

  it("names commands, options, guides and notebooks that there are", async () => {
    const prose = text(cells, "markdown");
    const commands = [...prose.matchAll(/`smoothcert ([a-z][^`]*)`|^ {4}smoothcert (.*)$/gm)].map(([, a, b]) => a ?? b);
    const problems = await Promise.all(commands.map((command) => problemOf(wordsOf(command))));
    expect(problems.filter((problem) => problem !== undefined)).toEqual([]);
    const links = [...prose.matchAll(/\]\(([\w-]+\.ipynb)\)|`(docs\/[\w-]+\.md)`/g)];
    const missing = links.filter(([, notebook, guide]) => {
      return notebook === undefined ? !readdirSync("docs").includes(guide.slice(5)) : !names.includes(notebook);
    });
    expect(missing.map(([link]) => link)).toEqual([]);
  });
});
