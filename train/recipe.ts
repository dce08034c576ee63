import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { checkJson, readJson } from "../src/files/json.js";
import { packageFile } from "../src/files/package-file.js";
import { FileError, requireThat } from "../src/index.js";
import { givenSettingsSchema } from "./run-folder.js";
import { completeRunSettings, type GivenSettings } from "./run-settings.js";
import { validationByFlag } from "./validation/settings.js";

/**
 * Settings of training runs in files: recipes that come with the package, one's own, and the configurations of runs,
 * which are read the same.
 */

/** The settings that a file asks for; what it leaves out is filled in as for any run. */
export interface Recipe {
  /** As it was asked for: `mnist/maxup`, or a path. */
  readonly name: string;
  /** What it trains, in a few words. */
  readonly title?: string | undefined;
  /** Where its numbers come from. */
  readonly source?: string | undefined;
  readonly settings: GivenSettings;
  /** Set for a run whose learning rate was lowered while it went on: `settings` holds the last one alone. */
  readonly lowered?: true;
}

const recipeSchema = z.object({
  title: z.string().optional(),
  source: z.string().optional(),
  settings: givenSettingsSchema,
  formerRates: z.array(z.unknown()).optional(),
});

/** The folder of the recipes that come with the package. */
function packaged(): string {
  return packageFile("recipes");
}

/** The recipes that come with the package, by name: what each trains. */
export function packagedRecipes(): { readonly name: string; readonly title: string }[] {
  return recipeNames().map((name) => {
    const { title } = JSON.parse(readFileSync(join(packaged(), `${name}.json`), "utf8")) as { title: string };
    return { name, title };
  });
}

function recipeNames(): string[] {
  const files = readdirSync(packaged(), { recursive: true, encoding: "utf8" });
  const recipes = files.filter((file) => file.endsWith(".json"));
  return recipes.map((file) => file.replaceAll("\\", "/").replace(/\.json$/, "")).sort();
}

/**
 * Reads the recipe of this name, or the one at this path: a file, or the folder of a run.
 *
 * @throws ArgumentError if there is neither, naming those that come with the package
 * @throws FileError naming the setting that is missing, out of range or unknown
 */
export async function readRecipe(name: string, where = "train"): Promise<Recipe> {
  const path = pathOf(name, where);
  const { settings, formerRates = [], ...words } = checkJson(recipeSchema, await readJson(path, "a recipe"), path);
  try {
    completeRunSettings(settings);
  } catch (cause) {
    throw new FileError(path, `expected settings of a run: ${(cause as Error).message}`, { cause });
  }
  return { name, ...words, settings, ...(formerRates.length > 0 && { lowered: true }) };
}

function pathOf(name: string, where: string): string {
  const names = recipeNames();
  if (names.includes(name)) return join(packaged(), `${name}.json`);
  const found = statSync(name, { throwIfNoEntry: false });
  const rule = `one of ${names.join(", ")}, a file, or the folder of a run`;
  requireThat(found !== undefined, where, "recipe", rule, name);
  return found.isDirectory() ? join(name, "config.json") : name;
}

/**
 * Settings with others put over them. The options of a method stay where the other settings name the same one, or none;
 * the parts of the preprocessing and of the validation stay where they name others.
 */
export function withSettings(settings: GivenSettings, others: GivenSettings): GivenSettings {
  const { objective, preprocessing, validation } = { ...settings, ...others };
  return {
    ...settings,
    ...others,
    ...(objective && { objective: mergedMethod(settings.objective, objective) }),
    ...(preprocessing && { preprocessing: { ...settings.preprocessing, ...preprocessing } }),
    ...(validation && { validation: { ...settings.validation, ...validation } }),
  };
}

type Method = GivenSettings["objective"];

function mergedMethod(before: Method, asked: NonNullable<Method>): NonNullable<Method> {
  const same = before !== undefined && (asked.name === undefined || asked.name === before.name);
  return same ? { ...before, ...asked } : asked;
}

/** A setting that is put over another one. */
export interface ChangedSetting {
  /** That of its flag, in camel case. */
  readonly name: string;
  /** Undefined where it was left out. */
  readonly before: unknown;
  readonly now: unknown;
}

/** What {@link withSettings} changes. */
export function changedSettings(settings: GivenSettings, others: GivenSettings): ChangedSetting[] {
  const [before, now] = [byFlag(settings), byFlag(others)];
  const names = Object.keys(now).filter((name) => JSON.stringify(now[name]) !== JSON.stringify(before[name]));
  return names.map((name) => ({ name, before: before[name], now: now[name] }));
}

/** The options of the method and the parts of preprocessing and validation stand beside the other settings. */
function byFlag(settings: GivenSettings): Readonly<Record<string, unknown>> {
  const { objective: { name, ...options } = {}, preprocessing, validation, ...others } = settings;
  const method = { ...(name !== undefined && { objective: name }), ...options };
  return { ...others, ...method, ...preprocessing, ...validationByFlag(validation) };
}
