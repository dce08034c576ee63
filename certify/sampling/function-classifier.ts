import { dimensionOf, type ImageShape, requireInteger } from "../../src/core.js";
import type { BaseClassifier } from "./base-classifier.js";

/** What {@link functionClassifier} needs to know beside the function. */
export interface FunctionClassifierOptions {
  readonly name: string;
  readonly inputShape: ImageShape;
  readonly classes: number;
  /** @defaultValue 256 */
  readonly batchSize?: number;
}

/**
 * A plain function as a base classifier.
 *
 * @param label maps one image (HWC, units of [0, 1]; a view that is only valid during the call) to its label
 * @throws ArgumentError, from `classify`, if a label is not an integer in [0, classes)
 */
export function functionClassifier(
  label: (pixels: Float32Array) => number,
  options: FunctionClassifierOptions,
): BaseClassifier {
  const dimension = dimensionOf(options.inputShape);
  return {
    ...options,
    hash: "",
    runtime: "function",
    batchSize: options.batchSize ?? 256,
    async classify(batch, count, labels) {
      for (let i = 0; i < count; i++) {
        const value = label(batch.subarray(i * dimension, (i + 1) * dimension));
        requireInteger(value, options.name, "the function's label", 0, options.classes - 1);
        labels[i] = value;
      }
    },
  };
}
