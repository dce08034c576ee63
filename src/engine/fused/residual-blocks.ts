import * as tf from "@tensorflow/tfjs-core";
import { isThere, TENSORFLOW, type TensorFlowBackend } from "./tensorflow-op.js";
import { CHANNELS } from "./winograd.js";

/**
 * Residual blocks one after the other in one operation of `native/winograd.cc`: a few images at a time go through all
 * of them, so that what lies between stays near the processor.
 */

const RESIDUAL_BLOCKS = "WinogradResidualBlocks";

/** Below so many images there may be fewer groups of them than threads. */
const FEWEST_IMAGES = 32;

/** relu(x + bias 1 + filter 1 * relu(bias 0 + filter 0 * x)): 3x3 filters with stride 1 and zeros around. */
export interface ResidualBlock {
  /** [3, 3, channels, channels] each. */
  readonly filters: readonly [tf.Tensor4D, tf.Tensor4D];
  /** [channels] each. */
  readonly biases: readonly [tf.Tensor1D, tf.Tensor1D];
}

/**
 * What the blocks make of images, or undefined where it has to be computed in another way: convolution by convolution
 * it is the same, bit for bit. The operation has no gradient.
 *
 * @param x [images, rows, columns, channels]
 */
export function residualBlocks(x: tf.Tensor4D, blocks: readonly ResidualBlock[]): tf.Tensor4D | undefined {
  const fits = x.shape[0] >= FEWEST_IMAGES && x.shape[3] % CHANNELS === 0;
  if (!fits || tf.engine().state.gradientDepth > 0 || !works()) return undefined;
  return run(x, blocks);
}

function run(x: tf.Tensor, blocks: readonly ResidualBlock[]): tf.Tensor4D {
  const named = (name: string, tensors: readonly tf.Tensor[]): [string, tf.Tensor][] =>
    tensors.map((tensor, i) => [`${name}${i}`, tensor]);
  const filters = named(
    "filter",
    blocks.flatMap((block) => block.filters),
  );
  const biases = named(
    "bias",
    blocks.flatMap((block) => block.biases),
  );
  // The kernel takes its inputs in this order.
  const inputs = { x, ...Object.fromEntries([...filters, ...biases]) };
  return tf.engine().runKernel(RESIDUAL_BLOCKS, inputs) as tf.Tensor4D;
}

/** Makes the operation known to TensorFlow.js. */
export function registerResidualBlocks(): void {
  tf.registerKernel({
    kernelName: RESIDUAL_BLOCKS,
    backendName: TENSORFLOW,
    kernelFunc: ({ inputs, backend }) => {
      const operands = Object.values(inputs) as tf.Tensor[];
      const tensorflow = backend as unknown as TensorFlowBackend;
      const n = { name: "n", type: tensorflow.binding.TF_ATTR_INT, value: (operands.length - 1) / 2 };
      return tensorflow.executeSingleOutput(RESIDUAL_BLOCKS, [n], operands);
    },
  });
}

function works(): boolean {
  return isThere(RESIDUAL_BLOCKS, () => {
    const filter = tf.ones<tf.Rank.R4>([3, 3, CHANNELS, CHANNELS]);
    const bias = tf.zeros<tf.Rank.R1>([CHANNELS]);
    const found = run(tf.ones([1, 1, 1, CHANNELS]), [{ filters: [filter, filter], biases: [bias, bias] }]);
    return Math.abs(found.dataSync()[0] - 1 - CHANNELS * CHANNELS) < 1e-2;
  });
}
