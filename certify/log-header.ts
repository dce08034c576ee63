import { z } from "zod";

/**
 * The header of a certification log: what its rows hold for. It lies beside the log as a JSON file.
 */

const hash = z.string().regex(/^([0-9a-f]{64})?$/, "a SHA-256 in hex, or nothing");

/** The schema of a header. */
export const logHeaderSchema = z.object({
  format: z.literal("smoothcert-log"),
  version: z.literal(1),
  method: z.literal("certify"),
  /** Version of smoothcert that began the log. */
  smoothcert: z.string(),
  /** When the log was begun, ISO 8601. */
  created: z.string(),
  /** Standard deviation of the noise in units of pixels in [0, 1]. */
  sigma: z.number().positive(),
  n0: z.number().int().positive(),
  n: z.number().int().positive(),
  alpha: z.number().positive().max(0.5),
  seed: z.number().int().nonnegative(),
  /** Law and stream version of the noise. */
  noise: z.string(),
  /**
   * How much the bound on pA was lowered for the noise's distance (total variation) from the exact law. Missing where that is not known:
   * the certificates then hold up to the rounding of floating-point noise.
   */
  noiseDistance: z.number().nonnegative().optional(),
  /** The confidence bound. */
  bound: z.string(),
  /** Every skip-th example is certified. */
  skip: z.number().int().positive(),
  model: z.object({
    name: z.string(),
    hash,
    runtime: z.string(),
    /** Sigma that the model was trained with, where it tells. */
    trainingSigma: z.number().optional(),
  }),
  data: z.object({
    name: z.string(),
    split: z.string(),
    hash,
    length: z.number().int().positive(),
    shape: z.array(z.number().int().positive()).length(3),
    pixelType: z.enum(["bytes", "floats"]),
    classes: z.array(z.string()),
  }),
});

/** What the rows of a log hold for. */
export type LogHeader = z.infer<typeof logHeaderSchema>;

/** Fields that tell where a log comes from, and may differ between a log and the command that goes on with it. */
const PROVENANCE = new Set(["created", "smoothcert", "model.name"]);

/** One setting in which two headers differ. */
export interface HeaderDifference {
  /** Its name, e.g. `sigma` or `model.hash`. */
  readonly field: string;
  readonly logged: unknown;
  readonly asked: unknown;
}

/** The settings in which a log's header differs from the one asked for; none if rows of both may stand in one log. */
export function headerDifferences(logged: LogHeader, asked: LogHeader): HeaderDifference[] {
  return differences("", logged, asked).filter(({ field }) => !PROVENANCE.has(field));
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
