import { readdirSync } from "node:fs";
import { runCommandLine } from "../../cli/command-line.js";
import { type Block, ownWords, type ShellLine, shellLines } from "./blocks.js";
import { reasonNotToRun } from "./documents.js";
import { EXIT_CODES, SMALLER } from "./plan.js";

/** A command line that ended with another exit code than that of a command that works. */
export interface Failure {
  readonly line: ShellLine;
  readonly ran: string;
  readonly code: number;
}

/**
 * Runs the lines of a block in this process and in the current folder, smaller than they stand there. A worker runs
 * beside the lines that follow it.
 */
export async function runBlock(block: Block): Promise<Failure[]> {
  const failures: Failure[] = [];
  const beside: Promise<void>[] = [];
  for (const line of shellLines(block)) {
    const words = ownWords(line.text);
    if (words === undefined || reasonNotToRun(line) !== undefined) continue;
    const smaller = small(words.flatMap(expanded).map(local));
    const ended = runCommandLine(smaller).then((code) => {
      const good = EXIT_CODES[words[0]] ?? [0];
      if (!good.includes(code)) failures.push({ line, ran: smaller.join(" "), code });
    });
    if (words[0] === "worker") beside.push(ended);
    else await ended;
  }
  await Promise.all(beside);
  return failures;
}

function small(words: readonly string[]): string[] {
  const text = words.join(" ");
  return [...words, ...SMALLER.filter(([form]) => form.test(text)).flatMap(([, more]) => more.split(" "))];
}

/** The folder that machines share lies in the current one. */
function local(word: string): string {
  return word.replaceAll(/(^|:)\/shared\b/g, `$1${process.cwd()}/shared`);
}

/** What a shell makes of a word with asterisks in the last part of a path. */
function expanded(word: string): string[] {
  const [, parent, name] = /^(.*\/|)([^/]*\*[^/]*)$/.exec(word) ?? [];
  if (name === undefined) return [word];
  const pattern = new RegExp(`^${name.replaceAll(".", "\\.").replaceAll("*", ".*")}$`);
  return readdirSync(parent || ".")
    .filter((each) => pattern.test(each))
    .map((each) => `${parent}${each}`);
}
