import * as tf from "@tensorflow/tfjs-core";

/**
 * The rows of a table that indices name: [rows, width] and int32 of any shape to [..., width]. Its gradient for the
 * table adds up in place, which all engines can, and those of TensorFlow.js's `gather` can't.
 *
 * @param indices in [0, rows)
 */
export function lookUp(table: tf.Tensor2D, indices: tf.Tensor): tf.Tensor {
  const rows = tf.customGrad((...inputs) => ({
    value: tf.gather(inputs[0] as tf.Tensor, indices),
    gradFunc: (dy: tf.Tensor) => {
      const [, width] = table.shape;
      return tf.scatterND(tf.reshape(indices, [-1, 1]), tf.reshape(dy, [-1, width]), table.shape);
    },
  }));
  return rows(table);
}
