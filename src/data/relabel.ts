import { requireInteger, requireThat } from "../errors.js";
import type { Dataset, Example, LabelMap } from "./dataset.js";
import { hashExamples } from "./hash.js";

/**
 * A data set under a model's labels, as a view: nothing is copied. Images of classes without one are left out, and
 * those kept are counted from 0. It has all of the model's classes: those that stand for classes of the data set bear
 * their names, the others their numbers.
 *
 * @param map one entry a class, each null or an integer in [0, classes) @param classes the model's classes
 * @throws ArgumentError for another map, or one that leaves out every image
 */
export function relabel(dataset: Dataset, map: LabelMap, classes: number): Dataset {
  const rule = `${dataset.classes.length} entries, one for each class of ${dataset.name}`;
  requireThat(map.length === dataset.classes.length, "--labels", "the map", rule, map.length);
  map.forEach((label, c) => {
    if (label !== null)
      requireInteger(label, "--labels", `the model's class of '${dataset.classes[c]}'`, 0, classes - 1);
  });
  const kept = keptExamples(dataset, map);
  requireThat(kept.length > 0, "--labels", "the map", "one that keeps some image", map);
  let hash: string | undefined;
  return {
    name: dataset.name,
    split: dataset.split,
    shape: dataset.shape,
    classes: namesOf(dataset.classes, map, classes),
    length: kept.length,
    pixelType: dataset.pixelType,
    labelMap: map,
    source: `${kept.length} of ${dataset.length}, under a model's labels, from ${dataset.source}`,
    hash() {
      hash ??= hashExamples(this);
      return hash;
    },
    example(i): Example {
      requireInteger(i, `dataset ${dataset.name}`, "example", 0, kept.length - 1);
      const { pixels, label } = dataset.example(kept[i]);
      return { pixels, label: map[label] as number };
    },
  };
}

/** The examples that a data set keeps under a map, by their index in it. */
export function keptExamples(dataset: Dataset, map: LabelMap): number[] {
  const all = Array.from({ length: dataset.length }, (_, i) => i);
  return map.includes(null) ? all.filter((i) => map[dataset.example(i).label] !== null) : all;
}

function namesOf(names: readonly string[], map: LabelMap, classes: number): string[] {
  return Array.from({ length: classes }, (_, label) => {
    const standsFor = names.filter((_name, c) => map[c] === label);
    return standsFor.length === 0 ? String(label) : standsFor.join("/");
  });
}
