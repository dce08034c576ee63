import * as tf from "@tensorflow/tfjs-core";
import * as tfl from "@tensorflow/tfjs-layers";
import type { Conv2d } from "../gradients/convolution.js";
import { reluGradient } from "./relu-gradient.js";
import { floatType, isThere, type OpAttribute, TENSORFLOW, type TensorFlowBackend } from "./tensorflow-op.js";
import { winogradConvolution } from "./winograd.js";

/** Convolution, bias, an addend and ReLU in one pass over the activations, where TensorFlow.js takes one for each. */

const FUSED_CONVOLUTION = "FusedConvolution";
const BIAS_ADD_GRAD = "BiasAddGrad";

/** Zeros around images: [[0, 0], [top, bottom], [left, right], [0, 0]]. */
export type Zeros = tf.backend_util.ExplicitPadding;

/** relu(x * filter + bias + addend), or without ReLU. Images are [n, height, width, channels]. */
export interface FusedConvolution {
  readonly x: tf.Tensor4D;
  /** [rows, columns, channels, outputs] */
  readonly filter: tf.Tensor4D;
  /** [outputs] */
  readonly bias: tf.Tensor1D;
  /** Of the shape of the result. */
  readonly addend?: tf.Tensor4D | undefined;
  readonly strides: readonly number[];
  readonly pad: "same" | "valid" | Zeros;
  readonly relu: boolean;
}

/** By oneDNN's fused operation on TensorFlow's engine for CPUs, elsewhere by what TensorFlow.js has. */
export function fusedConvolution(convolution: FusedConvolution): tf.Tensor4D {
  const { x, filter, bias, addend, strides, pad, relu } = convolution;
  if (fuses()) {
    const inputs = addend === undefined ? { x, filter, bias } : { x, filter, bias, addend };
    return tf.engine().runKernel(FUSED_CONVOLUTION, inputs, { strides: [...strides], pad, relu }) as tf.Tensor4D;
  }
  const activation = relu && addend === undefined ? "relu" : "linear";
  const [images, around] = typeof pad === "string" ? [x, pad] : [tf.pad(x, pad), "valid" as const];
  const windows = { strides: [...strides] as [number, number], pad: around };
  const convolved = tf.fused.conv2d({ x: images, filter, bias, activation, ...windows });
  if (addend === undefined) return convolved;
  const sum = tf.add(convolved, addend) as tf.Tensor4D;
  return relu ? tf.relu(sum) : sum;
}

/**
 * Lets the layer `conv2d` with a bias, and with ReLU or no activation, train and infer by the fused operation on
 * TensorFlow's engine, in every model.
 */
export function registerFusedConvolution(): void {
  registerKernels();
  const layer = Object.getPrototypeOf(
    tfl.layers.conv2d({ filters: 1, kernelSize: 1, name: "fused" }),
  ) as tfl.layers.Layer;
  const original = layer.call;
  layer.call = function (this: tfl.layers.Layer & Conv2d, inputs, kwargs) {
    const x = (Array.isArray(inputs) ? inputs[0] : inputs) as tf.Tensor4D;
    if (!fits(this)) return original.call(this, inputs, kwargs);
    const [filter, bias] = [this.kernel.read() as tf.Tensor4D, this.bias!.read() as tf.Tensor1D];
    const relu = this.activation?.getClassName() === "relu";
    return fusedConvolution({ x, filter, bias, strides: this.strides, pad: this.padding, relu });
  };
}

function fits({ bias, activation, dataFormat, dilationRate }: Conv2d): boolean {
  const kind = activation?.getClassName() ?? "linear";
  const plain = dataFormat === "channelsLast" && dilationRate.every((rate) => rate === 1);
  return bias !== null && plain && (kind === "linear" || kind === "relu") && fuses();
}

/** Whether the current engine has the fused operation. A TensorFlow built without oneDNN does not know it. */
function fuses(): boolean {
  return isThere(FUSED_CONVOLUTION, () => {
    const ones = tf.ones([1, 1, 1, 1]) as tf.Tensor4D;
    const inputs = { x: ones, filter: ones, bias: tf.ones([1]), addend: ones };
    const attributes = { strides: [1, 1], pad: "valid", relu: true };
    return (tf.engine().runKernel(FUSED_CONVOLUTION, inputs, attributes) as tf.Tensor).dataSync()[0] === 3;
  });
}

