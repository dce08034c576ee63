import { type Dataset, dimensionOf, writeUnit } from "../../src/core.js";
import { argmax, type BaseClassifier } from "./base-classifier.js";
import { withImage } from "./nan-output.js";

/** What a base classifier makes of examples without noise. */
export interface Evaluation {
  readonly images: number;
  /** Images that get their label. */
  readonly right: number;
  /** Images whose label is among the `top` classes of the largest scores; undefined where there are no scores. */
  readonly rightInTop: number | undefined;
  /** Images by label and by the class that they get: `confusion[label][class]`. */
  readonly confusion: readonly (readonly number[])[];
}

/** Shown after each batch: how many images are done, and how many of them are right. */
export type EvaluationHook = (images: number, right: number) => void;

/**
 * Asks a base classifier for the examples at `indices`, without noise.
 *
 * @param top an integer of at least 1
 * @throws NanOutputError naming the example, where an output is NaN
 */
export async function evaluate(
  base: BaseClassifier,
  dataset: Dataset,
  indices: readonly number[],
  { top = 5, onBatch }: { readonly top?: number; readonly onBatch?: EvaluationHook } = {},
): Promise<Evaluation> {
  const dimension = dimensionOf(dataset.shape);
  const size = Math.min(base.batchSize, indices.length);
  const batch = new Float32Array(size * dimension);
  const confusion = Array.from({ length: base.classes }, () => new Array<number>(base.classes).fill(0));
  let [right, rightInTop] = [0, 0];
  for (let start = 0; start < indices.length; start += size) {
    const examples = indices.slice(start, start + size).map((i) => dataset.example(i));
    for (const [i, { pixels }] of examples.entries()) writeUnit(pixels, batch, i * dimension);
    const answers = await answersOf(base, batch, examples.length).catch((error: unknown) => {
      throw withImage(error, (row) => `image ${indices[start + row]} of the data, without noise`);
    });
    for (const [i, { label }] of examples.entries()) {
      const { predict, rankOf } = answers[i];
      confusion[label][predict] += 1;
      if (predict === label) right += 1;
      if (rankOf !== undefined && rankOf(label) < top) rightInTop += 1;
    }
    onBatch?.(start + examples.length, right);
  }
  return {
    images: indices.length,
    right,
    rightInTop: base.scores === undefined ? undefined : rightInTop,
    confusion,
  };
}

interface Answer {
  readonly predict: number;
  /** How many classes come before one. */
  readonly rankOf?: (label: number) => number;
}

async function answersOf(base: BaseClassifier, batch: Float32Array, count: number): Promise<Answer[]> {
  const { classes, name } = base;
  if (base.scores === undefined) {
    const labels = new Int32Array(count);
    await base.classify(batch, count, labels);
    return Array.from(labels, (predict) => ({ predict }));
  }
  const scores = Array.from(await base.scores(batch, count));
  return Array.from({ length: count }, (_, row) => {
    const own = scores.slice(row * classes, (row + 1) * classes);
    const predict = argmax(scores, row * classes, classes, name);
    // Of equal scores the first comes first, as in argmax.
    const rankOf = (label: number): number =>
      own.filter((score, c) => score > own[label] || (score === own[label] && c < label)).length;
    return { predict, rankOf };
  });
}
