import * as tf from "@tensorflow/tfjs-core";
import { floatType, instead, isThere, type OpAttribute, TENSORFLOW, type TensorFlowBackend } from "./tensorflow-op.js";

/** Max pooling by the quicker of TensorFlow's kernels, and its gradient. */

const ONE_DNN = "_MklNativeMaxPool";
const MAX_POOL_GRAD = "MaxPoolGradByArgmax";

/** How windows lie; what `MaxPool` carries. */
interface Windows {
  readonly filterSize: number | [number, number];
  readonly strides: number | [number, number];
  readonly pad: unknown;
}

/**
 * Gives max pooling to oneDNN, which takes half the time of the kernel that TensorFlow.js calls, and its gradient to
 * TensorFlow's kernel that is told where the maxima lie. The one that TensorFlow.js calls searches every window again
 * and takes twice as long, search for the maxima included.
 */
export function registerMaxPool(): void {
  instead<Windows>(tf.MaxPool, (backend, { x }, windows) =>
    fits(x, windows) ? pooled(backend, x, windows) : undefined,
  );
  tf.registerKernel({
    kernelName: MAX_POOL_GRAD,
    backendName: TENSORFLOW,
    kernelFunc: ({ inputs, backend, attrs }) => {
      const { dy, x } = inputs as Record<string, tf.Tensor>;
      return scatter(backend as unknown as TensorFlowBackend, dy, x, attrs as unknown as Windows);
    },
  });
  const original = tf.getGradient(tf.MaxPool);
  tf.unregisterGradient(tf.MaxPool);
  tf.registerGradient({
    ...original,
    gradFunc: (dy, saved, attrs) => {
      const [x] = saved;
      const windows = attrs as unknown as Windows;
      if (tf.getBackend() !== TENSORFLOW || !isUsual(x, windows)) return original.gradFunc(dy, saved, attrs);
      return { x: () => tf.engine().runKernel(MAX_POOL_GRAD, { dy: dy as tf.Tensor, x }, attrs) as tf.Tensor };
    },
  });
}

function isUsual(x: tf.Tensor, { pad }: Windows): boolean {
  return x.rank === 4 && (pad === "valid" || pad === "same");
}

/** Whether oneDNN pools these. A TensorFlow built without it doesn't. */
function fits(x: tf.Tensor, windows: Windows): boolean {
  return (
    isUsual(x, windows) &&
    isThere(ONE_DNN, () => {
      const backend = tf.backend() as unknown as TensorFlowBackend;
      const pair = tf.tensor4d([1, 2], [1, 1, 2, 1]);
      const [largest] = pooled(backend, pair, { filterSize: [1, 2], strides: 1, pad: "valid" }).dataSync();
      return largest === 2;
    })
  );
}

function pooled(backend: TensorFlowBackend, x: tf.Tensor, windows: Windows): tf.Tensor {
  const { binding } = backend;
  const attributes = [
    floatType(backend),
    ...sizeAttributes(backend, windows),
    { name: "data_format", type: binding.TF_ATTR_STRING, value: "NHWC" },
    { name: "_kernel", type: binding.TF_ATTR_STRING, value: "MklNameChangeOp" },
    { name: "workspace_enabled", type: binding.TF_ATTR_BOOL, value: false },
  ];
  const [maxima, workspace] = backend.executeMultipleOutputs(ONE_DNN, attributes, [x], 2);
  workspace.dispose();
  return maxima;
}

/** dy at the first maximum of each window, summed where windows share it. */
function scatter(backend: TensorFlowBackend, dy: tf.Tensor, x: tf.Tensor, windows: Windows): tf.Tensor {
  const { binding } = backend;
  const type = (name: string, value: number): OpAttribute => ({ name, type: binding.TF_ATTR_TYPE, value });
  const inImage = { name: "include_batch_in_index", type: binding.TF_ATTR_BOOL, value: false };
  const common = [floatType(backend), ...sizeAttributes(backend, windows), inImage];
  const places = [...common, type("Targmax", binding.TF_INT32)];
  const [maxima, narrow] = backend.executeMultipleOutputs("MaxPoolWithArgmax", places, [x], 2);
  // The kernel takes 64-bit places, which TensorFlow.js has no type for: they live between these two operations alone.
  const [narrowId, xId, dyId] = backend.getInputTensorIds([narrow, x, dy]);
  const cast = [type("SrcT", binding.TF_INT32), type("DstT", binding.TF_INT64)];
  const [{ id: wideId }] = binding.executeOp("Cast", cast, [narrowId], 1);
  const attributes = [...common, type("Targmax", binding.TF_INT64)];
  const [output] = binding.executeOp("MaxPoolGradWithArgmax", attributes, [xId, dyId, wideId], 1);
  binding.deleteTensor(wideId);
  tf.dispose([maxima, narrow]);
  return backend.createOutputTensor(output);
}

function sizeAttributes({ binding }: TensorFlowBackend, { filterSize, strides, pad }: Windows): OpAttribute[] {
  const sizes = (of: number | [number, number]): number[] => [1, ...(Array.isArray(of) ? of : [of, of]), 1];
  return [
    { name: "ksize", type: binding.TF_ATTR_INT, value: sizes(filterSize) },
    { name: "strides", type: binding.TF_ATTR_INT, value: sizes(strides) },
    { name: "padding", type: binding.TF_ATTR_STRING, value: String(pad).toUpperCase() },
  ];
}