function registerKernels(): void {
  tf.registerKernel({
    kernelName: FUSED_CONVOLUTION,
    backendName: TENSORFLOW,
    kernelFunc: ({ inputs, backend, attrs }) => {
      const { x, filter, bias, addend } = inputs as Record<string, tf.Tensor>;
      const rest = addend === undefined ? [bias] : [bias, addend];
      const tensorflow = backend as unknown as TensorFlowBackend;
      const { strides, pad, relu } = attrs as unknown as FusedConvolution;
      const quick = winogradConvolution(tensorflow, x, filter, { strides, pad }, { rest, relu });
      if (quick !== undefined) return quick;
      const attributes = attributesOf(tensorflow, { strides, pad, relu }, rest.length);
      return tensorflow.executeSingleOutput("_MklNativeFusedConv2D", attributes, [x, filter, ...rest]);
    },
  });
  tf.registerKernel({
    kernelName: BIAS_ADD_GRAD,
    backendName: TENSORFLOW,
    kernelFunc: ({ inputs, backend }) => {
      const tensorflow = backend as unknown as TensorFlowBackend;
      return tensorflow.executeSingleOutput(
        BIAS_ADD_GRAD,
        [floatType(tensorflow), imageOrder(tensorflow)],
        [inputs.dy as tf.Tensor],
      );
    },
  });
  tf.registerGradient({
    kernelName: FUSED_CONVOLUTION,
    inputsToSave: ["x", "filter"],
    outputsToSave: [true],
    gradFunc: (dy, [x, filter, y], attrs) => {
      const { strides, pad, relu } = attrs as unknown as FusedConvolution;
      const zeros = typeof pad === "string" ? undefined : pad;
      const images = zeros === undefined ? x : tf.pad(x, zeros);
      const shared = { strides: [...strides], pad: zeros === undefined ? pad : "valid", dataFormat: "NHWC" };
      // Computed here, not where asked for: the tape tidies up after each of the functions below.
      const dSum = relu ? reluGradient(dy as tf.Tensor, y) : (dy as tf.Tensor);
      const run = (kernel: string, inputs: tf.NamedTensorMap, own: tf.NamedAttrMap): tf.Tensor =>
        tf.engine().runKernel(kernel, inputs, own) as tf.Tensor;
      return {
        x: () => {
          const all = run(tf.Conv2DBackpropInput, { dy: dSum, filter }, { ...shared, inputShape: images.shape });
          return zeros === undefined ? all : tf.slice(all, before(zeros), x.shape);
        },
        filter: () => run(tf.Conv2DBackpropFilter, { x: images, dy: dSum }, { ...shared, filterShape: filter.shape }),
        bias: () => run(BIAS_ADD_GRAD, { dy: dSum }, {}),
        addend: () => tf.clone(dSum),
      };
    },
  });
}

function before(zeros: Zeros): number[] {
  return zeros.map(([first]) => first);
}

/** @param operands how many there are beside images and filters */
function attributesOf(
  backend: TensorFlowBackend,
  { strides, pad, relu }: Pick<FusedConvolution, "strides" | "pad" | "relu">,
  operands: number,
): OpAttribute[] {
  const { binding } = backend;
  const strings = (name: string, value: string | readonly string[]): OpAttribute => ({
    name,
    type: binding.TF_ATTR_STRING,
    value,
  });
  const integers = (name: string, value: number | readonly number[]): OpAttribute => ({
    name,
    type: binding.TF_ATTR_INT,
    value,
  });
  const steps = ["BiasAdd", ...(operands > 1 ? ["Add"] : []), ...(relu ? ["Relu"] : [])];
  return [
    floatType(backend),
    imageOrder(backend),
    strings("_kernel", "MklNameChangeOp"),
    strings("fused_ops", steps),
    strings("padding", typeof pad === "string" ? pad.toUpperCase() : "EXPLICIT"),
    ...(typeof pad === "string" ? [] : [integers("explicit_paddings", pad.flat())]),
    integers("strides", [1, ...strides, 1]),
    integers("dilations", [1, 1, 1, 1]),
    integers("num_args", operands),
    integers("num_host_args", 0),
    { name: "TArgs", type: binding.TF_ATTR_TYPE, value: new Array(operands).fill(binding.TF_FLOAT) },
  ];
}

function imageOrder({ binding }: TensorFlowBackend): OpAttribute {
  return { name: "data_format", type: binding.TF_ATTR_STRING, value: "NHWC" };
}
