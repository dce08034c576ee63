/** The norm of the radius that a requirement speaks of. */
import { z } from "zod";
import { FileError, NORMS, type Norm, normName } from "../../src/core.js";
import { normOf } from "../log/header.js";
import type { PairedLog } from "../report/pair-logs.js";

export const requiredNormSchema = z.enum(NORMS).optional().describe("the norm of the radius; L2 where none is named");

/**
 * Refuses a log whose radii are of another norm than a requirement's.
 *
 * @throws FileError naming both norms
 */
export function requireNorm({ file, header }: PairedLog, norm: Norm): void {
  const found = normOf(header);
  if (found === norm) return;
  const radii = `${normName(found)} radii${header === undefined ? ", for want of a header that says otherwise" : ""}`;
  const remedy = `if ${normName(found)} radii are meant, name "norm": "${found}" there (L2 where none is named)`;
  const required = `a requirement of the policy is about ${normName(norm)} radii`;
  throw new FileError(file, `has ${radii}, and ${required}: ${remedy}`);
}
