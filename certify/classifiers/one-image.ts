/**
 * Whether a base classifier is a function of one image, measured: its scores of a few noisy images in several
 * batches.
 */
import { dimensionOf, FileError } from "../../src/core.js";
import type { BaseClassifier } from "../sampling/base-classifier.js";
import { IMAGE_KINDS, measuredImage, underNoise } from "./measured-images.js";
import { mostApart, rangeOf, scoresOf, short } from "./measured-scores.js";

/** How scores differ that should be the same. */
export interface Deviation {
  /** Whether the same batch got other scores when asked again, or an image in other company. */
  readonly kind: "random" | "coupled";
  /**
   * The largest difference of two scores; of labels, where there are no scores. May be infinite, where one of them is
   * NaN.
   */
  readonly difference: number;
  /** Differences up to this one are put down to rounding. */
  readonly tolerance: number;
  /** The batches that were compared, e.g. `an image alone and in a batch of 4`. */
  readonly between: string;
}

/** What a measurement is told. */
export interface OneImageOptions {
  /** Images in the fullest batch; integer >= 1. @defaultValue 4, or the classifier's batch size if that is smaller */
  readonly size?: number;
  /** What noise of this sigma on the pixels changes is put down to rounding: in (0, 1). @defaultValue 2^-14 */
  readonly precision?: number;
}

/** 1024 units in the last place of a float32 of 1. */
const PRECISION = 2 ** -14;

/** Rounding of the scores themselves, of their range: what a network that rounds its input to bytes does not show. */
const UNITS = 2 ** -20;

/**
 * Measures whether the scores of an image depend on the images beside it, on its place in the batch, on the batch's
 * size, or on chance: a batch is shown twice, turned round, in part and one by one, some 20 images in all. Without
 * scores it compares labels.
 *
 * @returns what differs by more than rounding; undefined if nothing does
 */
export async function deviationOf(base: BaseClassifier, options: OneImageOptions = {}): Promise<Deviation | undefined> {
  const { size = Math.min(IMAGE_KINDS, base.batchSize), precision = PRECISION } = options;
  const order = Array.from({ length: size }, (_, i) => i % IMAGE_KINDS);
  const dimension = dimensionOf(base.inputShape);
  const pictures = Array.from({ length: IMAGE_KINDS }, (_, image) => measuredImage(image, dimension));
  const scores = (images: readonly number[], count?: number) => scoresOf(base, pictures, images, count);
  const rows = await scores(order);
  const again = mostApart(rows, await scores(order));
  const range = rangeOf(rows);
  const rounding = precision * range;
  if (again > rounding) {
    return { kind: "random", difference: again, tolerance: rounding, between: "two runs of the same batch" };
  }
  const worst = await worstCompany(order, rows, scores);
  if (worst.difference === 0) return undefined;
  const blurred = pictures.map((pixels, image) => underNoise(precision, pixels, image, 1));
  const response = base.scores === undefined ? 0 : mostApart(rows, await scoresOf(base, blurred, order));
  const tolerance = base.scores === undefined ? 0 : Math.max(Number.isFinite(response) ? response : 0, UNITS * range);
  return worst.difference > tolerance ? { kind: "coupled", tolerance, ...worst } : undefined;
}

/** Where the scores of an image differ most from those at its first place in the fullest batch. */
async function worstCompany(
  order: readonly number[],
  rows: readonly number[][],
  scores: (images: readonly number[], count?: number) => Promise<number[][]>,
): Promise<Pick<Deviation, "difference" | "between">> {
  let worst = { difference: 0, between: "" };
  for (const { images, count, between } of company(order)) {
    const found = await scores(images, count);
    const difference = mostApart(
      found,
      found.map((own, row) => rows[order.indexOf(images[row])] ?? own),
    );
    if (difference > worst.difference) worst = { difference, between };
  }
  return worst;
}

/**
 * Refuses a classifier that is no function of one image, see {@link deviationOf}.
 *
 * @param path its file, for the message @param suspects what may be the reason, if that is known
 * @throws FileError saying what was measured
 */
export async function requireFunctionOfOneImage(
  base: BaseClassifier,
  path: string,
  options: OneImageOptions = {},
  suspects: readonly string[] = [],
): Promise<void> {
  const deviation = await deviationOf(base, options);
  if (deviation === undefined) return;
  const { kind, difference, tolerance, between } = deviation;
  const what =
    kind === "random"
      ? "but it answers at random, or keeps state"
      : "but its scores for an image depend on the batch that the image comes in";
  const how = `they differ by ${short(difference)} between ${between}, where rounding explains ${short(tolerance)}`;
  const whose = suspects.length === 0 ? "" : `; it may be ${suspects.slice(0, SUSPECTS).join(" or ")}`;
  const next =
    "Export it for inference (in PyTorch after model.eval()), without anything that is random or joins images";
  throw new FileError(path, `expected a function of one image, ${what}: ${how}${whose}. ${next}`);
}

/** How many suspects a message names. */
const SUSPECTS = 3;

/** A batch in which images are compared. */
interface Company {
  readonly images: readonly number[];
  /** Images that are asked for; what lies behind them in the batch is none of the classifier's business. */
  readonly count?: number;
  readonly between: string;
}

function company(order: readonly number[]): Company[] {
  const size = order.length;
  const last = order[size - 1];
  return [
    { images: order, between: `places in a batch of ${size}` },
    { images: order.toReversed(), between: `a batch of ${size} and the same turned round` },
    { images: [0, 2].slice(0, size), between: `an image in a batch of ${size} and in one of 2` },
    { images: [last], between: `an image in a batch of ${size} and alone` },
    {
      images: [...order.slice(1), 0],
      count: 1,
      between: `an image in a batch of ${size} and before what isn't asked for`,
    },
  ];
}
