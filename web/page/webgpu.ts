/**
 * Whether models can be computed on a graphics processor: where the browser has one for pages, and whoever serves the
 * page has ONNX Runtime for it, which is as large as all the rest and so is no part of the package.
 */
export async function hasWebGpu(): Promise<boolean> {
  // TypeScript's own types know no WebGPU.
  const { gpu } = navigator as { gpu?: { requestAdapter(): Promise<object | null> } };
  if (gpu === undefined || (await gpu.requestAdapter()) === null) return false;
  return (await fetch("ort-wasm-simd-threaded.asyncify.wasm", { method: "HEAD" })).ok;
}
