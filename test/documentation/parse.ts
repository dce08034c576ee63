import type { Command } from "commander";
import { program } from "../../cli/command-line.js";

/** Parses the words behind `smoothcert` as the command does, without doing anything. Throws what commander throws. */
export async function parse(words: readonly string[]): Promise<void> {
  const main = await program(words);
  main.commands.forEach(disarm);
  await main.parseAsync(words, { from: "user" });
}

function disarm(command: Command): void {
  command.action(() => {});
  command.commands.forEach(disarm);
}

/** What is wrong with words that name a command and some of its options, as prose does; undefined if nothing is. */
export async function problemOf([first, ...rest]: readonly string[]): Promise<string | undefined> {
  let command = (await program([first])).commands.find((each) => each.name() === first);
  if (command === undefined) return `no command ${first}`;
  command = command.commands.find((each) => each.name() === rest[0]) ?? command;
  const known = new Set(["--help", ...command.options.flatMap(({ long, short }) => [long, short])]);
  const unknown = rest.filter((word) => word.startsWith("-") && !known.has(word));
  return unknown.length === 0 ? undefined : `${command.name()} has no ${unknown.join(", ")}`;
}
