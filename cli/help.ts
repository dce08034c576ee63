import type { Option } from "commander";

/** How the help of all commands is written. */

/** An option's description with its default as it is typed: commander itself would put words in quotes. */
export function optionDescription({
  description,
  defaultValue,
  defaultValueDescription,
  presetArg,
  required,
  optional,
}: Option): string {
  const takesValue = required || optional;
  const notes = [
    ...(takesValue && defaultValue !== undefined ? [`default: ${defaultValueDescription ?? defaultValue}`] : []),
    ...(optional && presetArg !== undefined ? [`without a value: ${presetArg}`] : []),
  ];
  return notes.length === 0 ? description : `${description} (${notes.join(", ")})`;
}
