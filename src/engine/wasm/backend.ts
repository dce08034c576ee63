/**
 * What our own kernels for the wasm engine need of its backend: tensors in its memory, and its other kernels.
 */
import type { BackendWasm } from "@tensorflow/tfjs-backend-wasm";
import * as tf from "@tensorflow/tfjs-core";
import { EngineError } from "../../errors.js";

export type { BackendWasm };

export interface KernelArguments {
  readonly inputs: tf.NamedTensorInfoMap;
  readonly backend: BackendWasm;
  readonly attrs: tf.NamedAttrMap;
}

/**
 * A view of a float32 tensor in the memory of the wasm module.
 * Any later allocation may move the memory: take views last, and drop them before the next kernel runs.
 */
export function floats(backend: BackendWasm, tensor: tf.TensorInfo): Float32Array {
  return backend.typedArrayFromHeap(tensor) as Float32Array;
}

/** Runs one of the engine's kernels. The caller owns the result and frees it with {@link free}. */
export function runKernel(
  backend: BackendWasm,
  name: string,
  inputs: tf.NamedTensorInfoMap,
  attrs: tf.NamedAttrMap,
): tf.TensorInfo {
  const kernel = tf.getKernel(name, "wasm");
  if (kernel === undefined)
    throw new EngineError(`wasm: kernel ${name} is not registered. Call useEngine("wasm") first.`);
  return kernel.kernelFunc({ inputs, backend, attrs }) as tf.TensorInfo;
}

export function transpose(backend: BackendWasm, x: tf.TensorInfo, perm: number[]): tf.TensorInfo {
  return runKernel(backend, tf.Transpose, { x }, { perm });
}

/** Product of two matrices, neither transposed: the one case XNNPACK takes. */
export function multiply(backend: BackendWasm, a: tf.TensorInfo, b: tf.TensorInfo): tf.TensorInfo {
  return runKernel(backend, tf.BatchMatMul, { a, b }, { transposeA: false, transposeB: false });
}

export function free(backend: BackendWasm, ...tensors: tf.TensorInfo[]): void {
  for (const tensor of tensors) backend.disposeData(tensor.dataId);
}

/**
 * Puts a kernel in the registry, in place of the one that is there; keeps the latter's setup, which binds the wasm
 * function.
 */
export function replaceKernel(name: string, kernelFunc: (args: KernelArguments) => tf.TensorInfo): void {
  const old = tf.getKernel(name, "wasm");
  if (old !== undefined) tf.unregisterKernel(name, "wasm");
  const setup = old?.setupFunc === undefined ? {} : { setupFunc: old.setupFunc };
  tf.registerKernel({ ...setup, kernelName: name, backendName: "wasm", kernelFunc: kernelFunc as tf.KernelFunc });
}
