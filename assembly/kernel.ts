/**
 * The noise kernels, in AssemblyScript: noisy copies of one image, with the key layout of `NoiseSource`
 * (docs/noise.md). `npm run kernels` compiles them.
 */
export { gaussianCopies } from "./gaussian";
export { gridCopies, magnitudesAt, useThresholds } from "./grid";

/** Where free memory begins. */
export function heapBase(): usize {
  return __heap_base;
}
