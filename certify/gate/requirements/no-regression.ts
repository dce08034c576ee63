import { z } from "zod";
import { ceilTo, floorTo, nextUp, normName } from "../../../src/core.js";
import { pairingWarnings } from "../../report/comparison.js";
import { type PairedLog, requireSameNorm } from "../../report/pair-logs.js";
import { pairedInterval } from "../../report/paired.js";
import { sharedImages } from "../../report/shared-images.js";
import type { GatedLog } from "../gated-log.js";
import { type ImageAt, imagesAt, openText } from "../images-at.js";
import { requiredNormSchema, requireNorm } from "../required-norm.js";
import { type Judgement, type Levels, verdictOf } from "../verdict.js";

/** Certified accuracy of no less than a baseline's on the same images, but for a margin. */
export const noRegressionSchema = z.strictObject({
  kind: z.literal("no-regression"),
  baseline: z.string().min(1).describe("the baseline's log; a relative path is one from the policy's folder"),
  radius: z.number().nonnegative().describe("in the units of the logs"),
  norm: requiredNormSchema,
  margin: z
    .number()
    .nonnegative()
    .lt(1)
    .describe("the largest loss of certified accuracy that is accepted, as a share of images"),
});

/**
 * Exact one-sided intervals for the difference on the images that both logs have (see `pairedInterval`). GO where a
 * loss of more than the margin is rejected at level `go`, with open images (see `imagesAt`) taken against the log.
 * NO-GO where a smaller one is rejected at level `noGo`, with open images taken in its favour. Either assignment is
 * fixed before the images are seen, so that each interval holds for what it counts, which bounds the difference.
 *
 * @throws FileError where the radii of either log are of another norm, or the logs are about other data or have no
 * image in common
 */
export function judgeNoRegression(
  { baseline, radius, norm = "l2", margin }: z.infer<typeof noRegressionSchema>,
  log: GatedLog,
  { go, noGo }: Levels,
): Judgement {
  const other = log.baselines.get(baseline) as PairedLog;
  requireNorm(log, norm);
  requireSameNorm(log, other);
  const shared = sharedImages([log, other]);
  const [own, theirs] = [sharedAt(log, shared, radius), sharedAt(other, shared, radius)];
  const worst = differing(
    own,
    theirs,
    ({ certified }) => certified,
    ({ possible }) => possible,
  );
  const best = differing(
    own,
    theirs,
    ({ possible }) => possible,
    ({ certified }) => certified,
  );
  const lower = pairedInterval(worst.won, worst.lost, shared.size, nextUp(1 - 2 * go)).lower;
  const upper = pairedInterval(best.won, best.lost, shared.size, nextUp(1 - 2 * noGo)).upper;
  const notes = [...openNotes(log, own), ...openNotes(other, theirs), ...pairingWarnings([log, other])];
  const counts = `alone certified: ${worst.won} here, ${best.lost} in the baseline, of ${shared.size} images`;
  return {
    verdict: verdictOf({ shown: lower >= -margin, refuted: upper < -margin }),
    required: `certified accuracy at ${normName(norm)} radius ${radius} of no more than ${margin} below ${baseline}`,
    found: [`${counts}: difference between ${floorTo(lower, 4)} and ${ceilTo(upper, 4)}`, ...notes].join("; "),
  };
}

/** The images that both logs have, by their indices. */
function sharedAt(log: PairedLog, shared: ReadonlySet<number>, radius: number): Map<number, ImageAt> {
  const images = imagesAt(log, radius).filter(({ idx }) => shared.has(idx));
  return new Map(images.map((image) => [image.idx, image]));
}

function openNotes(log: PairedLog, images: ReadonlyMap<number, ImageAt>): string[] {
  return openText(log, images.values()).map((text) => `${log.file}: ${text}`);
}

/** On how many images one counts as certified and the other doesn't. */
function differing(
  own: ReadonlyMap<number, ImageAt>,
  theirs: ReadonlyMap<number, ImageAt>,
  ofOwn: (image: ImageAt) => boolean,
  ofTheirs: (image: ImageAt) => boolean,
): { readonly won: number; readonly lost: number } {
  const pairs = [...own].map(([idx, image]) => [ofOwn(image), ofTheirs(theirs.get(idx) as ImageAt)]);
  return {
    won: pairs.filter(([here, there]) => here && !there).length,
    lost: pairs.filter(([here, there]) => !here && there).length,
  };
}
