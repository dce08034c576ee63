import * as tf from "@tensorflow/tfjs-core";
import fc from "fast-check";
import { buildModel, CounterRandom, describeEngines, FoldedInference, STREAM, useEngine } from "smoothcert";
import { beforeAll, describe, expect, it } from "vitest";
import { fusedConvolution } from "../../src/engine/fused/convolution.js";
import { type ResidualBlock, residualBlocks } from "../../src/engine/fused/residual-blocks.js";
import type { TensorFlowBackend } from "../../src/engine/fused/tensorflow-op.js";
import { repetitions } from "../laws/effort.js";
import { runSeed } from "../laws/seed.js";
import { unitRandom } from "./reference-convolution.js";

/** The operation is there only where `smoothcert engine install` compiled it. */
const native = (await describeEngines()).find(({ name }) => name === "node");
const random = unitRandom(new CounterRandom({ seed: runSeed, stream: STREAM.theory, example: 3, sample: 0 }));
const draw = <Rank extends tf.Rank>(...shape: number[]): tf.Tensor<Rank> =>
  tf.tensor<Rank>(random(tf.util.sizeFromShape(shape)), shape as tf.ShapeMap[Rank]);

const OPERATION = "WinogradResidualBlocks";

function someBlocks(count: number, channels: number): ResidualBlock[] {
  const filter = (): tf.Tensor4D => tf.mul(draw<tf.Rank.R4>(3, 3, channels, channels), 0.1);
  const bias = (): tf.Tensor1D => draw<tf.Rank.R1>(channels);
  return Array.from({ length: count }, () => ({ filters: [filter(), filter()], biases: [bias(), bias()] }));
}

/** The same, convolution by convolution. */
function oneByOne(x: tf.Tensor4D, blocks: readonly ResidualBlock[]): tf.Tensor4D {
  const windows = { strides: [1, 1], pad: "same", relu: true } as const;
  return blocks.reduce((images, { filters, biases }) => {
    const middle = fusedConvolution({ x: images, filter: filters[0], bias: biases[0], ...windows });
    return fusedConvolution({ x: middle, filter: filters[1], bias: biases[1], addend: images, ...windows });
  }, x);
}

describe.skipIf(!native?.available)("residual blocks in one operation", () => {
  beforeAll(async () => void (await useEngine("node")));

  it("give what their convolutions give one by one, bit for bit", () => {
    const cases = fc.record({
      images: fc.integer({ min: 32, max: 70 }),
      rows: fc.integer({ min: 1, max: 32 }),
      columns: fc.integer({ min: 1, max: 32 }),
      channels: fc.constantFrom(16, 32),
      count: fc.integer({ min: 1, max: 4 }),
    });
    fc.assert(
      fc.property(cases, ({ images, rows, columns, channels, count }) => {
        tf.tidy(() => {
          const [x, blocks] = [draw<tf.Rank.R4>(images, rows, columns, channels), someBlocks(count, channels)];
          const found = residualBlocks(x, blocks);
          expect(found?.dataSync()).toEqual(oneByOne(x, blocks).dataSync());
        });
      }),
      { numRuns: repetitions(40, 10) },
    );
  });

  it("infer seven of the nine blocks of a ResNet-20, and none where a gradient is asked for", async () => {
    const network = buildModel("resnet20", { inputShape: [8, 8, 3], classes: 4, seed: 1 });
    const inference = new FoldedInference(network);
    const images = draw<tf.Rank.R4>(40, 8, 8, 3);
    const profile = await tf.engine().profile(() => inference.outputs(images));
    const blocks = profile.kernels.filter(({ name }) => name === OPERATION);
    expect(blocks.map(({ inputShapes }) => (inputShapes.length - 1) / 4)).toEqual([3, 2, 2]);
    const halves = [0, 20].map((first) => inference.outputs(tf.slice(images, first, 20)));
    // The blocks give the same, bit for bit; TensorFlow's product behind them rounds by the number of images.
    const off = tf.max(tf.abs(tf.sub(profile.result as tf.Tensor, tf.concat(halves)))).dataSync()[0];
    expect(off).toBeLessThan(1e-5 * tf.max(tf.abs(halves[0])).dataSync()[0]);
    const gradient = tf.grad((x: tf.Tensor) => tf.sum(inference.outputs(x)));
    const slope = await tf.engine().profile(() => gradient(images));
    expect(slope.kernels.map(({ name }) => name)).not.toContain(OPERATION);
    inference.dispose();
    network.dispose();
    tf.dispose([images, profile.result as tf.Tensor, halves, slope.result as tf.Tensor]);
  });

  it.each([
    ["filters of other channels", 2, [3, 3, 16, 32], [16], /3x3, of as many outputs/],
    ["biases of other channels", 2, [3, 3, 16, 16], [8], /one bias per channel/],
    ["half a block", 3, [3, 3, 16, 16], [16], /for each of two convolutions per block/],
  ])("refuse %s", (_, number, filter, bias, message) => {
    tf.tidy(() => {
      const backend = tf.backend() as unknown as TensorFlowBackend;
      const each = (shape: number[]): tf.Tensor[] => Array.from({ length: number }, () => tf.zeros(shape));
      const n = { name: "n", type: backend.binding.TF_ATTR_INT, value: number };
      const operands = [tf.zeros([1, 4, 4, 16]), ...each(filter), ...each(bias)];
      expect(() => backend.executeSingleOutput(OPERATION, [n], operands)).toThrow(message);
    });
  });
});
