import { requireInteger } from "../errors.js";
import type { Dataset } from "./dataset.js";
import { hashExamples } from "./hash.js";

/**
 * The first `count` examples, as a view: nothing is copied. Its hash is that of the examples it shows.
 * @throws ArgumentError if count is not an integer in [1, dataset.length].
 */
export function takeFirst(dataset: Dataset, count: number): Dataset {
  requireInteger(count, "takeFirst", "count", 1, dataset.length);
  let hash: string | undefined;
  return {
    name: dataset.name,
    split: dataset.split,
    shape: dataset.shape,
    classes: dataset.classes,
    length: count,
    pixelType: dataset.pixelType,
    warnings: dataset.warnings ?? [],
    source: `first ${count} of ${dataset.length} from ${dataset.source}`,
    hash() {
      hash ??= hashExamples(this);
      return hash;
    },
    example(i) {
      requireInteger(i, `dataset ${dataset.name}`, "example", 0, count - 1);
      return dataset.example(i);
    },
  };
}
