import * as tf from "@tensorflow/tfjs-core";

/**
 * Replaces TensorFlow.js's gradient of the mean, on every engine. The original multiplies by ones that it makes in
 * JavaScript and copies to the engine; here the engine repeats the quotient.
 */
export function registerMeanGradient(): void {
  const original = tf.getGradient(tf.Mean);
  tf.unregisterGradient(tf.Mean);
  tf.registerGradient({
    ...original,
    gradFunc: (dy, [x], attrs) => ({ x: () => spread(dy as tf.Tensor, x.shape, attrs.axis as number | number[]) }),
  });
}

/** What each of the values that a mean was taken over has of its gradient. */
function spread(dy: tf.Tensor, shape: number[], axis: number | number[]): tf.Tensor {
  const averaged = new Set(tf.util.parseAxisParam(axis, shape));
  const kept = shape.map((size, i) => (averaged.has(i) ? 1 : size));
  const share = tf.mul(tf.reshape(dy, kept), dy.size / tf.util.sizeFromShape(shape));
  return tf.broadcastTo(share, shape);
}
