import type { Command } from "commander";
import { policySchema, requirementSchema } from "../certify/gate/policy.js";
import { program } from "../cli/command-line.js";
import { flagName } from "../cli/declared-flag.js";
import { sweepSchema } from "../cli/sweep-file.js";
import { givenSettingsSchema, METHODS, optionsOf, packagedRecipes, readRecipe, TRANSFORMS } from "../train/index.js";
import { block, code, page, plain, sentence, table } from "./markdown.js";
import type { GeneratedPage } from "./page.js";
import { type Described, fieldTable, type JsonSchema, jsonSchema } from "./schema-table.js";

/** The reference of the files that users write: recipes, sweeps and policies, from their schemas. */

export async function settingsPages(): Promise<GeneratedPage[]> {
  const { commands } = await program([]);
  const named = (name: string): Command => commands.find((command) => command.name() === name)!;
  return [recipeFields(named("train")), sweepFields(named("certify")), policyFields(), await packagedPage()];
}

/** What a command's help says of the option that has the name of a setting. */
function helpOf(command: Command): (setting: string) => Described | undefined {
  return (setting) => {
    const option = command.options.find(({ long }) => long === (FLAGS[setting] ?? flagName(setting)));
    if (option === undefined) return undefined;
    const { description, defaultValue, defaultValueDescription = defaultValue } = option;
    // Some descriptions end with the default, since the option is left out of the settings where it isn't given.
    const [, text, stated] = /^(.*?)(?: \(default: ([^()]*)\))?$/s.exec(description)!;
    return { text, default: String(defaultValueDescription ?? stated ?? "") };
  };
}

/** Settings that are objects. */
const PARTS: Readonly<Record<string, Described>> = {
  preprocessing: { text: "what the model does to pixels first: see below" },
  validation: { text: "how the run is validated: see below", default: "not" },
};

/** Flags that are named otherwise than their settings. */
const FLAGS: Readonly<Record<string, string>> = { images: "--validate", every: "--validate-every" };

function recipeFields(train: Command): GeneratedPage {
  const { properties = {} } = jsonSchema(givenSettingsSchema);
  const help = helpOf(train);
  const described = (name: string): Described | undefined => PARTS[name] ?? help(name);
  const validation = (name: string): Described | undefined =>
    help(name) ?? help(`validate${name[0].toUpperCase()}${name.slice(1)}`);
  return {
    path: "reference/recipes.md",
    text: page(
      "# Fields of a recipe",
      "A recipe ([recipes](../docs/recipes.md)) is an object with `title`, `source` and `settings`. These are the\n" +
        "fields of `settings`, which are those of a run's `config.json` too. One that is left out has the default\n" +
        "that `train` has.",
      fieldTable({ properties }, described),
      "## preprocessing",
      fieldTable(properties.preprocessing, help),
      "## validation",
      fieldTable(properties.validation, validation),
      "## objective",
      "The method's `name`, and its options:",
      ...METHODS.flatMap((method) => [`### ${method.name}`, sentence(method.description), optionTable(method)]),
      "## Transforms",
      "What `augment` lists: a transform's name, and its options after colons.",
      ...TRANSFORMS.flatMap((transform) => [
        `### ${transform.name}`,
        sentence(transform.description),
        optionTable(transform),
      ]),
    ),
  };
}

function optionTable(declaration: Parameters<typeof optionsOf>[0]): string {
  const rows = optionsOf(declaration).map(({ name, description, rule, ...option }) => [
    code(name),
    plain(description),
    plain(rule),
    option.default === undefined ? "" : code(String(option.default)),
  ]);
  return rows.length === 0 ? "No options." : table(["option", "what it is", "value", "default"], rows);
}

function sweepFields(certify: Command): GeneratedPage {
  const schema = jsonSchema(sweepSchema);
  return {
    path: "reference/sweeps.md",
    text: page(
      "# Fields of a sweep",
      "The file of `smoothcert sweep` ([sweeps](../docs/recipes.md#sweeps)). `settings` has the\n" +
        "[fields of a recipe](recipes.md).",
      fieldTable(schema),
      "## certify",
      fieldTable(schema.properties!.certify, helpOf(certify)),
    ),
  };
}

function policyFields(): GeneratedPage {
  const kinds = jsonSchema(requirementSchema).oneOf ?? [];
  return {
    path: "reference/policies.md",
    text: page(
      "# Fields of a policy",
      "The policy of `smoothcert gate` ([the gate](../docs/report.md#the-gate) says what its verdict claims).",
      fieldTable(jsonSchema(policySchema)),
      "A requirement is one of these, told by its `kind`:",
      ...kinds.flatMap((kind) => [`## ${kindOf(kind)}`, fieldTable(kind)]),
    ),
  };
}

function kindOf({ properties = {} }: JsonSchema): string {
  return String(properties.kind.const);
}

async function packagedPage(): Promise<GeneratedPage> {
  const parts: string[] = [];
  for (const { name } of packagedRecipes()) {
    const { title = "", source = "", settings } = await readRecipe(name);
    parts.push(`## ${name}`, sentence(title), `Source: ${plain(source)}`);
    parts.push(block(JSON.stringify(settings, null, 2), "json"));
  }
  const text = page(
    "# Recipes of the package",
    "For `train --recipe NAME`; see [recipes](../docs/recipes.md).",
    ...parts,
  );
  return { path: "reference/packaged-recipes.md", text };
}
