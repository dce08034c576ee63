import * as tf from "@tensorflow/tfjs-core";
import { instead, isThere, type OpAttribute, type TensorFlowBackend } from "./tensorflow-op.js";

/**
 * Convolutions with 3x3 filters and stride 1 in a quarter of the multiplications, by the operations of
 * `native/winograd.cc`. They are there if the engine was compiled by `smoothcert engine install` and the processor has
 * AVX2; elsewhere TensorFlow's own run.
 */

const CONVOLUTION = "WinogradConvolution";
const FILTER_GRADIENT = "WinogradFilterGradient";

/** Channels are dealt with in vectors of this many. */
export const CHANNELS = 16;

/** How filters are laid over images; what the kernels of convolutions and of their gradients carry. */
export interface Windows {
  readonly strides: number | readonly number[];
  readonly pad: unknown;
  readonly dataFormat?: unknown;
  readonly dilations?: number | readonly number[];
  readonly dimRoundingMode?: unknown;
}

/** What follows the sums of a convolution. */
export interface Epilogue {
  /** Nothing, the bias, or the bias and an addend of the shape of the result. */
  readonly rest: readonly tf.Tensor[];
  readonly relu: boolean;
}

/**
 * relu(x * filter + rest), or undefined where it has to be computed in another way. Which way depends on sizes alone,
 * and not on the number of images.
 */
export function winogradConvolution(
  backend: TensorFlowBackend,
  x: tf.Tensor,
  filter: tf.Tensor,
  windows: Windows,
  { rest, relu }: Epilogue = { rest: [], relu: false },
): tf.Tensor | undefined {
  const padding = paddingOf(backend, x.shape, filter.shape, windows);
  if (padding === undefined) return undefined;
  const attributes = convolutionAttributes(backend, padding, rest.length, relu, false);
  return backend.executeSingleOutput(CONVOLUTION, attributes, [x, filter, ...rest]);
}

/** Gives what fits to the operations: convolutions and their gradients, in every model. */
export function registerWinograd(): void {
  instead<Windows>(tf.Conv2D, (backend, { x, filter }, windows) => winogradConvolution(backend, x, filter, windows));
  instead<Windows & { inputShape: number[] }>(tf.Conv2DBackpropInput, (backend, { dy, filter }, windows) => {
    const padding = paddingOf(backend, windows.inputShape, filter.shape, windows);
    if (padding === undefined) return undefined;
    // A convolution with turned filters, of gradients padded so that every image pixel meets the whole filter.
    return backend.executeSingleOutput(CONVOLUTION, convolutionAttributes(backend, 2 - padding, 0, false, true), [
      dy,
      filter,
    ]);
  });
  instead<Windows & { filterShape: number[] }>(tf.Conv2DBackpropFilter, (backend, { x, dy }, windows) => {
    const padding = paddingOf(backend, x.shape, windows.filterShape, windows);
    if (padding === undefined) return undefined;
    return backend.executeSingleOutput(FILTER_GRADIENT, [integer(backend, "padding", padding)], [x, dy]);
  });
}

/** Zeros at each side of the images, if the operations do this convolution. */
function paddingOf(
  backend: TensorFlowBackend,
  images: readonly number[],
  filter: readonly number[],
  { strides, pad, dataFormat = "NHWC", dilations = 1, dimRoundingMode }: Windows,
): number | undefined {
  const [rows, columns, inputs, outputs] = filter;
  if (rows !== 3 || columns !== 3 || inputs % CHANNELS !== 0 || outputs % CHANNELS !== 0) return undefined;
  if (dataFormat !== "NHWC" || ![strides, dilations].flat().every((step) => step === 1)) return undefined;
  const { padInfo, outHeight, outWidth } = tf.backend_util.computeConv2DInfo(
    images as [number, number, number, number],
    filter as [number, number, number, number],
    1,
    1,
    pad as "same",
    dimRoundingMode as undefined,
  );
  const { top, bottom, left, right } = padInfo;
  const isEven = top === bottom && left === right && top === left && top >= 0 && top <= 2;
  return isEven && outHeight > 0 && outWidth > 0 && works(backend) ? top : undefined;
}

/** Whether the operations are there. */
function works(backend: TensorFlowBackend): boolean {
  return isThere(CONVOLUTION, () => {
    const [x, filter] = [tf.ones([1, 1, 1, CHANNELS]), tf.ones([3, 3, CHANNELS, CHANNELS])];
    const attributes = convolutionAttributes(backend, 1, 0, false, false);
    const [sum] = backend.executeSingleOutput(CONVOLUTION, attributes, [x, filter]).dataSync();
    return Math.abs(sum - CHANNELS) < 1e-3;
  });
}

function convolutionAttributes(
  backend: TensorFlowBackend,
  padding: number,
  rest: number,
  relu: boolean,
  turned: boolean,
): OpAttribute[] {
  const type = backend.binding.TF_ATTR_BOOL;
  return [
    integer(backend, "num_rest", rest),
    integer(backend, "padding", padding),
    { name: "relu", type, value: relu },
    { name: "turned", type, value: turned },
  ];
}

function integer({ binding }: TensorFlowBackend, name: string, value: number): OpAttribute {
  return { name, type: binding.TF_ATTR_INT, value };
}
