import { requireInteger } from "../errors.js";
import type { Dataset } from "./dataset.js";
import { selectExamples } from "./select-examples.js";

/**
 * The first `count` examples, as a view.
 * @throws ArgumentError if count is not an integer in [1, dataset.length].
 */
export function takeFirst(dataset: Dataset, count: number): Dataset {
  requireInteger(count, "takeFirst", "count", 1, dataset.length);
  return selectExamples(
    dataset,
    Array.from({ length: count }, (_, i) => i),
    `first ${count}`,
  );
}
