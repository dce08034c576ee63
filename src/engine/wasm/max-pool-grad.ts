/**
 * Gradient of max pooling: `dy` goes to the first largest pixel of its window. The engine's own kernel is ten times
 * slower.
 */
import * as tf from "@tensorflow/tfjs-core";
import { floats, type KernelArguments, replaceKernel } from "./backend.js";

export function registerMaxPoolGrad(): void {
  replaceKernel(tf.MaxPoolGrad, maxPoolGrad);
}

function maxPoolGrad({ inputs, backend, attrs }: KernelArguments): tf.TensorInfo {
  const x = inputs.input!;
  const { filterSize, strides, pad, dimRoundingMode } = attrs as unknown as tf.MaxPoolGradAttrs;
  const shape = x.shape as [number, number, number, number];
  const info = tf.backend_util.computePool2DInfo(shape, filterSize, strides, 1, pad, dimRoundingMode);
  const gradient = backend.makeOutput(x.shape, "float32");
  const out = floats(backend, gradient);
  out.fill(0);
  route(out, floats(backend, x), floats(backend, inputs.dy!), info);
  return gradient;
}

function route(out: Float32Array, x: Float32Array, dy: Float32Array, info: tf.backend_util.Conv2DInfo): void {
  const { batchSize, outHeight, outWidth, inHeight, inWidth, inChannels, padInfo } = info;
  let window = 0;
  for (let n = 0; n < batchSize; n++) {
    for (let oh = 0; oh < outHeight; oh++) {
      const top = oh * info.strideHeight - padInfo.top;
      const firstRow = Math.max(0, top);
      const endRow = Math.min(inHeight, top + info.effectiveFilterHeight);
      for (let ow = 0; ow < outWidth; ow++) {
        const left = ow * info.strideWidth - padInfo.left;
        const firstColumn = Math.max(0, left);
        const endColumn = Math.min(inWidth, left + info.effectiveFilterWidth);
        for (let channel = 0; channel < inChannels; channel++, window++) {
          let largest = Number.NEGATIVE_INFINITY;
          let at = -1;
          for (let row = firstRow; row < endRow; row++) {
            const end = ((n * inHeight + row) * inWidth + endColumn) * inChannels;
            let i = ((n * inHeight + row) * inWidth + firstColumn) * inChannels + channel;
            for (; i < end; i += inChannels) {
              if (x[i] > largest) {
                largest = x[i];
                at = i;
              }
            }
          }
          if (at >= 0) out[at] += dy[window];
        }
      }
    }
  }
}
