import { requireThat } from "../src/index.js";
import { completeOptions, type OptionValue, optionsOf } from "./declared-options.js";
import type { Method } from "./method.js";
import { METHODS } from "./methods/index.js";
import type { Objective } from "./objective.js";

/** A method by name, with its options; those that are left out have their defaults. */
export interface MethodSettings {
  readonly name: string;
  readonly [option: string]: OptionValue | undefined;
}

/** @throws ArgumentError if there is no method of that name */
export function findMethod(name: string, where = "train"): Method {
  const found = METHODS.find((method) => method.name === name);
  const names = METHODS.map((method) => method.name).join(", ");
  requireThat(found !== undefined, where, "objective", `one of ${names}`, name);
  return found;
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
  return { name, ...completeOptions(method, asked, `objective ${name}`, where) };
}

/**
 * About how much a step of a method costs, in plain steps; see {@link Method.cost}.
 *
 * @throws ArgumentError as {@link completeMethod} does
 */
export function methodCost(settings: MethodSettings, where = "train"): number {
  const { name, ...options } = completeMethod(settings, where);
  return findMethod(name, where).cost(options as never);
}

/** @throws ArgumentError as {@link completeMethod} does, or if options contradict each other */
export function createObjective(settings: MethodSettings, where = "train"): Objective {
  const { name, ...options } = completeMethod(settings, where);
  return findMethod(name, where).create(options as never);
}
