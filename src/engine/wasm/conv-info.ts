import * as tf from "@tensorflow/tfjs-core";
import { EngineError } from "../../errors.js";

export type Conv2DInfo = tf.backend_util.Conv2DInfo;

/** Sizes of the convolution whose gradient `kernel` computes; channels last only, as the engine's own convolution. */
export function convolutionOf(
  kernel: string,
  inputShape: readonly number[],
  filterShape: readonly number[],
  attrs: tf.NamedAttrMap,
): Conv2DInfo {
  const { strides, pad, dataFormat, dimRoundingMode } = attrs as unknown as tf.Conv2DBackpropFilterAttrs;
  if (dataFormat !== "NHWC") {
    throw new EngineError(`wasm: ${kernel} works with channels last (NHWC) only, got ${dataFormat}`);
  }
  return tf.backend_util.computeConv2DInfo(
    [...inputShape] as [number, number, number, number],
    [...filterShape] as [number, number, number, number],
    strides,
    1,
    pad,
    dimRoundingMode,
    false,
    "channelsLast",
  );
}
