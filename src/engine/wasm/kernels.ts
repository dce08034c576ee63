import { registerConv2DBackpropFilter } from "./conv-backprop-filter.js";
import { registerConv2DBackpropInput } from "./conv-backprop-input.js";
import { registerMatMul } from "./mat-mul.js";
import { registerMaxPoolGrad } from "./max-pool-grad.js";

let registered = false;

/** Registers our kernels with the wasm engine, once; its module must be loaded. */
export function registerWasmKernels(): void {
  if (registered) return;
  registered = true;
  registerMatMul();
  registerConv2DBackpropFilter();
  registerConv2DBackpropInput();
  registerMaxPoolGrad();
}
