import * as tf from "@tensorflow/tfjs-core";
import { floatType, TENSORFLOW, type TensorFlowBackend } from "./tensorflow-op.js";

/** dy where x > 0, else 0: one pass, where the composed gradient takes four. */
const RELU_GRAD = "ReluGrad";

/** Gives the gradient of ReLU to TensorFlow's own kernel, on its engine; on others it stays as it is. */
export function registerReluGradient(): void {
  tf.registerKernel({
    kernelName: RELU_GRAD,
    backendName: TENSORFLOW,
    kernelFunc: ({ inputs, backend }) => {
      const tensorflow = backend as unknown as TensorFlowBackend;
      const { dy, x } = inputs as Record<string, tf.Tensor>;
      return tensorflow.executeSingleOutput(RELU_GRAD, [floatType(tensorflow)], [dy, x]);
    },
  });
  tf.registerGradient({
    kernelName: RELU_GRAD,
    inputsToSave: ["x"],
    gradFunc: (ddy, [x]) => ({ dy: () => reluGradient(ddy as tf.Tensor, x), x: () => tf.zerosLike(x) }),
  });
  const original = tf.getGradient(tf.Relu);
  tf.unregisterGradient(tf.Relu);
  tf.registerGradient({
    ...original,
    gradFunc: (dy, saved, attrs) =>
      tf.getBackend() === TENSORFLOW
        ? { x: () => reluGradient(dy as tf.Tensor, saved[0]) }
        : original.gradFunc(dy, saved, attrs),
  });
}

/** dy where x > 0, else 0, by TensorFlow. */
export function reluGradient(dy: tf.Tensor, x: tf.Tensor): tf.Tensor {
  return tf.engine().runKernel(RELU_GRAD, { dy, x }) as tf.Tensor;
}
