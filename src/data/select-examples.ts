import { requireInteger } from "../errors.js";
import type { Dataset } from "./dataset.js";
import { hashExamples } from "./hash.js";

/**
 * The examples at `indices`, in that order, as a view: nothing is copied. Its hash is that of the examples it shows.
 *
 * @param indices at least one, each an integer in [0, dataset.length)
 * @param which what they are, for the source: `first 100`
 * @throws ArgumentError if an index is out of range
 */
export function selectExamples(dataset: Dataset, indices: readonly number[], which: string): Dataset {
  requireInteger(indices.length, "selectExamples", "number of indices", 1);
  for (const index of indices) requireInteger(index, "selectExamples", "index", 0, dataset.length - 1);
  const { name, split, shape, classes, pixelType, labelMap, warnings = [], source } = dataset;
  let hash: string | undefined;
  return {
    name,
    split,
    shape,
    classes,
    pixelType,
    ...(labelMap && { labelMap }),
    warnings,
    length: indices.length,
    source: `${which} of ${dataset.length} from ${source}`,
    hash() {
      hash ??= hashExamples(this);
      return hash;
    },
    example(i) {
      requireInteger(i, `dataset ${name}`, "example", 0, indices.length - 1);
      return dataset.example(indices[i]);
    },
  };
}
