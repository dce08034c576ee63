import * as tf from "@tensorflow/tfjs-core";
import { crossEntropy } from "./cross-entropy.js";
import { isThere, registerOperation } from "./tensorflow-op.js";

const LABEL_CROSS_ENTROPY = "LabelCrossEntropy";
const GRADIENT = "LabelCrossEntropyGradient";

/**
 * Cross-entropy -log softmax(logits)_label of each row, in nats: [n, classes] and [n] to [n]. On TensorFlow's engine
 * our own operation (`native/cross-entropy.cc`) does it, without a row of zeros and a one for each label.
 *
 * @param logits of at least two classes @param labels int32, in [0, classes)
 */
export function labelCrossEntropy(logits: tf.Tensor2D, labels: tf.Tensor1D): tf.Tensor1D {
  if (!hasLabelCrossEntropy()) return crossEntropy(logits, tf.oneHot(labels, logits.shape[1]) as tf.Tensor2D);
  const [losses] = tf.engine().runKernel(LABEL_CROSS_ENTROPY, { logits, labels }) as unknown as tf.Tensor1D[];
  return losses;
}

/** Whether the current engine has the operation. */
export function hasLabelCrossEntropy(): boolean {
  return isThere(LABEL_CROSS_ENTROPY, () => {
    const inputs = { logits: tf.zeros([1, 4]), labels: tf.tensor1d([3], "int32") };
    const [losses] = tf.engine().runKernel(LABEL_CROSS_ENTROPY, inputs) as unknown as tf.Tensor[];
    return Math.abs(losses.dataSync()[0] - Math.log(4)) < 1e-6;
  });
}

/** Makes the operations known to TensorFlow.js, with the gradient for the logits. */
export function registerLabelCrossEntropy(): void {
  registerOperation(LABEL_CROSS_ENTROPY, ["logits", "labels"], 2);
  registerOperation(GRADIENT, ["dLosses", "logits", "labels", "logSums"], 1);
  tf.registerGradient({
    kernelName: LABEL_CROSS_ENTROPY,
    inputsToSave: ["logits", "labels"],
    outputsToSave: [false, true],
    gradFunc: (dys, [logits, labels, logSums]) => {
      const [dLosses] = dys as tf.Tensor[];
      return {
        logits: () => {
          const [dLogits] = tf
            .engine()
            .runKernel(GRADIENT, { dLosses, logits, labels, logSums }) as unknown as tf.Tensor[];
          return dLogits;
        },
      };
    },
  });
}
