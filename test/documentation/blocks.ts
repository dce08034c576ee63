import { readFileSync } from "node:fs";

/** A block of code in a document: fenced, or indented by four spaces. */
export interface Block {
  readonly document: string;
  /** The number of its first line. */
  readonly line: number;
  /** What stands behind the fence; undefined for an indented block. */
  readonly language: string | undefined;
  readonly text: string;
}

/** A command line of a block of shell commands. */
export interface ShellLine {
  readonly document: string;
  readonly line: number;
  /** As it stands there, on one line, without its comment. */
  readonly text: string;
}

const INDENT = "    ";

/** The blocks of code in a document, by its path from the root of the repository. */
export function blocksOf(document: string): Block[] {
  const lines = readFileSync(new URL(`../../${document}`, import.meta.url), "utf8").split("\n");
  const blocks: Block[] = [];
  for (let i = 0; i < lines.length; i++) {
    const fence = /^```(\w*)$/.exec(lines[i]);
    const indented = lines[i].startsWith(INDENT) && (lines[i - 1] ?? "") === "";
    if (!fence && !indented) continue;
    const start = fence ? i + 1 : i;
    let end = start;
    while (fence ? lines[end] !== "```" : (lines[end] ?? "").startsWith(INDENT)) end++;
    const text = lines.slice(start, end).map((line) => (fence ? line : line.slice(INDENT.length)));
    blocks.push({ document, line: start + 1, language: fence?.[1], text: text.join("\n") });
    i = end;
  }
  return blocks;
}

/** The command lines of a block: continued lines joined, comments left out. */
export function shellLines({ document, line, text }: Block): ShellLine[] {
  const lines: ShellLine[] = [];
  let begun = "";
  let at = line;
  for (const [i, part] of text.split("\n").entries()) {
    if (begun === "") at = line + i;
    begun += part.replace(/(^|\s+)#.*$/, "");
    if (begun.endsWith("\\")) begun = begun.replace(/\s*\\$/, " ").replace(/ +$/, " ");
    else {
      if (begun !== "") lines.push({ document, line: at, text: begun.trim().replaceAll(/ {2,}/g, " ") });
      begun = "";
    }
  }
  return lines;
}

/** The words of a command line, as a shell cuts it, without its wildcards. */
export function wordsOf(text: string): string[] {
  const words = text.match(/(?:"[^"]*"|'[^']*'|[^\s"'])+/g) ?? [];
  return words.map((word) => word.replaceAll(/"([^"]*)"|'([^']*)'/g, "$1$2"));
}

/** The words behind `smoothcert` of a command line that calls it, up to a `>`; undefined of another program's. */
export function ownWords(text: string): string[] | undefined {
  const words = wordsOf(text);
  const first = words.findIndex((word) => !/^[A-Z_]+=/.test(word) && word !== "npx");
  const end = words.indexOf(">");
  return words[first] === "smoothcert" ? words.slice(first + 1, end < 0 ? undefined : end) : undefined;
}
