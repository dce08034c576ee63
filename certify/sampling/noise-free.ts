import { type Dataset, dimensionOf, writeUnit } from "../../src/core.js";
import type { BaseClassifier } from "./base-classifier.js";
import { withImage } from "./nan-output.js";

/**
 * How many of the examples at `indices` a base classifier labels right, without noise.
 *
 * @throws NanOutputError naming the example, where an output is NaN
 */
export async function correctWithoutNoise(
  base: BaseClassifier,
  dataset: Dataset,
  indices: readonly number[],
): Promise<number> {
  const dimension = dimensionOf(dataset.shape);
  const size = Math.min(base.batchSize, indices.length);
  const [batch, labels] = [new Float32Array(size * dimension), new Int32Array(size)];
  let correct = 0;
  for (let start = 0; start < indices.length; start += size) {
    const examples = indices.slice(start, start + size).map((i) => dataset.example(i));
    examples.forEach(({ pixels }, i) => {
      writeUnit(pixels, batch, i * dimension);
    });
    try {
      await base.classify(batch, examples.length, labels);
    } catch (error) {
      throw withImage(error, (row) => `image ${indices[start + row]} of the data, without noise`);
    }
    correct += examples.filter(({ label }, i) => labels[i] === label).length;
  }
  return correct;
}
