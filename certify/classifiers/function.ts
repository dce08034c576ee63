import { dimensionOf, type ImageShape } from "../../src/index.js";
import type { BaseClassifier } from "../base-classifier.js";

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
      for (let i = 0; i < count; i++) labels[i] = label(batch.subarray(i * dimension, (i + 1) * dimension));
    },
  };
}
