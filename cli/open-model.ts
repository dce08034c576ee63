import type { BaseClassifier } from "../certify/index.js";
import { type Dataset, type ImageShape, type LabelMap, readLabelMap, relabel, requireThat } from "../src/index.js";
import { type FeedFlags, feedOf } from "./model-options.js";
import type { FeedOptions, ModelSource } from "./model-source.js";
import { note } from "./print.js";

/** A model and a data set that belong together: labels of the one are labels of the other. */
export interface OpenedModel {
  readonly classifier: BaseClassifier;
  readonly dataset: Dataset;
  /** How the model is fed. */
  readonly feed: FeedOptions;
}

/**
 * Opens a model for a data set, whose labels become the model's where --labels says so.
 *
 * @param logged the map that a log records, which --labels must not contradict and needn't repeat
 * @throws ArgumentError if their classes differ in number and no map is given, or for a map that doesn't fit
 */
export async function openModel(
  source: ModelSource,
  dataset: Dataset,
  options: FeedFlags,
  logged?: LabelMap,
): Promise<OpenedModel> {
  const map = options.labels === undefined ? logged : await readLabelMap(options.labels, dataset.classes);
  const feed = feedFor(dataset, map, options);
  const classifier = await source.open(dataset.shape, feed);
  tellNotes(classifier);
  return { classifier, dataset: underLabelsOf(classifier, dataset, map), feed };
}

/** How a model is fed for a data set. Without a map, its number of classes tells scores from features. */
export function feedFor(dataset: Dataset, map: LabelMap | undefined, options: FeedFlags): FeedOptions {
  return { ...feedOf(options), ...(map === undefined && { classes: dataset.classes.length }) };
}

/** Opens a model for images of no data set in particular. */
export async function openAlone(source: ModelSource, shape: ImageShape, options: FeedFlags): Promise<BaseClassifier> {
  const classifier = await source.open(shape, feedOf(options));
  tellNotes(classifier);
  return classifier;
}

function tellNotes({ name, notes = [] }: BaseClassifier): void {
  for (const each of notes) note(`${name}: ${each}`);
}

/**
 * The data set under the labels of a model.
 *
 * @throws ArgumentError if there is no map though their classes differ in number, or for a map that doesn't fit
 */
export function underLabelsOf(classifier: BaseClassifier, dataset: Dataset, map: LabelMap | undefined): Dataset {
  if (map === undefined) {
    requireSameClasses(classifier, dataset);
    return dataset;
  }
  const relabelled = relabel(dataset, map, classifier.classes);
  const left = dataset.length - relabelled.length;
  if (left > 0) {
    const names = dataset.classes.filter((_, c) => map[c] === null).join(", ");
    note(`${left} of ${dataset.length} images are left out: the model has no class for theirs (${names})`);
  }
  return relabelled;
}

/** @throws ArgumentError if a model's classes and those of a data set differ in number */
export function requireSameClasses({ name, classes }: BaseClassifier, dataset: Dataset): void {
  const rule = `a classifier of ${dataset.name}'s ${dataset.classes.length} classes`;
  const next =
    `Say which of the model's classes, 0 to ${classes - 1}, each class of ${dataset.name} is: ` +
    "--labels LIST or FILE, with - for none";
  requireThat(classes === dataset.classes.length, name, "model", rule, classes, next);
}
