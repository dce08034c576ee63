import { z } from "zod";
import { BINARY_SCORES } from "../classifiers/onnx/output.js";
import { logHeaderSchema } from "../log/header.js";
import { headerCheck, settingsHash } from "../log/seal.js";
import { type Part, partSchema, unitSchema } from "../parts/part.js";
import type { Unit } from "../parts/unit.js";

/**
 * What travels through a queue: settings, hashes and numbers. Nothing of it is executed, and no path is in it that
 * anybody opens: a worker finds models and data by their hashes among its own.
 */

const sha256 = z.string().regex(/^[0-9a-f]{64}$/, "a SHA-256 in hex");
const channels = z.array(z.number()).min(1).max(64);

/** How a foreign model is fed and read. */
const feedSchema = z.strictObject({
  layout: z.enum(["nchw", "nhwc"]).optional(),
  scaling: z
    .strictObject({ scale: z.number().optional(), mean: channels.optional(), std: channels.optional() })
    .optional(),
  output: z.string().max(1000).optional(),
  binary: z.enum(BINARY_SCORES).optional(),
  classes: z.number().int().positive().optional(),
});

export const planSchema = z.strictObject({
  format: z.literal("smoothcert-plan"),
  version: z.literal(1),
  /** `settingsHash` of the header: what parts name. */
  id: sha256,
  header: logHeaderSchema,
  /** SHA-256 of the model's .onnx file; the header's hash is that of file and feed. */
  modelFile: sha256,
  feed: feedSchema,
});

/** A certification as workers are told of it. */
export type Plan = z.infer<typeof planSchema>;

export const jobSchema = z.strictObject({ plan: sha256, unit: unitSchema });

/** A unit that is to be counted for a plan. */
export interface Job {
  readonly plan: string;
  readonly unit: Unit;
}

/** Names a job: the SHA-256 of plan and unit, so that a unit is queued once. */
export function jobId({ plan, unit }: Job): string {
  return headerCheck({ plan, unit }).slice(0, 32);
}

export const resultSchema = z.strictObject({ worker: z.string().max(1000), part: partSchema });

/** What a worker sends back. */
export interface Result {
  readonly worker: string;
  readonly part: Part;
}

/** A plan out of a queue. @throws Error saying what is wrong with it */
export function checkedPlan(value: unknown): Plan {
  const plan = checked(planSchema, value, "plan");
  if (plan.id !== settingsHash(plan.header)) throw new Error("malformed plan: its id isn't that of its header");
  return plan;
}

/** A value out of a queue. @throws Error saying what is wrong with it */
export function checked<T>(schema: z.ZodType<T>, value: unknown, what: string): T {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const [{ path, message }] = result.error.issues;
  throw new Error(`malformed ${what}: ${path.length === 0 ? "the whole" : path.join(".")}: ${message}`);
}
