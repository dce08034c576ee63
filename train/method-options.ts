import { z } from "zod";
import { ArgumentError, requireThat, show } from "../src/index.js";
import type { Method } from "./method.js";
import { METHODS } from "./methods/index.js";
import type { Objective } from "./objective.js";

/** A method by name, with its options; those that are left out have their defaults. */
export interface MethodSettings {
  readonly name: string;
  readonly [option: string]: OptionValue | undefined;
}

export type OptionValue = number | string | boolean;

/** An option of a method, as its flag and its help tell it. */
export interface MethodOption {
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

/** @throws ArgumentError if there is no method of that name */
export function findMethod(name: string, where = "train"): Method {
  const found = METHODS.find((method) => method.name === name);
  const names = METHODS.map((method) => method.name).join(", ");
  requireThat(found !== undefined, where, "objective", `one of ${names}`, name);
  return found;
}

/** What a method's schema says of each of its options. */
export function optionsOf({ options }: Method): MethodOption[] {
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
 * Settings with the options that are missing filled in by the method's defaults.
 *
 * @throws ArgumentError for an unknown method, an option that it doesn't have, or one that is out of range
 */
export function completeMethod(given: MethodSettings, where = "train"): MethodSettings {
  const { name, ...asked } = given;
  const method = findMethod(name, where);
  const known = optionsOf(method);
  for (const [option, value] of Object.entries(asked)) {
    if (known.some((each) => each.name === option) || value === undefined) continue;
    const has = known.length === 0 ? "none" : known.map((each) => each.name).join(", ");
    requireThat(false, where, option, `left out with objective ${name}, whose options are: ${has}`, value);
  }
  const parsed = method.options.safeParse(asked);
  if (parsed.success) return { name, ...(parsed.data as Record<string, OptionValue>) };
  const [option] = parsed.error.issues[0].path as string[];
  const rule = known.find((each) => each.name === option)?.rule;
  const value = asked[option];
  throw new ArgumentError(
    `${where}: ${option} (of objective ${name}) must be ${rule}, got ${show(value)}`,
    option,
    value,
  );
}

/** @throws ArgumentError as {@link completeMethod} does, or if options contradict each other */
export function createObjective(settings: MethodSettings, where = "train"): Objective {
  const { name, ...options } = completeMethod(settings, where);
  return findMethod(name, where).create(options as never);
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
