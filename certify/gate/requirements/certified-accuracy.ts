import { z } from "zod";
import { ceilTo, floorTo, normName } from "../../../src/core.js";
import { clopperPearsonLower, clopperPearsonUpper } from "../../bounds/clopper-pearson.js";
import type { GatedLog } from "../gated-log.js";
import { imagesAt, openText } from "../images-at.js";
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
 * level `go`, with open images (see `imagesAt`) taken for not certified. NO-GO where the required share or more is
 * rejected at level `noGo`, with all of them taken for certified.
 *
 * @throws FileError where the log's radii are of another norm
 */
export function judgeCertifiedAccuracy(
  { radius, norm = "l2", atLeast }: z.infer<typeof certifiedAccuracySchema>,
  log: GatedLog,
  { go, noGo }: Levels,
): Judgement {
  requireNorm(log, norm);
  const images = imagesAt(log, radius);
  const certified = images.filter((image) => image.certified).length;
  const possible = images.filter((image) => image.possible).length;
  const lower = clopperPearsonLower(certified, images.length, go);
  const upper = clopperPearsonUpper(possible, images.length, noGo);
  const counts = [`${certified} of ${images.length} images`, ...openText(log, images)].join(", ");
  return {
    verdict: verdictOf({ shown: lower >= atLeast, refuted: upper < atLeast }),
    required: `certified accuracy at ${normName(norm)} radius ${radius} of at least ${atLeast}`,
    found: `${counts}: between ${floorTo(lower, 4)} and ${ceilTo(upper, 4)}`,
  };
}
