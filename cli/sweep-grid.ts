import { z } from "zod";
import { ArgumentError, show } from "../src/index.js";
import {
  completeRunSettings,
  DEFAULT_METHOD,
  findMethod,
  type GivenSettings,
  givenSettingsSchema,
  METHODS,
  type MethodSettings,
  optionsOf,
  type RunSettings,
  withSettings,
} from "../train/index.js";

/** The models of a sweep: one for each combination of the values that its grid lists. */

/** Lists of values by the name of the setting or of the method's option. */
export type Grid = Readonly<Record<string, readonly Value[]>>;

type Value = number | string | boolean;

/** A model that is to be trained and certified. */
export interface SweepModel {
  /** Of its run folder: `maxup_sigma0.25_copies4`. */
  readonly name: string;
  readonly settings: RunSettings;
  /** What the grid says of it. */
  readonly values: Readonly<Record<string, Value>>;
}

export const gridSchema: z.ZodType<Grid> = z
  .record(z.string(), z.array(z.union([z.number(), z.string(), z.boolean()])).min(1, "at least one value"), {
    error: ({ input }) => (input === undefined ? 'must be given, e.g. { "seed": [0, 1, 2] }' : undefined),
  })
  .refine((grid) => Object.keys(grid).length > 0, "at least one setting with a list of its values");

/** The names of all options that methods have. */
const OPTIONS: ReadonlySet<string> = new Set(METHODS.flatMap((method) => optionsOf(method).map(({ name }) => name)));

/**
 * Every combination of the grid's values over the settings, the last list changing fastest. A method's option counts
 * for the methods that have it; combinations that differ in nothing else are one model.
 *
 * @throws ArgumentError naming the list, or the model, whose settings are wrong
 */
export function sweepModels(base: GivenSettings, grid: Grid): readonly SweepModel[] {
  for (const [name, values] of Object.entries(grid)) for (const value of values) requireSetting(name, value);
  const models = combinations(Object.entries(grid)).map((values) => modelOf(base, values, grid));
  const unused = Object.keys(grid).find((name) => models.every(({ values }) => values[name] === undefined));
  if (unused !== undefined) throw wrong(`grid.${unused}`, "an option of one of the methods", grid[unused]);
  return [...new Map(models.map((model) => [model.name, model])).values()];
}

/** What an option takes is checked with its method; a setting can be checked by itself. */
function requireSetting(name: string, value: Value): void {
  if (OPTIONS.has(name)) return;
  const setting = name === "objective" ? { name: value } : value;
  const parsed = givenSettingsSchema.safeParse({ [name]: setting });
  if (parsed.success) return;
  const [{ code, message }] = parsed.error.issues;
  if (code === "unrecognized_keys") throw wrong("grid", "lists for settings of a run or options of a method", name);
  throw new ArgumentError(`grid.${name}: ${message}, got ${show(value)}`, name, value);
}

function wrong(argument: string, rule: string, value: unknown): ArgumentError {
  return new ArgumentError(`${argument} must be ${rule}, got ${show(value)}`, argument, value);
}

function combinations(lists: [string, readonly Value[]][]): Record<string, Value>[] {
  return lists.reduce<Record<string, Value>[]>(
    (found, [name, values]) => found.flatMap((each) => values.map((value) => ({ ...each, [name]: value }))),
    [{}],
  );
}

function modelOf(base: GivenSettings, all: Record<string, Value>, grid: Grid): SweepModel {
  const { objective, ...others } = all;
  const method = String(objective ?? base.objective?.name ?? DEFAULT_METHOD);
  const own = new Set(optionsOf(findMethod(method, "grid")).map(({ name }) => name));
  const applies = ([name]: [string, Value]): boolean => !OPTIONS.has(name) || own.has(name);
  const values = Object.fromEntries(Object.entries(all).filter(applies));
  const isOption = ([name]: [string, Value]): boolean => own.has(name);
  const options = Object.fromEntries(Object.entries(others).filter(isOption));
  const settings = Object.fromEntries(Object.entries(others).filter(([name]) => !OPTIONS.has(name)));
  const name = Object.entries(values)
    .map(([setting, value]) => (setting === "objective" ? method : `${setting}${wordOf(value, grid[setting])}`))
    .join("_");
  const asked = { ...settings, objective: { name: method, ...options } as MethodSettings };
  return { name, settings: completed(name, withSettings(base, asked)), values };
}

/** A value in the name of a folder; its place in the list where it holds what names don't. */
function wordOf(value: Value, list: readonly Value[]): string {
  const text = String(value);
  return /^[\w.+-]{1,40}$/.test(text) ? text : `-${list.indexOf(value) + 1}`;
}

function completed(name: string, settings: GivenSettings): RunSettings {
  try {
    return completeRunSettings(settings);
  } catch (cause) {
    if (!(cause instanceof ArgumentError)) throw cause;
    throw new ArgumentError(`model ${name}: ${cause.message}`, cause.argument, cause.value);
  }
}
