import * as tf from "@tensorflow/tfjs-core";
import { isThere, registerOperation } from "./tensorflow-op.js";

const SCALED_SUM = "ScaledSum";

/**
 * a factors[0] + b factors[1], of tensors of one shape. On TensorFlow's engine our own operation
 * (`native/scaled-sum-operations.cc`) takes one pass over memory, where a composition takes three. It has no gradient.
 *
 * @param factors [2]
 */
export function scaledSum<T extends tf.Tensor>(a: T, b: T, factors: tf.Tensor1D): T {
  if (hasScaledSum()) return run(a, b, factors) as T;
  return tf.tidy(() => {
    const [ofA, ofB] = tf.unstack(factors);
    return tf.add(tf.mul(a, ofA), tf.mul(b, ofB)) as T;
  });
}

function hasScaledSum(): boolean {
  return isThere(SCALED_SUM, () => {
    return run(tf.tensor1d([3]), tf.tensor1d([4]), tf.tensor1d([2, -1])).dataSync()[0] === 2;
  });
}

function run(a: tf.Tensor, b: tf.Tensor, factors: tf.Tensor1D): tf.Tensor {
  const [sum] = tf.engine().runKernel(SCALED_SUM, { a, b, factors }) as unknown as tf.Tensor[];
  return sum;
}

/** Makes the operation known to TensorFlow.js. */
export function registerScaledSum(): void {
  registerOperation(SCALED_SUM, ["a", "b", "factors"], 1);
}
