import { z } from "zod";
import { auditSchema } from "./requirements/audit.js";
import { certifiedAccuracySchema } from "./requirements/certified-accuracy.js";
import { noRegressionSchema } from "./requirements/no-regression.js";
import { settingsSchema } from "./requirements/settings.js";

/** One requirement of a policy, told by its `kind`. */
export const requirementSchema = z.discriminatedUnion("kind", [
  certifiedAccuracySchema,
  noRegressionSchema,
  settingsSchema,
  auditSchema,
]);

export type Requirement = z.infer<typeof requirementSchema>;

/** The schema of a policy's JSON. */
export const policySchema = z.strictObject({
  format: z.literal("smoothcert-policy"),
  version: z.literal(1),
  confidence: z.number().gt(0.5).lt(1).describe("1 less the probability of each error of the whole policy"),
  requirements: z.array(requirementSchema).min(1).describe("what a log must show"),
});

/** What a log must show to pass a gate. */
export type Policy = z.infer<typeof policySchema>;

/** The logs that a policy compares with, by its own names for them. */
export function baselinesOf({ requirements }: Policy): string[] {
  const names = requirements.flatMap((requirement) =>
    requirement.kind === "no-regression" ? [requirement.baseline] : [],
  );
  return [...new Set(names)];
}
