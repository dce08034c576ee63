/**
 * Gradient of a convolution for its input; the engine's own kernel is a plain loop, five to ten times slower.
 *
 * Two ways. A convolution of stride 1 that hardly shrinks its input has a gradient that is again such a convolution, of
 * `dy` with the filter turned by 180 degrees, and XNNPACK runs it. In all other cases: the matrix product
 * `columns = dy * filter^T`, each of whose rows is then added to the patch of the input it came from.
 */
import * as tf from "@tensorflow/tfjs-core";
import { type BackendWasm, floats, free, type KernelArguments, multiply, replaceKernel, runKernel } from "./backend.js";
import { type Conv2DInfo, convolutionOf } from "./conv-info.js";

/**
 * The convolution does inHeight * inWidth / (outHeight * outWidth) times the work of the product, without its second
 * pass.
 */
const WORTH_CONVOLVING = 1.3;

/** Floats in one block of columns: 2 MiB, about a second-level cache. */
const BLOCK = 1 << 19;

export function registerConv2DBackpropInput(): void {
  replaceKernel(tf.Conv2DBackpropInput, conv2DBackpropInput);
}

function conv2DBackpropInput({ inputs, backend, attrs }: KernelArguments): tf.TensorInfo {
  const filter = inputs.filter!;
  const info = convolutionOf(tf.Conv2DBackpropInput, attrs.inputShape as number[], filter.shape, attrs);
  return isConvolution(info)
    ? byConvolution(backend, info, inputs.dy!, filter)
    : byProduct(backend, info, inputs.dy!, filter);
}

/** Padding that makes the turned convolution of `dy` as large as the input. */
function turnedPadding(info: Conv2DInfo): [[number, number], [number, number], [number, number], [number, number]] {
  const top = info.filterHeight - 1 - info.padInfo.top;
  const left = info.filterWidth - 1 - info.padInfo.left;
  const bottom = info.inHeight - info.outHeight + info.filterHeight - 1 - top;
  const right = info.inWidth - info.outWidth + info.filterWidth - 1 - left;
  return [
    [0, 0],
    [top, bottom],
    [left, right],
    [0, 0],
  ];
}

function isConvolution(info: Conv2DInfo): boolean {
  return (
    info.strideHeight === 1 &&
    info.strideWidth === 1 &&
    info.inHeight * info.inWidth <= WORTH_CONVOLVING * info.outHeight * info.outWidth &&
    turnedPadding(info).every(([before, after]) => before >= 0 && after >= 0)
  );
}

function byConvolution(
  backend: BackendWasm,
  info: Conv2DInfo,
  dy: tf.TensorInfo,
  filter: tf.TensorInfo,
): tf.TensorInfo {
  const { filterHeight, filterWidth, inChannels, outChannels } = info;
  const turned = backend.makeOutput([filterHeight, filterWidth, outChannels, inChannels], "float32");
  turn(floats(backend, turned), floats(backend, filter), info);
  const attrs = { strides: 1, pad: turnedPadding(info), dataFormat: "NHWC", dilations: 1 };
  const gradient = runKernel(backend, tf.Conv2D, { x: dy, filter: turned }, attrs);
  free(backend, turned);
  return gradient;
}

/** Turns each filter plane by 180 degrees and swaps input and output channels. */
function turn(turned: Float32Array, filter: Float32Array, info: Conv2DInfo): void {
  const { filterHeight, filterWidth, inChannels, outChannels } = info;
  const taps = filterHeight * filterWidth;
  for (let tap = 0; tap < taps; tap++) {
    const plane = (taps - 1 - tap) * inChannels * outChannels;
    for (let i = 0; i < inChannels; i++) {
      for (let o = 0; o < outChannels; o++) {
        turned[plane + o * inChannels + i] = filter[(tap * inChannels + i) * outChannels + o];
      }
    }
  }
}

function byProduct(backend: BackendWasm, info: Conv2DInfo, dy: tf.TensorInfo, filter: tf.TensorInfo): tf.TensorInfo {
  const taps = info.filterHeight * info.filterWidth * info.inChannels;
  const filterMatrix = { dataId: filter.dataId, dtype: filter.dtype, shape: [taps, info.outChannels] };
  const transposed = runKernel(backend, tf.Transpose, { x: filterMatrix }, { perm: [1, 0] });
  const gradient = backend.makeOutput(info.inShape, "float32");
  floats(backend, gradient).fill(0);
  const imageSize = taps * info.outHeight * info.outWidth;
  const imagesPerBlock = Math.max(1, Math.floor(BLOCK / Math.max(1, imageSize)));
  for (let image = 0; image < info.batchSize; image += imagesPerBlock) {
    const end = Math.min(image + imagesPerBlock, info.batchSize);
    addImages(backend, info, dy, transposed, image, end, gradient);
  }
  free(backend, transposed);
  return gradient;
}

/** Adds the gradient of the images [begin, end). */
function addImages(
  backend: BackendWasm,
  info: Conv2DInfo,
  dy: tf.TensorInfo,
  transposedFilter: tf.TensorInfo,
  begin: number,
  end: number,
  gradient: tf.TensorInfo,
): void {
  const imageSize = info.outHeight * info.outWidth * info.outChannels;
  const block = backend.makeOutput([(end - begin) * info.outHeight * info.outWidth, info.outChannels], "float32");
  floats(backend, block).set(floats(backend, dy).subarray(begin * imageSize, end * imageSize));
  const columns = multiply(backend, block, transposedFilter);
  scatter(floats(backend, gradient), floats(backend, columns), info, begin, end);
  free(backend, block, columns);
}

/** Adds row (n, oh, ow) of the columns to the patch of image n that output position (oh, ow) sees. */
function scatter(gradient: Float32Array, columns: Float32Array, info: Conv2DInfo, begin: number, end: number): void {
  const { filterHeight, filterWidth, inChannels, inHeight, inWidth, outHeight, outWidth, padInfo } = info;
  const run = filterWidth * inChannels;
  let from = 0;
  for (let n = begin; n < end; n++) {
    for (let oh = 0; oh < outHeight; oh++) {
      for (let ow = 0; ow < outWidth; ow++) {
        const left = ow * info.strideWidth - padInfo.left;
        const low = Math.max(0, -left) * inChannels;
        const high = Math.min(filterWidth, inWidth - left) * inChannels;
        for (let kh = 0; kh < filterHeight; kh++, from += run) {
          const ih = oh * info.strideHeight + kh - padInfo.top;
          if (ih < 0 || ih >= inHeight) continue;
          const to = ((n * inHeight + ih) * inWidth + left) * inChannels;
          for (let i = low; i < high; i++) gradient[to + i] += columns[from + i];
        }
      }
    }
  }
}
