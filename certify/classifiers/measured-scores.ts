/** Scores of base classifiers on a few images, and how far they are from each other. */
import { dimensionOf } from "../../src/core.js";
import type { BaseClassifier } from "../sampling/base-classifier.js";

/** The scores of the first `count` of a batch of pictures, given by number: a row for each. */
export async function scoresOf(
  base: BaseClassifier,
  pictures: readonly Float32Array[],
  images: readonly number[],
  count = images.length,
): Promise<number[][]> {
  const dimension = dimensionOf(base.inputShape);
  const batch = new Float32Array(images.length * dimension);
  for (const [row, image] of images.entries()) batch.set(pictures[image], row * dimension);
  const width = base.scores === undefined ? 1 : base.classes;
  const values = Array.from((await base.scores?.(batch, count)) ?? (await labelsOf(base, batch, count)));
  return Array.from({ length: count }, (_, row) => values.slice(row * width, (row + 1) * width));
}

async function labelsOf(base: BaseClassifier, batch: Float32Array, count: number): Promise<Int32Array> {
  const labels = new Int32Array(count);
  await base.classify(batch, count, labels);
  return labels;
}

/** The largest difference between two rows' scores. */
export function mostApart(a: readonly number[][], b: readonly number[][]): number {
  return Math.max(...a.map((row, i) => Math.max(...row.map((score, c) => apart(score, b[i][c])))));
}

/** From the smallest to the largest of the finite scores. */
export function rangeOf(rows: readonly number[][]): number {
  let [least, most] = [Infinity, -Infinity];
  for (const score of rows.flat().filter(Number.isFinite))
    [least, most] = [Math.min(least, score), Math.max(most, score)];
  return Math.max(0, most - least);
}

/** How far two scores are from each other: infinity between a number and none. */
function apart(a: number, b: number): number {
  if (Object.is(a, b) || a === b) return 0;
  const difference = Math.abs(a - b);
  return Number.isNaN(difference) ? Infinity : difference;
}

/** A figure of two digits, for messages. */
export function short(value: number): string {
  return String(Number(value.toPrecision(2)));
}
