import { registerBatchNormGradient } from "./batch-norm.js";
import { registerPlainConvolution } from "./convolution.js";
import { registerMeanGradient } from "./mean.js";

let registered = false;

/**
 * Replaces gradients of TensorFlow.js that do more than they must, on every engine and for every model; once for all.
 */
export function registerGradients(): void {
  if (registered) return;
  registered = true;
  registerBatchNormGradient();
  registerMeanGradient();
  registerPlainConvolution();
}
