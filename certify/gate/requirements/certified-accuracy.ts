import { z } from "zod";
import { ceilTo, floorTo, normName } from "../../../src/core.js";
import { clopperPearsonLower, clopperPearsonUpper } from "../../bounds/clopper-pearson.js";
import { certifiedCount } from "../../report/curve.js";
import { undecidedRows } from "../../report/log-summary.js";
import type { GatedLog } from "../gated-log.js";
import { requiredNormSchema, requireNorm } from "../required-norm.js";
import { type Judgement, type Levels, verdictOf } from "../verdict.js";

/** Certified accuracy of the images that the log's are drawn from, at a radius. */
export const certifiedAccuracySchema = z.strictObject({
  kind: z.literal("certified-accuracy"),
  radius: z.number().nonnegative().describe("in the log's units"),
  norm: requiredNormSchema,
  atLeast: z.number().gt(0).lt(1).describe("the least share of images"),
});

/**
 * Two exact binomial tests (Clopper and Pearson 1934). GO where a smaller share than the required one is rejected at
 * level `go`, with undecided images taken for not certified. NO-GO where the required share or more is rejected at
 * level `noGo`, with all of them taken for certified.
 *
 * @throws FileError where the log's radii are of another norm
 */
export function judgeCertifiedAccuracy(
  { radius, norm = "l2", atLeast }: z.infer<typeof certifiedAccuracySchema>,
  log: GatedLog,
  { go, noGo }: Levels,
): Judgement {
  requireNorm(log, norm);
  const { rows, header } = log;
  const certified = certifiedCount(rows, radius);
  const undecided = undecidedRows(rows, header, radius).filter(Boolean).length;
  const lower = clopperPearsonLower(certified, rows.length, go);
  const upper = clopperPearsonUpper(certified + undecided, rows.length, noGo);
  const open = undecided === 0 ? "" : `, ${undecided} undecided`;
  return {
    verdict: verdictOf({ shown: lower >= atLeast, refuted: upper < atLeast }),
    required: `certified accuracy at ${normName(norm)} radius ${radius} of at least ${atLeast}`,
    found: `${certified} of ${rows.length} images${open}: between ${floorTo(lower, 4)} and ${ceilTo(upper, 4)}`,
  };
}
