import { z } from "zod";
import { MAX_IMAGES } from "../../src/core.js";
import { MAX_SAMPLES } from "../bounds/clopper-pearson.js";
import { headerCheck } from "../log/seal.js";
import { fingerprintSchema } from "../sampling/fingerprint.js";

/** What comes of a unit: its votes, and who counted them. Certificates are derived from votes when all are there. */

const sha256 = z.string().regex(/^[0-9a-f]{64}$/, "a SHA-256 in hex");
/** As in a log: `7:990,1:10`; empty for none. */
const countsText = z.string().regex(/^(\d+:\d+(,\d+:\d+)*)?$/, "class:count pairs joined by commas");
const block = z.number().int().nonnegative().max(MAX_SAMPLES);

export const unitSchema = z.strictObject({
  idx: z.number().int().nonnegative().max(MAX_IMAGES),
  blocks: z.strictObject({ from: block, to: block }).optional(),
});

export const partSchema = z.strictObject({
  /** What it is a part of: the certification's `settingsHash`. */
  plan: sha256,
  unit: unitSchema,
  /** The image's class. */
  label: z.number().int().nonnegative(),
  /** Votes of the selection: with a whole image or its first block, where there is a selection. */
  counts0: countsText.optional(),
  /** Votes of the estimation: of each block, or of the whole image. */
  counts: z.array(countsText).min(1),
  /** Seconds that it took. */
  time: z.number().nonnegative(),
  fingerprint: fingerprintSchema,
  /** Checksum of all the rest: SHA-256 of its canonical JSON, 16 hex digits. */
  check: z.string(),
});

export type Part = z.infer<typeof partSchema>;

/** A part and its checksum. It finds accidents; what finds more, is to count again. */
export function sealed(part: Omit<Part, "check">): Part {
  return { ...part, check: partCheck(part) };
}

/** The checksum of a part, whatever it says itself. */
export function partCheck(part: Omit<Part, "check">): string {
  return headerCheck(part).slice(0, 16);
}
