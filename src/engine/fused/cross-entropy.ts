import * as tf from "@tensorflow/tfjs-core";
import { floatType, TENSORFLOW, type TensorFlowBackend } from "./tensorflow-op.js";

const CROSS_ENTROPY = "SoftmaxCrossEntropyWithLogits";

/**
 * Cross-entropy -sum_k target_k log softmax(logits)_k of each row, in nats: [n, classes] twice to [n]. On TensorFlow's
 * engine one operation gives it and its gradient.
 *
 * @param targets distributions: rows that sum to 1. They have no gradient there
 */
export function crossEntropy(logits: tf.Tensor2D, targets: tf.Tensor2D): tf.Tensor1D {
  if (tf.getKernel(CROSS_ENTROPY, tf.getBackend()) === undefined) {
    return tf.neg(tf.sum(tf.mul(targets, tf.logSoftmax(logits)), 1));
  }
  const [losses] = tf.engine().runKernel(CROSS_ENTROPY, { logits, targets }) as unknown as tf.Tensor1D[];
  return losses;
}

/** Makes the operation known to TensorFlow.js, with its gradient for the logits. */
export function registerCrossEntropy(): void {
  tf.registerKernel({
    kernelName: CROSS_ENTROPY,
    backendName: TENSORFLOW,
    kernelFunc: ({ inputs, backend }) => {
      const { logits, targets } = inputs as Record<string, tf.Tensor>;
      const tensorflow = backend as unknown as TensorFlowBackend;
      return tensorflow.executeMultipleOutputs(CROSS_ENTROPY, [floatType(tensorflow)], [logits, targets], 2);
    },
  });
  tf.registerGradient({
    kernelName: CROSS_ENTROPY,
    outputsToSave: [false, true],
    gradFunc: (dys, [slopes]) => {
      const [dy] = dys as tf.Tensor[];
      return { logits: () => tf.mul(tf.reshape(dy, [-1, 1]), slopes) };
    },
  });
}
