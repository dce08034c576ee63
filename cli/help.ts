import type { Command, Help, Option } from "commander";

/** How the help of all commands is written: words without quotes, and commands by their names alone. */
export const HELP_STYLE: Partial<Help> = { optionDescription, subcommandTerm: (command: Command) => command.name() };

/** The width of a terminal, but not so wide that lines are hard to read; that of most terminals where there is none. */
export function helpWidth({ columns = 80 }: { readonly columns?: number }): number {
  return Math.min(columns, 100);
}

/** An option's description with its default as it is typed; commander itself puts words in quotes. */
function optionDescription(option: Option): string {
  const { description, defaultValue, defaultValueDescription, presetArg, required, optional } = option;
  const takesValue = required || optional;
  const notes = [
    ...(takesValue && defaultValue !== undefined ? [`default: ${defaultValueDescription ?? defaultValue}`] : []),
    ...(optional && presetArg !== undefined ? [`without a value: ${presetArg}`] : []),
  ];
  return notes.length === 0 ? description : `${description} (${notes.join(", ")})`;
}
