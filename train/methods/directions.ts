import * as tf from "@tensorflow/tfjs-core";

/** Each direction [n, height, width, channels] divided by its length; 0 where that is 0. */
export function unit(directions: tf.Tensor4D): tf.Tensor4D {
  // Gradients of confident networks are tiny: scaled by their largest part first, their squares do not vanish.
  const largest = tf.max(tf.abs(directions), [1, 2, 3], true);
  const scaled = tf.divNoNan(directions, largest);
  return tf.divNoNan(scaled, tf.sqrt(tf.sum(tf.square(scaled), [1, 2, 3], true))) as tf.Tensor4D;
}
