import { readdirSync } from "node:fs";
import { type Block, blocksOf, ownWords, type ShellLine, shellLines } from "./blocks.js";
import { BESIDE_DOCS, NO_COMMANDS, OTHER_PROGRAMS, PARSED_ONLY } from "./plan.js";

/** All documents, by their paths from the root of the repository. */
export const DOCUMENTS: readonly string[] = [
  ...BESIDE_DOCS,
  ...readdirSync(new URL("../../docs/", import.meta.url))
    .filter((name) => name.endsWith(".md"))
    .map((name) => `docs/${name}`),
];

/** The blocks of a document whose lines are typed into a shell: those indented, but for what the plan excepts. */
export function shellBlocks(document: string): Block[] {
  const excepted = NO_COMMANDS[document] ?? [];
  return blocksOf(document).filter(
    ({ language, text }) =>
      (language === undefined && !excepted.some((start) => text.startsWith(start))) ||
      /^(sh|bash)$/.test(language ?? ""),
  );
}

/** The command lines of a document that call smoothcert. */
export function ownLines(document: string): ShellLine[] {
  return shellBlocks(document)
    .flatMap(shellLines)
    .filter(({ text }) => ownWords(text) !== undefined);
}

/** The reason why a command line is not run; undefined for one that is. */
export function reasonNotToRun({ text }: ShellLine): string | undefined {
  const listed = ownWords(text) ? PARSED_ONLY : OTHER_PROGRAMS;
  return Object.entries(listed).find(([start]) => text.startsWith(start))?.[1];
}
