import { ArgumentError, dimensionOf } from "../../src/core.js";
import { argmax, type BaseClassifier } from "../sampling/base-classifier.js";
import { measuredImage, underNoise } from "./measured-images.js";
import { mostApart, rangeOf, scoresOf, short } from "./measured-scores.js";

/**
 * A canary: a batch of images whose scores must be those of a reference, before what computes them is trusted with
 * votes. Kernels of graphics processors and their drivers have been wrong (microsoft/onnxruntime#26734).
 */

/** How far scores are from the reference's. */
export interface CanaryReport {
  /** Images that were compared. */
  readonly images: number;
  /** The largest difference of two scores; infinite between a number and none. */
  readonly difference: number;
  /** Differences up to this one are put down to rounding. */
  readonly tolerance: number;
  /** Images that got another label. */
  readonly labels: number;
}

/** Which differences are put down to rounding. */
export interface Rounding {
  /** What noise of this sigma on the pixels changes; in (0, 1). */
  readonly precision: number;
  /** And that many times as much; >= 1. */
  readonly slack: number;
  /** Or that share of the range of all scores, where it is more; in (0, 1). */
  readonly units: number;
}

/** A classifier with scores. */
export type Scored = BaseClassifier & Required<Pick<BaseClassifier, "scores">>;

const IMAGES = 16;

/** Compares a classifier's scores with a reference's, which computes the same. */
export async function canaryOf(
  base: Scored,
  reference: Scored,
  { precision, slack, units }: Rounding,
): Promise<CanaryReport> {
  const dimension = dimensionOf(base.inputShape);
  const images = Array.from({ length: Math.min(IMAGES, base.batchSize, reference.batchSize) }, (_, i) => i);
  const pictures = images.map((image) => measuredImage(image, dimension));
  const [found, expected] = [await scoresOf(base, pictures, images), await scoresOf(reference, pictures, images)];
  const blurred = pictures.map((pixels, image) => underNoise(precision, pixels, image, 1));
  const response = mostApart(expected, await scoresOf(reference, blurred, images));
  const label = (scores: readonly number[]): number => argmax(scores, 0, base.classes, base.name);
  return {
    images: images.length,
    difference: mostApart(found, expected),
    tolerance: Math.max(Number.isFinite(response) ? slack * response : 0, units * rangeOf(expected)),
    labels: images.filter((image) => label(found[image]) !== label(expected[image])).length,
  };
}

/**
 * Refuses what computes other scores than the reference.
 *
 * @param what it is, for the message: `provider webgpu`
 * @throws ArgumentError saying what was measured
 */
export async function requireCanary(
  base: Scored,
  reference: Scored,
  rounding: Rounding,
  what: string,
): Promise<CanaryReport> {
  const report = await canaryOf(base, reference, rounding);
  const { images, difference, tolerance, labels } = report;
  if (difference <= tolerance) return report;
  const how = `scores differ by up to ${short(difference)}, where rounding explains ${short(tolerance)}`;
  const many = labels === 0 ? "" : `, and ${labels} of ${images} images get another label`;
  const other = `${what} computes another function than ONNX Runtime on the processor`;
  const problem = `${other}: on noisy images its ${how}${many}`;
  throw new ArgumentError(`${problem}. Its votes would certify nothing: leave --provider out`, "provider", what);
}

/** What a canary found, for a person. */
export function canaryText({ images, difference, tolerance }: CanaryReport): string {
  const explained = `rounding would explain ${short(tolerance)}`;
  const apart = `differ from ONNX Runtime's on the processor by ${short(difference)} at most`;
  return `scores of ${images} noisy images ${apart} (${explained})`;
}
