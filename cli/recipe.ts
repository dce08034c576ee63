import { show } from "../src/index.js";
import {
  type ChangedSetting,
  changedSettings,
  type GivenSettings,
  packagedRecipes,
  readRecipe,
  withSettings,
} from "../train/index.js";
import { note, warn } from "./print.js";

/** Recipes on the command line: settings of a training run from a file. */

/** Lines of help: every recipe that comes with the package, what it trains. */
export function recipeHelp(): string {
  const recipes = packagedRecipes();
  const width = Math.max(...recipes.map(({ name }) => name.length));
  return recipes.map(({ name, title }) => `  ${name.padEnd(width)}  ${title}`).join("\n");
}

/**
 * The settings of the recipe with those given on the command line put over them; says which these change.
 *
 * @param name as `--recipe` has it; without one, the settings given are all
 */
export async function settingsFrom(name: string | undefined, given: GivenSettings): Promise<GivenSettings> {
  if (name === undefined) return given;
  const { title, source, settings, lowered } = await readRecipe(name);
  note(`Recipe ${name}${title === undefined ? "" : `: ${title}`}`);
  if (source !== undefined) note(`  source: ${source}`);
  const changes = changedSettings(settings, given);
  if (changes.length > 0) note(`  changed: ${changes.map(changeText).join(", ")}`);
  const merged = withSettings(settings, given);
  if (lowered) warn(`the learning rate of that run was lowered on the way; here it is ${merged.lr} from the start`);
  return merged;
}

function changeText({ name, before, now }: ChangedSetting): string {
  return `${name} ${word(now)} (recipe: ${before === undefined ? "left open" : word(before)})`;
}

function word(value: unknown): string {
  return typeof value === "string" ? value : show(value);
}
