import { type Command, Option } from "commander";
import { ArgumentError } from "../src/index.js";
import type { GivenSettings, Metric, ValidationSettings } from "../train/index.js";
import { integer, numberList, parseNumber } from "./options.js";

const IMAGES = "200";

/** How validation while training is asked for on the command line. */
export interface ValidationFlags {
  readonly validate?: number;
  readonly validateEvery?: number;
  readonly validateSamples?: number;
  readonly validateRadii?: number[];
  readonly best?: Metric;
}

export function withValidationFlags(command: Command): Command {
  return command
    .optionsGroup("Validation:")
    .addOption(
      new Option("--validate [n]", `hold back n training images (${IMAGES} without n) and certify them now and then`)
        .argParser(integer("--validate", 1))
        .preset(IMAGES),
    )
    .option(
      "--validate-every <n>",
      "epochs from one validation to the next (default: 5)",
      integer("--validate-every", 1),
    )
    .option(
      "--validate-samples <n>",
      "noisy samples of each image held back (default: 500)",
      integer("--validate-samples", 1),
    )
    .option(
      "--validate-radii <list>",
      "radii at which certified accuracy is reported (default: 0.5, 1 and 1.5 times sigma)",
      numberList("--validate-radii"),
    )
    .option(
      "--best <metric>",
      "keep the best model by acr, accuracy (without noise) or certified accuracy at a radius (default: acr)",
      metric,
    );
}

function metric(text: string): Metric {
  if (text === "acr" || text === "accuracy") return text;
  try {
    return parseNumber(text, "--best");
  } catch {
    throw new ArgumentError(`--best must be acr, accuracy or one of the radii, got ${text}`, "--best", text);
  }
}

/** The flags of validation apart from the others. */
export function splitValidationFlags<T extends ValidationFlags>(
  flags: T,
): { given: Pick<GivenSettings, "validation">; others: Omit<T, keyof ValidationFlags> } {
  const { validate, validateEvery, validateSamples, validateRadii, best, ...others } = flags;
  const all = { images: validate, every: validateEvery, samples: validateSamples, radii: validateRadii, best };
  const asked = Object.entries(all).filter(([, value]) => value !== undefined);
  const validation = Object.fromEntries(asked) as Partial<ValidationSettings>;
  return { given: asked.length === 0 ? {} : { validation }, others };
}
