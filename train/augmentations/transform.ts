import type { z } from "zod";
import type { CounterRandom, Dataset } from "../../src/index.js";

/**
 * The contract of a transform: what an image goes through before noise is added, e.g. a random crop. A transform is one
 * file in this folder and one entry of `TRANSFORMS`; how it is written in `--augment`, its help and its checks follow
 * from the declaration.
 */
export interface Transform {
  /** E.g. `crop`. */
  readonly name: string;
  /** A line for `--help`: what it does to an image. */
  readonly description: string;
  /** The options, numbers or integers, each with its range and a description; written `name:first:second`. */
  readonly options: z.ZodObject;
  /**
   * The transform of a dataset's images.
   *
   * @throws ArgumentError if such images can't be transformed so; each option by itself has been checked by the schema
   */
  create(options: never, dataset: Dataset): Apply;
}

/**
 * A pure function of an image and of the random numbers, which it reads on from where the transform before it stopped:
 * the same for the same image, seed, example and sample. The image that it is given is not written to.
 *
 * @param another draws an example of the training set, each equally likely, by the same random numbers, and takes it
 * through the transforms that come before this one: for transforms that mix images
 */
export type Apply = (image: LabelledImage, random: CounterRandom, another: () => LabelledImage) => LabelledImage;

/** An image on its way through a chain of transforms. */
export interface LabelledImage {
  /** HWC, in units of [0, 1]. */
  readonly pixels: Float32Array;
  /** The probability of each class that it should get, which add up to 1: one-hot unless labels have been mixed. */
  readonly target: Float32Array;
}

/** A transform whose `create` takes what its schema gives. */
export function defineTransform<Options extends z.ZodObject>(transform: {
  readonly name: string;
  readonly description: string;
  readonly options: Options;
  create(options: z.output<Options>, dataset: Dataset): Apply;
}): Transform {
  return transform;
}
