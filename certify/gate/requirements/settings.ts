import { z } from "zod";
import { NORMS, normName } from "../../../src/core.js";
import { normOf } from "../../log/header.js";
import type { GatedLog } from "../gated-log.js";
import type { Judgement } from "../verdict.js";

/** How the log must have been made: without it, a log of another sigma or a lax alpha might pass. */
export const settingsSchema = z.strictObject({
  kind: z.literal("settings"),
  alphaAtMost: z.number().gt(0).max(0.5).optional().describe("the largest failure probability of each certificate"),
  sigma: z.number().positive().optional().describe("the noise level, exactly"),
  norm: z.enum(NORMS).optional().describe("the norm of the radii"),
  imagesAtLeast: z.number().int().positive().optional().describe("the fewest images"),
  data: z
    .string()
    .regex(/^[0-9a-f]{64}$/, "must be a SHA-256 of 64 hex digits")
    .optional()
    .describe("SHA-256 of the data, as in the log's header"),
});

type Settings = z.infer<typeof settingsSchema>;

/** GO where the header says what is required, NO-GO where it says otherwise; a log without a header can't tell. */
export function judgeSettings(settings: Settings, { rows, header }: GatedLog): Judgement {
  const required = requiredText(settings);
  if (header === undefined) return { verdict: "INCONCLUSIVE", required, found: "no header beside the log" };
  const { alphaAtMost = 1, sigma = header.sigma, imagesAtLeast = 1, data = header.data.hash } = settings;
  const { norm = normOf(header) } = settings;
  const fits: readonly (readonly [boolean, string])[] = [
    [header.alpha <= alphaAtMost, `alpha = ${header.alpha}`],
    [header.sigma === sigma, `sigma ${header.sigma}`],
    [normOf(header) === norm, `${normName(normOf(header))} radii`],
    [rows.length >= imagesAtLeast, `${rows.length} images`],
    [header.data.hash === data, `data ${header.data.hash || "without a hash"}`],
  ];
  const wrong = fits.filter(([fit]) => !fit).map(([, found]) => found);
  const found = wrong.length === 0 ? "so they are" : wrong.join(", ");
  return { verdict: wrong.length === 0 ? "GO" : "NO-GO", required, found };
}

function requiredText({ alphaAtMost, sigma, norm, imagesAtLeast, data }: Settings): string {
  const parts = [
    ...(alphaAtMost === undefined ? [] : [`alpha of at most ${alphaAtMost}`]),
    ...(sigma === undefined ? [] : [`sigma ${sigma}`]),
    ...(norm === undefined ? [] : [`${normName(norm)} radii`]),
    ...(imagesAtLeast === undefined ? [] : [`at least ${imagesAtLeast} images`]),
    ...(data === undefined ? [] : [`data ${data.slice(0, 8)}...`]),
  ];
  return `settings: ${parts.join(", ") || "any"}`;
}
