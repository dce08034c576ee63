import { activate } from "./activations.js";
import { type Emitter, type LayerCall, optionalWeight, requireImage, unsupported, weight } from "./emitter.js";
import type { GraphBuilder } from "./graph-builder.js";

/** A batch norm with its running statistics: `scale * x + shift` in each channel. */
export interface ChannelAffine {
  readonly scale: Float32Array;
  readonly shift: Float32Array;
}

/** Classes of layers into which a batch norm that follows can be folded. */
export const FOLDABLE: readonly string[] = ["Conv2D", "DepthwiseConv2D"];

/**
 * ONNX's `pads` of a window that slides over height and width, TensorFlow's rule: `same` puts the odd pixel at the end.
 */
export function windowPads(
  call: LayerCall,
  window: readonly number[],
  strides: readonly number[],
  dilations: readonly number[] = [1, 1],
): number[] {
  const { padding } = call.config;
  if (padding === "valid") return [0, 0, 0, 0];
  if (padding !== "same") throw unsupported(call, "padding", padding);
  const totals = [0, 1].map((axis) => {
    const size = call.inputs[0].shape[axis];
    const reach = (Math.ceil(size / strides[axis]) - 1) * strides[axis] + (window[axis] - 1) * dilations[axis] + 1;
    return Math.max(0, reach - size);
  });
  return [...totals.map((total) => Math.floor(total / 2)), ...totals.map((total) => Math.ceil(total / 2))];
}

/** Turns a kernel [rows, columns, inputs, outputs] into ONNX's [outputs, inputs, rows, columns]. */
function outputsFirst(kernel: Float32Array, taps: number, inputs: number, outputs: number): Float32Array {
  const turned = new Float32Array(kernel.length);
  for (let tap = 0; tap < taps; tap++) {
    for (let i = 0; i < inputs; i++) {
      for (let o = 0; o < outputs; o++)
        turned[(o * inputs + i) * taps + tap] = kernel[(tap * inputs + i) * outputs + o];
    }
  }
  return turned;
}

/** Convolutions of both kinds, with a batch norm folded in if one is given. */
export function emitConvolution(graph: GraphBuilder, call: LayerCall, folded?: ChannelAffine): string {
  const [, , channels] = requireImage(call);
  const { config, name } = call;
  const [window, strides] = [config.kernelSize as number[], config.strides as number[]];
  const dilations = config.dilationRate as number[];
  const outputs = call.outputShape[2];
  const depthwise = call.className === "DepthwiseConv2D";
  const inputs = depthwise ? 1 : channels;
  const kernel = weight(call, depthwise ? "depthwise_kernel" : "kernel");
  const weights = outputsFirst(kernel, window[0] * window[1], inputs, outputs);
  const bias = Float32Array.from(optionalWeight(call, "bias") ?? new Float32Array(outputs));
  if (folded !== undefined) fold(weights, bias, folded);
  const constants = [
    graph.floats(`${name}/weight`, [outputs, inputs, window[0], window[1]], weights),
    graph.floats(`${name}/bias`, [outputs], bias),
  ];
  const output = graph.node("Conv", name, [call.inputs[0].name, ...constants], {
    kernel_shape: window,
    strides,
    dilations,
    pads: windowPads(call, window, strides, dilations),
    group: depthwise ? channels : 1,
  });
  return activate(graph, call, config.activation, output);
}

function fold(weights: Float32Array, bias: Float32Array, { scale, shift }: ChannelAffine): void {
  const size = weights.length / bias.length;
  for (let i = 0; i < weights.length; i++) weights[i] *= scale[Math.floor(i / size)];
  for (let o = 0; o < bias.length; o++) bias[o] = bias[o] * scale[o] + shift[o];
}

export const convolution: Emitter = (graph, call) => emitConvolution(graph, call);

/** Scale, shift, running mean and variance of a batch norm, with defaults where it does not scale or centre. */
function statistics(call: LayerCall): {
  gamma: Float32Array;
  beta: Float32Array;
  mean: Float32Array;
  variance: Float32Array;
} {
  const rank = call.inputs[0].shape.length + 1;
  const axis = call.config.axis as number;
  if (axis !== -1 && axis !== rank - 1) throw unsupported(call, "axis", axis);
  const mean = weight(call, "moving_mean");
  return {
    gamma: optionalWeight(call, "gamma") ?? new Float32Array(mean.length).fill(1),
    beta: optionalWeight(call, "beta") ?? new Float32Array(mean.length),
    mean,
    variance: weight(call, "moving_variance"),
  };
}

export function affineOf(call: LayerCall): ChannelAffine {
  const { gamma, beta, mean, variance } = statistics(call);
  const epsilon = call.config.epsilon as number;
  const scale = gamma.map((g, i) => g / Math.sqrt(variance[i] + epsilon));
  return { scale, shift: beta.map((b, i) => b - mean[i] * scale[i]) };
}

export const batchNormalization: Emitter = (graph, call) => {
  const { gamma, beta, mean, variance } = statistics(call);
  const constants = Object.entries({ gamma, beta, mean, variance }).map(([key, values]) =>
    graph.floats(`${call.name}/${key}`, [values.length], values),
  );
  const epsilon = { float: call.config.epsilon as number };
  return graph.node("BatchNormalization", call.name, [call.inputs[0].name, ...constants], { epsilon });
};
