import { z } from "zod";
import {
  BOUNDED_CLASSES,
  CONFIDENCE_BOUNDS,
  FIXED,
  requireStopRule,
  type StopRule,
  usualBound,
} from "../certify/index.js";
import { firstIssue, readJson } from "../src/files/json.js";
import { FileError, NOISES, show } from "../src/index.js";
import { type GivenSettings, givenSettingsSchema, readRecipe, withSettings } from "../train/index.js";
import { stopRule, withPatience } from "./stop.js";
import { type Grid, gridSchema, type SweepModel, sweepModels } from "./sweep-grid.js";

/** The file that says what a sweep trains, and how each model is certified. */

/** How each model is certified. */
export interface SweepCertification {
  /** By default the data that the model is trained on. */
  readonly data?: string | undefined;
  readonly split: "train" | "test";
  readonly noise: string;
  /** By default that of the model's training. */
  readonly sigma?: number | undefined;
  readonly n0: number;
  readonly n: number;
  readonly alpha: number;
  readonly bound: (typeof BOUNDED_CLASSES)[number];
  readonly interval: (typeof CONFIDENCE_BOUNDS)[number];
  readonly simultaneous: boolean;
  readonly stop: StopRule;
  readonly skip: number;
  readonly max?: number | undefined;
  readonly seed: number;
  /** Where the summary has certified accuracies. */
  readonly radii: readonly number[];
}

export interface Sweep {
  /** What the file says, with the settings of its recipe: JSON that {@link sweepOf} reads. */
  readonly told: unknown;
  /** The settings of the grid, in the order of the file. */
  readonly varied: readonly string[];
  readonly models: readonly SweepModel[];
  readonly certification: SweepCertification;
}

const RADII = [0.25, 0.5, 0.75, 1, 1.25, 1.5];

const radius = z.number().min(0);

const certificationSchema = z
  .strictObject({
    data: z.string().optional(),
    split: z.enum(["train", "test"]).default("test"),
    noise: z.enum(NOISES as readonly [string, ...string[]]).default(NOISES[0]),
    sigma: z.number().gt(0).optional(),
    n0: z.int().min(0).default(100),
    n: z.int().min(1).default(100_000),
    alpha: z.number().gt(0).max(0.5).default(0.001),
    bound: z.enum(BOUNDED_CLASSES).default("one-sided"),
    interval: z.enum(CONFIDENCE_BOUNDS).optional(),
    simultaneous: z.boolean().default(false),
    stop: z.string().transform(ruleOf).default(FIXED),
    patience: z.number().gt(0).optional(),
    skip: z.int().min(1).default(1),
    max: z.int().min(1).optional(),
    seed: z.int().min(0).default(0),
    radii: z.array(radius).min(1).optional().describe("where the summary has certified accuracies"),
  })
  .transform(({ interval, radii, patience, ...others }, context): SweepCertification => {
    const place = { input: patience, path: ["patience"] };
    const stop = orIssue(() => withPatience(others.stop, patience), others.stop, place, context);
    return {
      ...others,
      stop,
      interval: interval ?? usualBound(stop),
      radii: radii ?? (stop.kind === "radii" ? stop.radii : RADII),
    };
  });

/** A rule as `--stop` has it. */
function ruleOf(text: string, context: z.core.$RefinementCtx<string>): StopRule {
  const read = (): StopRule => {
    const rule = stopRule(text);
    requireStopRule(rule, "certify");
    return rule;
  };
  return orIssue(read, FIXED, { input: text }, context);
}

/** What `read` gives; where it throws, its message becomes an issue, and `otherwise` stands in for the rule. */
function orIssue(
  read: () => StopRule,
  otherwise: StopRule,
  place: { input: unknown; path?: string[] },
  context: { readonly issues: z.core.$ZodRawIssue[] },
): StopRule {
  try {
    return read();
  } catch (error) {
    const message = (error as Error).message.replace(/^(--stop|certify: stop\.\w+) /, "");
    context.issues.push({ code: "custom", message, ...place });
    return otherwise;
  }
}

/** The schema of a sweep's file. */
export const sweepSchema = z.strictObject({
  recipe: z.string().optional().describe("the recipe that all models share"),
  settings: givenSettingsSchema.optional().describe("settings of all models, which win over the recipe's"),
  grid: gridSchema.describe("lists of values, by the name of a setting or of a method's option"),
  certify: certificationSchema.prefault({}).describe("how each model is certified"),
});

/**
 * Reads the file of a sweep.
 *
 * @throws FileError naming the first field that is wrong, its rule and its value
 * @throws ArgumentError for a recipe that isn't there
 */
export async function readSweep(path: string): Promise<Sweep> {
  const value = (await readJson(path, "a sweep")) as object;
  const { recipe, settings = {} } = parsed(value, path);
  const { recipe: _, ...others } = value as { recipe?: string };
  const all = recipe === undefined ? settings : withSettings((await readRecipe(recipe, path)).settings, settings);
  return sweepOf({ ...others, settings: JSON.parse(JSON.stringify(all)) }, path);
}

/** The sweep in a value without a recipe. @throws FileError naming `path` and the first field that is wrong */
export function sweepOf(value: unknown, path: string): Sweep {
  const { recipe, settings = {}, grid, certify } = parsed(value, path);
  if (recipe !== undefined) throw new FileError(path, "expected settings in the place of a recipe");
  const models = modelsIn(path, settings, grid);
  return { told: value, varied: Object.keys(grid), models, certification: certify };
}

function parsed(value: unknown, path: string): z.output<typeof sweepSchema> {
  const result = sweepSchema.safeParse(value);
  if (result.success) return result.data;
  const wrong = result.error.issues[0].path.reduce<unknown>(
    (at, key) => (at as Record<PropertyKey, unknown>)?.[key],
    value,
  );
  throw new FileError(path, `${firstIssue(result.error)}, got ${show(wrong)}`);
}

function modelsIn(path: string, base: GivenSettings, grid: Grid): readonly SweepModel[] {
  try {
    return sweepModels(base, grid);
  } catch (cause) {
    throw new FileError(path, (cause as Error).message, { cause });
  }
}
