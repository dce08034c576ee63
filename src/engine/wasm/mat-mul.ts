/**
 * Matrix product with transposed arguments, as in the gradient of a dense layer. The engine hands only untransposed
 * matrices to XNNPACK and runs a plain loop otherwise; a transpose first is about ten times faster.
 */
import * as tf from "@tensorflow/tfjs-core";
import { type BackendWasm, free, replaceKernel, transpose } from "./backend.js";

export function registerMatMul(): void {
  const plain = tf.getKernel(tf.BatchMatMul, "wasm").kernelFunc;
  replaceKernel(tf.BatchMatMul, ({ inputs, backend, attrs }) => {
    const a = attrs.transposeA ? transposed(backend, inputs.a!) : inputs.a!;
    const b = attrs.transposeB ? transposed(backend, inputs.b!) : inputs.b!;
    const product = plain({ inputs: { a, b }, backend, attrs: { transposeA: false, transposeB: false } });
    if (a !== inputs.a) free(backend, a);
    if (b !== inputs.b) free(backend, b);
    return product as tf.TensorInfo;
  });
}

function transposed(backend: BackendWasm, x: tf.TensorInfo): tf.TensorInfo {
  const perm = x.shape.map((_, axis) => axis);
  return transpose(backend, x, [...perm.slice(0, -2), perm.length - 1, perm.length - 2]);
}
