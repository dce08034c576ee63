import { z } from "zod";
import { MAX_CLASSES, MAX_IMAGES, NORMS, type Norm, PIXEL_TYPES, show } from "../../src/core.js";
import { MAX_SAMPLES } from "../bounds/clopper-pearson.js";
import { fingerprintSchema } from "../sampling/fingerprint.js";
import { CONFIDENCE_BOUNDS } from "../theorem/confidence-bound.js";
import { BOUNDED_CLASSES } from "../theorem/settings.js";

/**
 * The header of a certification log: what its rows hold for. It lies beside the log as a JSON file.
 */

const hash = z.string().regex(/^([0-9a-f]{64})?$/, "a SHA-256 in hex, or nothing");

const stopRule = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("fixed") }),
  z.object({
    kind: z.literal("radii"),
    radii: z.array(z.number().nonnegative()).min(1),
    patience: z.number().positive().optional(),
  }),
  z.object({ kind: z.literal("precision"), precision: z.number().positive() }),
]);

/** The most values of an image: as many bytes as fit into a typed array of every Node.js that is supported. */
const MAX_DIMENSION = 2 ** 32;

/** The most machines that a header lists: those that compute alike are listed once. */
const MAX_MACHINES = 1000;

/** An integer that sizes depend on: a header that claims more than this version makes is refused before any is had. */
function upTo(most: number, what: string): z.ZodNumber {
  return z
    .number()
    .int()
    .max(most, { error: ({ input }) => `must be at most ${most} ${what}, got ${show(input)}` });
}

const shape = z
  .array(z.number().int().positive())
  .length(3)
  .refine((sizes) => sizes.reduce((a, b) => a * b, 1) <= MAX_DIMENSION, {
    error: ({ input }) => `must be of at most ${MAX_DIMENSION} values, got ${show(input)}`,
  });

/** The schema of a header. */
export const logHeaderSchema = z.object({
  format: z.literal("smoothcert-log"),
  version: z.literal(2),
  method: z.literal("certify"),
  /** Version of smoothcert that began the log. */
  smoothcert: z.string(),
  /** When the log was begun, ISO 8601. */
  created: z.string(),
  /** Standard deviation of the noise in units of pixels in [0, 1], or of a table's values. */
  sigma: z.number().positive(),
  /** Samples that select the class; with 0, those of the estimation do. */
  n0: upTo(MAX_SAMPLES, "samples").nonnegative(),
  /** Samples that estimate its probability; with a rule that stops earlier, the most. */
  n: upTo(MAX_SAMPLES, "samples").positive(),
  /** When the estimation of an image ends; missing where that is after n samples. */
  stop: stopRule.optional(),
  /** Failure probability of each certificate. */
  alpha: z.number().positive().max(0.5),
  /** Failure probability of all certificates of the log together, where alpha was made from it (Bonferroni). */
  familyAlpha: z.number().positive().max(0.5).optional(),
  seed: z.number().int().nonnegative(),
  /** Law and stream version of the noise. */
  noise: z.string(),
  /** The norm of the radii; missing where it is L2. */
  norm: z.enum(NORMS).optional(),
  /**
   * How much the bound on pA was lowered for the noise's distance (total variation) from the exact law. Missing where
   * that is not known: the certificates then hold up to the rounding of floating-point noise.
   */
  noiseDistance: z.number().nonnegative().optional(),
  /** Which probabilities are bounded, and how; see `CertifySettings`. */
  bound: z.enum(BOUNDED_CLASSES),
  interval: z.enum(CONFIDENCE_BOUNDS),
  /** Every skip-th example of index below max is certified. */
  skip: z.number().int().positive(),
  max: upTo(MAX_IMAGES, "images").positive(),
  /** Which of several shares of these examples the log holds; missing where it holds all of them. */
  shard: z.object({ index: z.number().int().positive(), count: upTo(MAX_IMAGES, "shards").positive() }).optional(),
  /** What computed the rows; missing where that was one function, but for the log of a shard. */
  computedBy: z.array(fingerprintSchema).max(MAX_MACHINES).optional(),
  model: z.object({
    name: z.string(),
    hash,
    runtime: z.string(),
    /** Sigma that the model was trained with, where it tells. */
    trainingSigma: z.number().optional(),
    /** Hash of the set that the model was trained on, or on a part of, where it tells. */
    trainingData: hash.optional(),
  }),
  data: z.object({
    name: z.string(),
    split: z.string(),
    hash,
    length: upTo(MAX_IMAGES, "images").positive(),
    shape,
    pixelType: z.enum(PIXEL_TYPES),
    classes: z.array(z.string()).min(1).max(MAX_CLASSES),
    /** Where the labels are the model's: its class for each class of the data set; null for those left out. */
    labels: z.array(z.number().int().nonnegative().nullable()).max(MAX_CLASSES).optional(),
  }),
});

/** What the rows of a log hold for. */
export interface LogHeader extends z.infer<typeof logHeaderSchema> {}

/** A header as it was stored. */
export interface StoredHeader {
  readonly header: LogHeader;
  /** Whether its checksum is that of its content: whether it is as it was written. */
  readonly intact: boolean;
}

/** The norm of a log's radii: L2 in a log without a header, which other tools write. */
export function normOf(header: LogHeader | undefined): Norm {
  return header?.norm ?? "l2";
}

/** Whether the images of a log are of the set that its model was trained on, as far as hashes tell. */
export function isOfTrainingImages({ model, data }: LogHeader): boolean {
  return model.trainingData !== undefined && model.trainingData === data.hash;
}

/** Fields that tell where a log comes from, and may differ between a log and the command that goes on with it. */
const PROVENANCE = new Set(["created", "smoothcert", "model.name", "model.trainingData", "computedBy"]);

/** One setting in which two headers differ. */
export interface HeaderDifference {
  /** Its name, e.g. `sigma` or `model.hash`. */
  readonly field: string;
  readonly logged: unknown;
  readonly asked: unknown;
}

/**
 * The settings in which a log's header differs from the one asked for; none if rows of both may stand in one log. A log
 * may grow: `max` counts only where alpha was made for a number of images.
 */
export function headerDifferences(logged: LogHeader, asked: LogHeader): HeaderDifference[] {
  const free = (field: string): boolean =>
    PROVENANCE.has(field) || (field === "max" && logged.familyAlpha === undefined);
  return differences("", logged, asked).filter(({ field }) => !free(field));
}

function differences(path: string, logged: unknown, asked: unknown): HeaderDifference[] {
  if (isRecord(logged) && isRecord(asked)) {
    const keys = new Set([...Object.keys(logged), ...Object.keys(asked)]);
    return [...keys].flatMap((key) => differences(path === "" ? key : `${path}.${key}`, logged[key], asked[key]));
  }
  return JSON.stringify(logged) === JSON.stringify(asked) ? [] : [{ field: path, logged, asked }];
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
