/**
 * Gradient of a convolution for its filter, which the wasm engine lacks.
 *
 * With `columns[(kh, kw, ci), (oh, ow, n)] = x[n, oh * stride + kh - top, ow * stride + kw - left, ci]` the gradient is
 * the matrix product `columns * dy`. The columns are laid out with the batch innermost, so that each row of them is
 * made of long contiguous copies, and in blocks of output rows that stay in the processor's cache.
 */
import * as tf from "@tensorflow/tfjs-core";
import { type BackendWasm, floats, free, type KernelArguments, multiply, replaceKernel, transpose } from "./backend.js";
import { type Conv2DInfo, convolutionOf } from "./conv-info.js";

/** Floats in one block of columns: 2 MiB, about a second-level cache. */
const BLOCK = 1 << 19;

export function registerConv2DBackpropFilter(): void {
  replaceKernel(tf.Conv2DBackpropFilter, conv2DBackpropFilter);
}

function conv2DBackpropFilter({ inputs, backend, attrs }: KernelArguments): tf.TensorInfo {
  const x = inputs.x!;
  const info = convolutionOf(tf.Conv2DBackpropFilter, x.shape, attrs.filterShape as number[], attrs);
  const xByRow = transpose(backend, x, [3, 1, 2, 0]);
  const dyByRow = transpose(backend, inputs.dy!, [1, 2, 0, 3]);
  const gradient = backend.makeOutput(info.filterShape, "float32");
  floats(backend, gradient).fill(0);
  const rowSize = info.filterHeight * info.filterWidth * info.inChannels * info.outWidth * info.batchSize;
  const rowsPerBlock = Math.max(1, Math.floor(BLOCK / Math.max(1, rowSize)));
  for (let row = 0; row < info.outHeight; row += rowsPerBlock) {
    const end = Math.min(row + rowsPerBlock, info.outHeight);
    addBlock(backend, info, xByRow, dyByRow, row, end, gradient);
  }
  free(backend, xByRow, dyByRow);
  return gradient;
}

/** Adds what the output rows [begin, end) contribute to the gradient. */
function addBlock(
  backend: BackendWasm,
  info: Conv2DInfo,
  xByRow: tf.TensorInfo,
  dyByRow: tf.TensorInfo,
  begin: number,
  end: number,
  gradient: tf.TensorInfo,
): void {
  const taps = info.filterHeight * info.filterWidth * info.inChannels;
  const positions = (end - begin) * info.outWidth * info.batchSize;
  const columns = backend.makeOutput([taps, positions], "float32");
  const dy = backend.makeOutput([positions, info.outChannels], "float32");
  const first = begin * info.outWidth * info.batchSize * info.outChannels;
  floats(backend, dy).set(floats(backend, dyByRow).subarray(first, first + positions * info.outChannels));
  fillColumns(floats(backend, columns), floats(backend, xByRow), info, begin, end);
  const product = multiply(backend, columns, dy);
  addTo(floats(backend, gradient), floats(backend, product));
  free(backend, columns, dy, product);
}

/** `x` is laid out [channel, row, column, image]. */
function fillColumns(columns: Float32Array, x: Float32Array, info: Conv2DInfo, begin: number, end: number): void {
  const { filterHeight, filterWidth, inChannels, inHeight, inWidth, outWidth, batchSize } = info;
  let to = 0;
  for (let kh = 0; kh < filterHeight; kh++) {
    for (let kw = 0; kw < filterWidth; kw++) {
      for (let channel = 0; channel < inChannels; channel++) {
        for (let oh = begin; oh < end; oh++) {
          const ih = oh * info.strideHeight + kh - info.padInfo.top;
          const target = columns.subarray(to, to + outWidth * batchSize);
          if (ih < 0 || ih >= inHeight) target.fill(0);
          else copyRow(target, x, (channel * inHeight + ih) * inWidth * batchSize, kw, info);
          to += target.length;
        }
      }
    }
  }
}

/** What tap `kw` sees of one row of the input (which starts at `rowStart` in `x`) at each output column. */
function copyRow(target: Float32Array, x: Float32Array, rowStart: number, kw: number, info: Conv2DInfo): void {
  const { strideWidth, inWidth, outWidth, batchSize, padInfo } = info;
  const shift = kw - padInfo.left;
  const low = clamp(Math.ceil(-shift / strideWidth), 0, outWidth);
  const high = clamp(Math.ceil((inWidth - shift) / strideWidth), low, outWidth);
  target.fill(0, 0, low * batchSize);
  target.fill(0, high * batchSize);
  const run = strideWidth === 1 ? high - low : 1;
  for (let ow = low; ow < high; ow += run) {
    const from = rowStart + (ow * strideWidth + shift) * batchSize;
    target.set(x.subarray(from, from + run * batchSize), ow * batchSize);
  }
}

function clamp(value: number, low: number, high: number): number {
  return Math.min(Math.max(value, low), high);
}

function addTo(sum: Float32Array, term: Float32Array): void {
  for (let i = 0; i < sum.length; i++) sum[i] += term[i];
}
