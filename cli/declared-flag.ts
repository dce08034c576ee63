import { ArgumentError, show } from "../src/index.js";
import type { DeclaredOption, OptionValue } from "../train/index.js";
import { parseNumber } from "./options.js";

/** How an option that a schema declares is asked for on the command line. */

/** The flag's name: `--lr-step` for `lrStep`. */
export function flagName(option: string): string {
  return `--${option.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}

/** The option's value from its flag's text. @throws ArgumentError naming the flag where it is no such value */
export function parseOption({ kind, rule, name }: DeclaredOption, text: string): OptionValue {
  if (kind === "word") return text;
  const flag = flagName(name);
  const value = parseNumber(text, flag);
  if (kind === "number" || Number.isInteger(value)) return value;
  throw new ArgumentError(`${flag} must be ${rule}, got ${show(text)}`, flag, text);
}
