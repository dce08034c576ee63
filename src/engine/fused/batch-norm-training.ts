import * as tf from "@tensorflow/tfjs-core";
import * as tfl from "@tensorflow/tfjs-layers";
import { floatType, type OpAttribute, TENSORFLOW, type TensorFlowBackend } from "./tensorflow-op.js";

/**
 * Batch normalisation in training mode by TensorFlow's FusedBatchNormV3 and its gradient. TensorFlow.js composes it of moments, a normalisation and their gradients, a
 * dozen passes over the activations; these two kernels take a few.
 */

const FORWARD = "FusedBatchNormTraining";
const BACKWARD = "FusedBatchNormTrainingGrad";

/** What is used of the layer `batchNormalization`. */
interface BatchNormalization {
  readonly axis: number;
  readonly epsilon: number;
  readonly momentum: number;
  readonly gamma: tfl.LayerVariable | undefined;
  readonly beta: tfl.LayerVariable | undefined;
  readonly movingMean: tfl.LayerVariable;
  readonly movingVariance: tfl.LayerVariable;
}

/** Lets the layer `batchNormalization` train with the fused kernels on TensorFlow's engine, in every model; elsewhere it stays as it is. */
export function registerBatchNormTraining(): void {
  registerKernels();
  const layer = Object.getPrototypeOf(tfl.layers.batchNormalization({ name: "fused" })) as tfl.layers.Layer;
  const original = layer.call;
  layer.call = function (this: tfl.layers.Layer & BatchNormalization, inputs, kwargs) {
    const x = (Array.isArray(inputs) ? inputs[0] : inputs) as tf.Tensor;
    if (kwargs.training !== true || !fits(this, x)) return original.call(this, inputs, kwargs);
    return tf.tidy(() => normalize(this, x));
  };
}

/** Over the last axis of images, with both scale and offset. */
function fits({ axis, gamma, beta }: BatchNormalization, x: tf.Tensor): boolean {
  return tf.getBackend() === TENSORFLOW && x.rank === 4 && (axis === -1 || axis === 3) && !!gamma && !!beta;
}

function normalize(layer: BatchNormalization, x: tf.Tensor): tf.Tensor {
  const inputs = { x, scale: layer.gamma!.read(), offset: layer.beta!.read() };
  const [y, mean, variance] = tf.engine().runKernel(FORWARD, inputs, { epsilon: layer.epsilon }) as tf.Tensor[];
  const count = x.size / mean.size;
  moveTowards(layer.movingMean, mean, layer.momentum);
  // TensorFlow gives the unbiased variance; the layer keeps the biased one.
  moveTowards(layer.movingVariance, tf.mul(variance, (count - 1) / count), layer.momentum);
  return y;
}

function moveTowards(average: tfl.LayerVariable, value: tf.Tensor, momentum: number): void {
  tf.tidy(() => {
    average.write(tf.add(tf.mul(average.read(), momentum), tf.mul(value, 1 - momentum)));
  });
}

function registerKernels(): void {
  tf.registerKernel({
    kernelName: FORWARD,
    backendName: TENSORFLOW,
    kernelFunc: ({ inputs, backend, attrs }) => {
      const { x, scale, offset } = inputs as Record<string, tf.Tensor>;
      const none = tf.tensor1d([], "float32");
      const tensorflow = backend as unknown as TensorFlowBackend;
      const attributes = [...attributesOf(tensorflow, attrs), factor(tensorflow)];
      const outputs = tensorflow.executeMultipleOutputs(
        "FusedBatchNormV3",
        attributes,
        [x, scale, offset, none, none],
        6,
      );
      none.dispose();
      return outputs;
    },
  });
  tf.registerKernel({
    kernelName: BACKWARD,
    backendName: TENSORFLOW,
    kernelFunc: ({ inputs, backend, attrs }) => {
      const { dy, x, scale, reserve1, reserve2, reserve3 } = inputs as Record<string, tf.Tensor>;
      const tensorflow = backend as unknown as TensorFlowBackend;
      const saved = [dy, x, scale, reserve1, reserve2, reserve3];
      return tensorflow.executeMultipleOutputs("FusedBatchNormGradV3", attributesOf(tensorflow, attrs), saved, 5);
    },
  });
  tf.registerGradient({
    kernelName: FORWARD,
    inputsToSave: ["x", "scale"],
    outputsToSave: [false, false, false, true, true, true],
    gradFunc: (dys, [x, scale, reserve1, reserve2, reserve3], attrs) => {
      const [dy] = dys as tf.Tensor[];
      const [dx, dScale, dOffset] = tf
        .engine()
        .runKernel(BACKWARD, { dy, x, scale, reserve1, reserve2, reserve3 }, attrs) as tf.Tensor[];
      return { x: () => tf.clone(dx), scale: () => tf.clone(dScale), offset: () => tf.clone(dOffset) };
    },
  });
}

function attributesOf(backend: TensorFlowBackend, attrs: tf.NamedAttrMap | undefined): OpAttribute[] {
  const { binding } = backend;
  return [
    floatType(backend),
    floatType(backend, "U"),
    { name: "epsilon", type: binding.TF_ATTR_FLOAT, value: attrs?.epsilon },
    { name: "data_format", type: binding.TF_ATTR_STRING, value: "NHWC" },
    { name: "is_training", type: binding.TF_ATTR_BOOL, value: true },
  ];
}

/** The batch's own moments, not a mixture with earlier ones. */
function factor({ binding }: TensorFlowBackend): OpAttribute {
  return { name: "exponential_avg_factor", type: binding.TF_ATTR_FLOAT, value: 1 };
}
