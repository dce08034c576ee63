import type { Argument, Command, Option } from "commander";
import type { CompletedParser } from "./options.js";

/** What may follow an option or stand for an argument: one of some names, a file, or a word that a shell can't know. */
export type Value = readonly string[] | "files" | "word";

export interface CompletedOption {
  /** As they are typed: `--help`, `-h`. */
  readonly flags: readonly string[];
  readonly description: string;
  /** Undefined for an option without a value. */
  readonly value: Value | undefined;
  /** Whether it may stand without its value. */
  readonly optional: boolean;
}

/** A command as shells complete it. */
export interface CompletedCommand {
  /** The words that call it, behind `smoothcert`: none for the program itself. */
  readonly path: readonly string[];
  readonly description: string;
  readonly options: readonly CompletedOption[];
  /** What its arguments are: the last one stands for all that follow. */
  readonly arguments: readonly Value[];
  /** The names of the commands below it. */
  readonly commands: readonly string[];
}

/** The program and all commands below it, a command before those below. */
export function completedCommands(program: Command): CompletedCommand[] {
  return completed(program, [], []);
}

/** @param beside the names of the commands beside it, which `help` takes */
function completed(program: Command, path: readonly string[], beside: readonly string[]): CompletedCommand[] {
  const help = program.createHelp();
  const below = help.visibleCommands(program);
  const commands = below.map((command) => command.name());
  const own: CompletedCommand = {
    path,
    description: program.description(),
    options: help.visibleOptions(program).map(completedOption),
    arguments: program.name() === "help" ? [beside] : program.registeredArguments.map(valueFor),
    commands,
  };
  return [own, ...below.flatMap((command) => completed(command, [...path, command.name()], commands))];
}

function completedOption(option: Option): CompletedOption {
  const { long, short, description, required, optional } = option;
  const flags = [long, short].filter((flag) => flag !== undefined && flag !== null);
  return { flags, description, value: required || optional ? valueFor(option) : undefined, optional };
}

/** Where nothing parses a value, it is nearly always a file. */
function valueFor({ parseArg }: Option | Argument): Value {
  if (parseArg === undefined) return "files";
  return (parseArg as Partial<CompletedParser<unknown>>).completedBy ?? "word";
}
