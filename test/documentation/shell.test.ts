import { readFileSync } from "node:fs";
import { mkdtemp, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { program } from "../../cli/command-line.js";
import { folderWithRun, smoothcert } from "../cli/support.js";
import { blocksOf, ownWords, type ShellLine, shellLines, wordsOf } from "./blocks.js";
import { DOCUMENTS, ownLines, reasonNotToRun, shellBlocks } from "./documents.js";
import { parse, problemOf } from "./parse.js";
import { JSON_FILES, NO_COMMANDS, OTHER_PROGRAMS, PARSED_ONLY, RUN_ELSEWHERE } from "./plan.js";
import { type Failure, runBlock } from "./run.js";
import { setScene } from "./scenes.js";

const folder = folderWithRun();
const home = process.cwd();
afterAll(() => process.chdir(home));

const place = ({ document, line, text }: ShellLine): string => `${document}:${line}: ${text}`;

/** The lines that fail to parse, each with the reason. */
async function unparsed(lines: readonly ShellLine[]): Promise<string[]> {
  const problems: string[] = [];
  for (const line of lines) {
    await parse(ownWords(line.text)!).catch((error) => problems.push(`${place(line)}: ${error.message}`));
  }
  return problems;
}

describe("the command lines of the documentation", () => {
  const all = DOCUMENTS.flatMap(shellBlocks).flatMap(shellLines);

  it("are parsed by the commands that they call", async () => {
    const own = DOCUMENTS.flatMap(ownLines);
    expect(own.length).toBeGreaterThan(50);
    expect(await unparsed(own)).toEqual([]);
  });

  it("call smoothcert, or a program that is listed with the reason why it isn't run", () => {
    const strangers = all.filter((line) => ownWords(line.text) === undefined && reasonNotToRun(line) === undefined);
    expect(strangers.map(place)).toEqual([]);
  });

  it("and every entry of the lists is about something that is there", () => {
    const unused = Object.keys({ ...PARSED_ONLY, ...OTHER_PROGRAMS }).filter(
      (start) => !all.some(({ text }) => text.startsWith(start)),
    );
    const gone = Object.entries(NO_COMMANDS).flatMap(([document, starts]) =>
      starts.filter((start) => !blocksOf(document).some(({ text }) => text.startsWith(start))),
    );
    expect([...unused, ...gone]).toEqual([]);
    const elsewhere = Object.entries(RUN_ELSEWHERE);
    const unread = elsewhere.filter(
      ([document, test]) => !readFileSync(test, "utf8").includes(`ownLines("${document}")`),
    );
    expect(unread).toEqual([]);
  });

  it("in running text name commands and options that there are", async () => {
    const problems: string[] = [];
    for (const document of DOCUMENTS) {
      const text = readFileSync(document, "utf8").replaceAll(/\s+/g, " ");
      for (const [, command] of text.matchAll(/`(?:[A-Z_]+=\S+ )?(?:npx )?smoothcert ([a-z][^`]*)`/g)) {
        const problem = await problemOf(wordsOf(command));
        if (problem !== undefined) problems.push(`${document}: ${command}: ${problem}`);
      }
    }
    expect(problems).toEqual([]);
  });
});

describe("the examples in the help of", () => {
  let names: string[][] = [];
  beforeAll(async () => {
    const { commands } = await program(["--help"]);
    names = commands.flatMap((command) =>
      [[], ...command.commands.map((each) => [each.name()])].map((more) => [command.name(), ...more]),
    );
  });

  it("all commands are parsed by them", async () => {
    expect(names.length).toBeGreaterThan(20);
    const lines: ShellLine[] = [];
    for (const name of names) {
      const document = `${name.join(" ")} --help`;
      const { out } = await smoothcert(...name, "--help");
      const [, text = ""] = /\nExamples?:\n([\s\S]*)/.exec(out) ?? [];
      lines.push(...shellLines({ document, line: 1, language: undefined, text: text.replaceAll(/^ {2,4}/gm, "") }));
    }
    expect(lines.length).toBeGreaterThan(60);
    expect(lines.filter(({ text }) => ownWords(text) === undefined).map(place)).toEqual([]);
    expect(await unparsed(lines)).toEqual([]);
  });
});

/** What is run in a folder, and what it said on both streams. */
async function quietly<T>(work: () => Promise<T>): Promise<{ result: T; said: string }> {
  let said = "";
  const keep = (text: unknown): boolean => {
    said += String(text);
    return true;
  };
  const streams = [process.stdout, process.stderr].map((stream) => vi.spyOn(stream, "write").mockImplementation(keep));
  try {
    return { result: await work(), said };
  } finally {
    for (const stream of streams) stream.mockRestore();
  }
}

async function runDocument(document: string): Promise<Failure[]> {
  const failures: Failure[] = [];
  for (const block of shellBlocks(document)) failures.push(...(await runBlock(block)));
  return failures;
}

const run = DOCUMENTS.filter(
  (document) => RUN_ELSEWHERE[document] === undefined && ownLines(document).some((line) => !reasonNotToRun(line)),
);

describe("run in their order, smaller, the command lines work of", () => {
  it.each(run)(
    "%s",
    async (document) => {
      const scene = await mkdtemp(join(folder.path, "scene-"));
      await setScene(document, scene, folder.run);
      const json = blocksOf(document).filter(({ language }) => language === "json");
      const files = JSON_FILES[document] ?? [];
      expect(json.map(({ line }) => line)).toHaveLength(files.length);
      for (const [k, name] of files.entries()) await writeFile(join(scene, name), json[k].text);
      process.chdir(scene);
      const { result, said } = await quietly(() => runDocument(document)).finally(() => process.chdir(home));
      expect(result, said).toEqual([]);
    },
    240_000,
  );
});
