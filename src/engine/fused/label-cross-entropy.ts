import * as tf from "@tensorflow/tfjs-core";
import { crossEntropy } from "./cross-entropy.js";
import { floatType, TENSORFLOW, type TensorFlowBackend } from "./tensorflow-op.js";

const LABEL_CROSS_ENTROPY = "SparseSoftmaxCrossEntropyWithLogits";

/**
 * Cross-entropy -log softmax(logits)_label of each row, in nats: [n, classes] and [n] to [n]. On TensorFlow's engine
 * one operation gives it and its gradient, without a row of zeros and a one for each label.
 *
 * @param labels int32, in [0, classes)
 */
export function labelCrossEntropy(logits: tf.Tensor2D, labels: tf.Tensor1D): tf.Tensor1D {
  if (tf.getKernel(LABEL_CROSS_ENTROPY, tf.getBackend()) === undefined) {
    return crossEntropy(logits, tf.oneHot(labels, logits.shape[1]) as tf.Tensor2D);
  }
  const [losses] = tf.engine().runKernel(LABEL_CROSS_ENTROPY, { logits, labels }) as unknown as tf.Tensor1D[];
  return losses;
}

/** Makes the operation known to TensorFlow.js, with its gradient for the logits. */
export function registerLabelCrossEntropy(): void {
  tf.registerKernel({
    kernelName: LABEL_CROSS_ENTROPY,
    backendName: TENSORFLOW,
    kernelFunc: ({ inputs, backend }) => {
      const { logits, labels } = inputs as Record<string, tf.Tensor>;
      const tensorflow = backend as unknown as TensorFlowBackend;
      const { TF_ATTR_TYPE, TF_INT32 } = tensorflow.binding;
      const attributes = [floatType(tensorflow), { name: "Tlabels", type: TF_ATTR_TYPE, value: TF_INT32 }];
      return tensorflow.executeMultipleOutputs(LABEL_CROSS_ENTROPY, attributes, [logits, labels], 2);
    },
  });
  tf.registerGradient({
    kernelName: LABEL_CROSS_ENTROPY,
    outputsToSave: [false, true],
    gradFunc: (dys, [slopes]) => {
      const [dy] = dys as tf.Tensor[];
      return { logits: () => tf.mul(tf.reshape(dy, [-1, 1]), slopes) };
    },
  });
}
