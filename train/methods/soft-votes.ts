import * as tf from "@tensorflow/tfjs-core";

/**
 * What the copies of an example say together. All take rows of copies, those of one example back to back, and return
 * one row per example.
 */

/** The mean over an example's copies: [examples * copies, columns] to [examples, columns]. */
export function meanOfCopies(rows: tf.Tensor2D, copies: number): tf.Tensor2D {
  return tf.tidy(() => tf.mean(byExample(rows, copies), 1) as tf.Tensor2D);
}

/** The logarithm of the mean over an example's copies of the probabilities that they give: [examples, classes]. */
export function logMeanProbabilities(logits: tf.Tensor2D, copies: number): tf.Tensor2D {
  return tf.tidy(() => {
    const logs = byExample(tf.logSoftmax(logits), copies);
    return tf.sub(tf.logSumExp(logs, 1), Math.log(copies)) as tf.Tensor2D;
  });
}

/** The cross-entropy of an example's mean probabilities, -log mean_i p_i[y] for a label y: [examples]. */
export function softVoteLosses(logits: tf.Tensor2D, targets: tf.Tensor2D, copies: number): tf.Tensor1D {
  return tf.tidy(() => {
    const logs = logMeanProbabilities(logits, copies);
    return tf.neg(tf.sum(tf.mul(meanOfCopies(targets, copies), logs), 1)) as tf.Tensor1D;
  });
}

/** [examples * copies, columns] to [examples, copies, columns] */
function byExample(rows: tf.Tensor2D, copies: number): tf.Tensor3D {
  return tf.reshape(rows, [-1, copies, rows.shape[1]]);
}
