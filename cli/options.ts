import { ArgumentError, type ImageShape, requireThat, show } from "../src/index.js";
import { ALLOWED, evaluate } from "./expression.js";

/**
 * What commands share in reading their arguments. Numbers may be written as expressions, e.g. `--sigma 8/255`.
 */

/**
 * The value of a number or an arithmetic expression such as `8/255`, `sqrt(2)` or `1e5`.
 *
 * @throws ArgumentError naming the argument, its text and what is wrong with it if that is no finite number
 */
export function parseNumber(text: string, argument: string): number {
  const plain = text.trim() === "" ? Number.NaN : Number(text);
  if (Number.isFinite(plain)) return plain;
  const { value, problem } = evaluated(text);
  if (Number.isFinite(value)) return value;
  const rule = `${argument} must be a number or an expression such as 8/255`;
  throw new ArgumentError(`${rule}, got ${show(text)}: ${problem}. Allowed are ${ALLOWED}`, argument, text);
}

/** The value of an expression, not a number where `problem` says that it has none. */
function evaluated(text: string): { readonly value: number; readonly problem: string } {
  try {
    const value = evaluate(text);
    return { value, problem: `its value is ${value}` };
  } catch (error) {
    return { value: Number.NaN, problem: (error as Error).message };
  }
}

/** Numbers separated by commas: `0,0.25,8/255`. @throws ArgumentError as {@link parseNumber} does */
export function parseNumberList(text: string, argument: string): number[] {
  return text.split(",").map((part) => parseNumber(part, argument));
}

/** An integer in [min, max]; `1e5` and `2^10` count. @throws ArgumentError naming the argument and its text */
export function parseInteger(
  text: string,
  argument: string,
  min: number,
  max: number = Number.MAX_SAFE_INTEGER,
): number {
  const value = parseNumber(text, argument);
  if (Number.isInteger(value) && min <= value && value <= max) return value;
  const rule = max === Number.MAX_SAFE_INTEGER ? `an integer of at least ${min}` : `an integer in [${min}, ${max}]`;
  throw new ArgumentError(`${argument} must be ${rule}, got ${show(text)}`, argument, text);
}

/** A commander option parser for {@link parseNumber}: `.option("--sigma <s>", "...", number("--sigma"))`. */
export function number(argument: string): (text: string) => number {
  return (text) => parseNumber(text, argument);
}

/** A commander option parser for {@link parseNumberList}. */
export function numberList(argument: string): (text: string) => number[] {
  return (text) => parseNumberList(text, argument);
}

/** @throws ArgumentError unless the radii of an option are all at least 0 */
export function requireRadii(command: string, radii: readonly number[] | undefined, option = "--radii"): void {
  const wrong = radii?.find((radius) => radius < 0);
  requireThat(wrong === undefined, command, option, "radii of at least 0", wrong);
}

/** A commander option parser for {@link parseInteger}. */
export function integer(argument: string, min: number, max?: number): (text: string) => number {
  return (text) => parseInteger(text, argument, min, max);
}

/** A commander option parser that knows what shells may complete a value to: some names, or those of files. */
export type CompletedParser<T> = ((text: string) => T) & { readonly completedBy: readonly string[] | "files" };

/** A commander option parser for the name of a file or folder that is written. */
export function outputName(argument: string): CompletedParser<string> {
  const parse = (text: string): string => {
    if (text !== "") return text;
    throw new ArgumentError(`${argument} must be the name of a file or folder, got ""`, argument, text);
  };
  return Object.assign(parse, { completedBy: "files" } as const);
}

/** A commander option parser that accepts one of the names given. */
export function oneOf<const T extends string>(argument: string, names: readonly T[]): CompletedParser<T> {
  const parse = (text: string): T => {
    const found = names.find((name) => name === text);
    if (found !== undefined) return found;
    throw new ArgumentError(`${argument} must be one of ${names.join(", ")}, got ${show(text)}`, argument, text);
  };
  return Object.assign(parse, { completedBy: names });
}

/** A commander option parser for height, width and channels: `28x28x1`. */
export function imageSize(argument: string): (text: string) => ImageShape {
  return (text) => {
    const [, height, width, channels] = /^(\d{1,5})x(\d{1,5})x([13])$/.exec(text) ?? [];
    if (Number(height) > 0 && Number(width) > 0) return [Number(height), Number(width), Number(channels)];
    const rule = "HEIGHTxWIDTHxCHANNELS with 1 or 3 channels, such as 28x28x1";
    throw new ArgumentError(`${argument} must be ${rule}, got ${show(text)}`, argument, text);
  };
}
