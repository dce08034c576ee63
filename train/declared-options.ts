import { z } from "zod";
import { ArgumentError, show } from "../src/index.js";

/** What has options that a zod object declares: a training method, a transform. */
export interface Declaration {
  /** Each a number, an integer, a boolean or one of some words, with its range and description. */
  readonly options: z.ZodObject;
}

export type OptionValue = number | string | boolean;

/** An option, as its flag and its help tell it. */
export interface DeclaredOption {
  /** In camel case. */
  readonly name: string;
  readonly kind: "integer" | "number" | "boolean" | "word";
  readonly description: string;
  /** What it must be, e.g. `an integer of at least 1`. */
  readonly rule: string;
  /** Undefined where leaving it out means something of its own. */
  readonly default: OptionValue | undefined;
  /** What the flag means without a value; undefined where it needs one. */
  readonly preset: OptionValue | undefined;
}

/** What the schema says of each of the options. */
export function optionsOf({ options }: Declaration): DeclaredOption[] {
  const { properties = {} } = z.toJSONSchema(options, { io: "input" }) as { properties?: Record<string, JsonOption> };
  return Object.entries(properties).map(([name, option]) => ({
    name,
    kind: option.enum !== undefined || option.type === "string" ? "word" : option.type,
    description: option.description ?? "",
    rule: ruleOf(option),
    default: option.default,
    preset: option.preset,
  }));
}

/**
 * The options with their defaults where they are missing.
 *
 * @param owner whose they are, for the message: `objective maxup`
 * @throws ArgumentError naming the first option that is out of range, its rule and its value
 */
export function completeOptions(
  declaration: Declaration,
  given: Readonly<Record<string, unknown>>,
  owner: string,
  where: string,
): Record<string, OptionValue> {
  const parsed = declaration.options.safeParse(given);
  if (parsed.success) return parsed.data as Record<string, OptionValue>;
  const [option] = parsed.error.issues[0].path as string[];
  const rule = optionsOf(declaration).find(({ name }) => name === option)?.rule;
  const value = given[option];
  throw new ArgumentError(`${where}: ${option} (of ${owner}) must be ${rule}, got ${show(value)}`, option, value);
}

/** What zod's JSON schema says of an option. */
interface JsonOption {
  readonly type: "integer" | "number" | "boolean" | "string";
  readonly enum?: readonly string[];
  readonly description?: string;
  readonly default?: OptionValue;
  readonly preset?: OptionValue;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly exclusiveMaximum?: number;
}

function ruleOf(option: JsonOption): string {
  if (option.enum !== undefined) return `one of ${option.enum.join(", ")}`;
  if (option.type === "boolean") return "true or false";
  const noun = option.type === "integer" ? "an integer" : "a number";
  const { minimum, exclusiveMinimum, exclusiveMaximum } = option;
  // Integers are limited to those that a number holds exactly, which goes without saying.
  const maximum = option.maximum === Number.MAX_SAFE_INTEGER ? undefined : option.maximum;
  const [low, high] = [minimum ?? exclusiveMinimum, maximum ?? exclusiveMaximum];
  if (low !== undefined && high !== undefined) {
    return `${noun} in ${minimum === undefined ? "(" : "["}${low}, ${high}${maximum === undefined ? ")" : "]"}`;
  }
  if (low !== undefined) return `${noun} ${minimum === undefined ? "greater than" : "of at least"} ${low}`;
  if (high !== undefined) return `${noun} ${maximum === undefined ? "less than" : "of at most"} ${high}`;
  return noun;
}
