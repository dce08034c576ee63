import { type Command, Option } from "commander";
import {
  type DeclaredOption,
  METHODS,
  type MethodSettings,
  type OptionValue,
  optionsOf,
  TRANSFORMS,
  usageOf,
} from "../train/index.js";
import { flagName, parseOption } from "./declared-flag.js";

/**
 * How training methods are asked for on the command line: their names, and a flag for each option that one has. And how
 * transforms are.
 */

/** An option, and the method that has it. */
interface Use {
  readonly method: string;
  readonly option: DeclaredOption;
}

/** The options of all methods by name. */
const OPTIONS: ReadonlyMap<string, readonly Use[]> = usesByName();

function usesByName(): Map<string, Use[]> {
  const uses = METHODS.flatMap((method) => optionsOf(method).map((option) => ({ method: method.name, option })));
  const names = new Set(uses.map(({ option }) => option.name));
  return new Map([...names].map((name) => [name, uses.filter(({ option }) => option.name === name)]));
}

/** Adds a flag for each option of a method, in a group for the methods that have it. */
export function withMethodFlags(command: Command): Command {
  for (const users of OPTIONS.values()) command.addOption(flagOf(users));
  return command;
}

/** Lines of help: every method, what it minimises. */
export function methodHelp(): string {
  return twoColumns(METHODS.map(({ name, description }) => [name, description]));
}

/** Lines of help: every transform as it is written, what it does. */
export function transformHelp(): string {
  return twoColumns(TRANSFORMS.map((transform) => [usageOf(transform), transform.description]));
}

function twoColumns(rows: readonly (readonly [string, string])[]): string {
  const width = Math.max(...rows.map(([left]) => left.length));
  return rows.map(([left, right]) => `  ${left.padEnd(width)}  ${right}`).join("\n");
}

/** Flags apart into the method that they ask for, undefined if none does, and the others. */
export function splitMethodFlags<T extends { readonly objective?: string }>(
  flags: T,
): { method: Partial<MethodSettings> | undefined; others: Omit<T, "objective"> } {
  const { objective, ...rest } = flags;
  const isOption = ([name]: [string, unknown]): boolean => OPTIONS.has(name);
  const entries = Object.entries(rest);
  const options = Object.fromEntries(entries.filter(isOption)) as Record<string, OptionValue>;
  const others = Object.fromEntries(entries.filter((entry) => !isOption(entry))) as Omit<T, "objective">;
  const method = { ...(objective !== undefined && { name: objective }), ...options };
  return { method: Object.keys(method).length === 0 ? undefined : method, others };
}

/** A method with its options, as it is announced: `maxup (copies 4)`. */
export function methodText({ name, ...options }: MethodSettings): string {
  const list = Object.entries(options).map(([option, value]) => `${option} ${value}`);
  return list.length === 0 ? name : `${name} (${list.join(", ")})`;
}

function flagOf(users: readonly Use[]): Option {
  const [{ option }] = users;
  const value = option.kind === "boolean" ? "" : option.preset === undefined ? " <x>" : " [x]";
  const methods = users.map(({ method }) => method).join(", ");
  const words = option.kind === "word" ? `: ${option.rule}` : "";
  const help = `${option.description}${words}${defaultText(users)}`;
  const flag = new Option(`${flagName(option.name)}${value}`, help).helpGroup(`Options of ${methods}:`);
  if (option.kind === "boolean") return flag;
  flag.argParser((text: string) => parseOption(option, text));
  return option.preset === undefined ? flag : flag.preset(String(option.preset));
}

/** The default, and which methods have another one: ` (default: 4; consistency 2; macer 16)`. */
function defaultText(users: readonly Use[]): string {
  const [{ option }] = users;
  if (option.default === undefined) return "";
  const others = users.filter((use) => use.option.default !== option.default);
  const each = others.map((use) => `; ${use.method} ${use.option.default}`).join("");
  return ` (default: ${option.default}${each})`;
}
