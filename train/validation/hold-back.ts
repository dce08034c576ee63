import { type Dataset, requireThat, selectExamples } from "../../src/index.js";

/** A training set in two parts. */
export interface HeldBack {
  readonly training: Dataset;
  readonly validation: Dataset;
}

/**
 * Holds back `images` examples, spread evenly over the set: one of each `length / images` in its order, so that a set
 * in the order of its classes gives some of each.
 *
 * @throws ArgumentError if none would be left to train on
 */
export function holdBack(dataset: Dataset, images: number, where = "train"): HeldBack {
  const { length } = dataset;
  const rule = `less than the ${length} images of the training set`;
  requireThat(images < length, where, "validate", rule, images);
  const held = Array.from({ length: images }, (_, i) => Math.floor(((i + 0.5) * length) / images));
  const isHeld = new Set(held);
  const rest = Array.from({ length }, (_, i) => i).filter((i) => !isHeld.has(i));
  return {
    training: selectExamples(dataset, rest, `${rest.length} to train on`),
    validation: selectExamples(dataset, held, `${images} held back`),
  };
}
