/**
 * Whether a base classifier is a function of one image, measured: its scores of a few noisy images in several
 * batches.
 */
import { dimensionOf, FileError, gaussianNoise, STREAM } from "../src/index.js";
import type { BaseClassifier } from "./base-classifier.js";

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

/** Images that are compared: dark, bright, of strong contrast, and far brighter than any picture. */
const IMAGES = [
  { level: 0.1, sigma: 0.25 },
  { level: 0.9, sigma: 0.25 },
  { level: 0.5, sigma: 1 },
  { level: 4, sigma: 0.5 },
] as const;

/** 1024 units in the last place of a float32 of 1. */
const PRECISION = 2 ** -14;

/**
 * Measures whether the scores of an image depend on the images beside it, on its place in the batch, on the batch's
 * size, or on chance: a
 * batch is shown twice, turned round, in parts and one by one, some 20 images in all. Without scores it compares
 * labels.
 *
 * @returns what differs by more than rounding; undefined if nothing does
 */
export async function deviationOf(base: BaseClassifier, options: OneImageOptions = {}): Promise<Deviation | undefined> {
  const { size = Math.min(IMAGES.length, base.batchSize), precision = PRECISION } = options;
  const order = Array.from({ length: size }, (_, i) => i % IMAGES.length);
  const rows = await scoresOf(base, order);
  const again = mostApart(rows, await scoresOf(base, order));
  const rounding = precision * rangeOf(rows);
  if (again > rounding) {
    return { kind: "random", difference: again, tolerance: rounding, between: "two runs of the same batch" };
  }
  const reference = new Map(order.toReversed().map((image) => [image, rows[order.indexOf(image)]]));
  let worst = { difference: 0, between: "" };
  for (const { images, count, between } of company(order)) {
    const found = await scoresOf(base, images, { count });
    const expected = images.slice(0, count).map((image, row) => reference.get(image) ?? found[row]);
    const difference = mostApart(found, expected);
    if (difference > worst.difference) worst = { difference, between };
  }
  if (worst.difference === 0) return undefined;
  const tolerance = base.scores === undefined ? 0 : mostApart(rows, await scoresOf(base, order, { blur: precision }));
  return worst.difference > tolerance ? { kind: "coupled", tolerance, ...worst } : undefined;
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

const short = (value: number): string => String(Number(value.toPrecision(2)));

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

/** The scores of the first `count` of the images, a row for each; of images under noise of sigma `blur`. */
async function scoresOf(
  base: BaseClassifier,
  images: readonly number[],
  { count = images.length, blur }: { readonly count?: number | undefined; readonly blur?: number } = {},
): Promise<number[][]> {
  const dimension = dimensionOf(base.inputShape);
  const batch = new Float32Array(images.length * dimension);
  for (const [row, image] of images.entries()) {
    draw(batch.subarray(row * dimension, (row + 1) * dimension), image, blur);
  }
  const width = base.scores === undefined ? 1 : base.classes;
  const values = [...((await base.scores?.(batch, count)) ?? (await labelsOf(base, batch, count)))];
  return Array.from({ length: count }, (_, row) => values.slice(row * width, (row + 1) * width));
}

async function labelsOf(base: BaseClassifier, batch: Float32Array, count: number): Promise<Int32Array> {
  const labels = new Int32Array(count);
  await base.classify(batch, count, labels);
  return labels;
}

function draw(out: Float32Array, image: number, blur?: number): void {
  const { level, sigma } = IMAGES[image];
  const address = { seed: 0, stream: STREAM.theory, example: image, sample: 0 };
  gaussianNoise(sigma).perturb(out, 0, new Float32Array(out.length).fill(level), address, 1);
  if (blur !== undefined) gaussianNoise(blur).perturb(out, 0, out.slice(), { ...address, sample: 1 }, 1);
}

/** The largest difference between two rows' scores. */
function mostApart(a: readonly number[][], b: readonly number[][]): number {
  return Math.max(...a.map((row, i) => Math.max(...row.map((score, c) => apart(score, b[i][c])))));
}

/** Infinity between a number and none. */
function apart(a: number, b: number): number {
  if (Object.is(a, b) || a === b) return 0;
  const difference = Math.abs(a - b);
  return Number.isNaN(difference) ? Infinity : difference;
}

/** From the smallest to the largest of the finite scores. */
function rangeOf(rows: readonly number[][]): number {
  const finite = rows.flat().filter(Number.isFinite);
  return finite.length === 0 ? 0 : Math.max(...finite) - Math.min(...finite);
}
