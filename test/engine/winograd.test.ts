import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import * as tf from "@tensorflow/tfjs-core";
import fc from "fast-check";
import { CounterRandom, describeEngines, STREAM, useEngine } from "smoothcert";
import { beforeAll, describe, expect, it } from "vitest";
import type { TensorFlowBackend } from "../../src/engine/fused/tensorflow-op.js";
import { processorText } from "../../src/engine/processor.js";
import { repetitions } from "../laws/effort.js";
import { runSeed } from "../laws/seed.js";
import { convolutionOf, type Layer, unitRandom } from "./reference-convolution.js";

/** Our own operations run only where `smoothcert engine install` compiled them. */
const native = (await describeEngines()).find(({ name }) => name === "node");
const random = unitRandom(new CounterRandom({ seed: runSeed, stream: STREAM.theory, example: 2, sample: 0 }));

const layers: fc.Arbitrary<Layer> = fc.record({
  images: fc.integer({ min: 1, max: 3 }),
  rows: fc.integer({ min: 3, max: 14 }),
  columns: fc.integer({ min: 3, max: 14 }),
  inputs: fc.constantFrom(16, 32, 48),
  outputs: fc.constantFrom(16, 32, 80),
  pad: fc.constantFrom<Layer["pad"]>("same", "valid", 2),
});

/** The operations of TensorFlow that run while `task` does. */
async function operationsOf(task: () => unknown): Promise<string[]> {
  const backend = tf.backend() as unknown as TensorFlowBackend;
  const original = backend.executeSingleOutput;
  const names: string[] = [];
  backend.executeSingleOutput = function (name, ...rest) {
    names.push(name);
    return original.call(this, name, ...rest);
  };
  try {
    tf.tidy(() => void task());
  } finally {
    backend.executeSingleOutput = original;
  }
  return names;
}

/** Expects sums of `terms` products of numbers in (-1, 1) each. */
function expectSums(found: tf.Tensor, expected: Float64Array, terms: number): void {
  const values = found.dataSync();
  expect(values).toHaveLength(expected.length);
  // The transforms multiply roundings (Lavin and Gray, section 4.3): 1e-5 sqrt(terms) was the most seen, where terms
  // are few. A wrong product is off by some 0.1.
  const tolerance = 3e-5 * Math.sqrt(terms);
  let largest = 0;
  for (const [i, value] of expected.entries()) largest = Math.max(largest, Math.abs(values[i] - value));
  expect(largest).toBeLessThan(tolerance);
}

/** What a convolution and a batch norm give in a process with these variables in its environment. */
async function valuesWith(variables: Record<string, string>): Promise<Buffer> {
  const program = fileURLToPath(new URL("../fixtures/engine/native-values.mjs", import.meta.url));
  const options = { env: { ...process.env, ...variables }, maxBuffer: 2 ** 26 };
  const { stdout } = await promisify(execFile)(process.execPath, [program], options);
  return Buffer.from(stdout, "base64");
}

function floats(bytes: Buffer): Float32Array {
  return new Float32Array(Uint8Array.from(bytes).buffer);
}

describe.skipIf(!native?.available)("convolutions in a quarter of the multiplications", () => {
  beforeAll(async () => void (await useEngine("node")));

  it("equal the definition, with bias, addend and ReLU, and their gradients do, for sizes of any kind", () => {
    fc.assert(
      fc.property(layers, fc.boolean(), (layer, relu) => {
        tf.tidy(() => {
          const { x, filter, dy, bias, addend, inputShape, filterShape, results } = convolutionOf(layer, random);
          const run = (kernel: string, inputs: tf.NamedTensorMap, attrs: tf.NamedAttrMap): tf.Tensor =>
            tf.engine().runKernel(kernel, inputs, { strides: 1, pad: layer.pad, dataFormat: "NHWC", ...attrs });
          const outputs = results.outputs();
          expectSums(run(tf.Conv2D, { x, filter }, { dilations: 1 }), outputs, 9 * layer.inputs);
          const inputGradient = run(tf.Conv2DBackpropInput, { dy, filter }, { inputShape });
          expectSums(inputGradient, results.inputGradient(), 9 * layer.outputs);
          const filterGradient = run(tf.Conv2DBackpropFilter, { x, dy }, { filterShape });
          expectSums(filterGradient, results.filterGradient(), dy.size / layer.outputs);
          if (typeof layer.pad === "number") return;
          const [offsets, others] = [bias.dataSync(), addend.dataSync()];
          const all = outputs.map((sum, i) => sum + offsets[i % layer.outputs] + others[i]);
          const attrs = { strides: [1, 1], pad: layer.pad, relu };
          const fused = tf.engine().runKernel("FusedConvolution", { x, filter, bias, addend }, attrs) as tf.Tensor;
          expectSums(fused, relu ? all.map((value) => Math.max(value, 0)) : all, 9 * layer.inputs);
        });
      }),
      { numRuns: repetitions(40, 12) },
    );
  });

  it("are what runs, for convolutions with bias and without and for both gradients", async () => {
    const [x, filter] = [tf.ones([2, 8, 8, 16]) as tf.Tensor4D, tf.ones([3, 3, 16, 32]) as tf.Tensor4D];
    const loss = (a: tf.Tensor, b: tf.Tensor): tf.Tensor => tf.conv2d(a as tf.Tensor4D, b as tf.Tensor4D, 1, "same");
    const names = await operationsOf(() => tf.grads(loss)([x, filter], tf.ones([2, 8, 8, 32])));
    expect(names.filter((name) => name.includes("Winograd")).sort()).toEqual([
      "WinogradConvolution",
      "WinogradConvolution",
      "WinogradFilterGradient",
    ]);
    const bias = tf.zeros([32]);
    const attrs = { strides: [1, 1], pad: "same", relu: true };
    expect(await operationsOf(() => tf.engine().runKernel("FusedConvolution", { x, filter, bias }, attrs))).toContain(
      "WinogradConvolution",
    );
    tf.dispose([x, filter, bias]);
  });

  it.each([
    ["filters of 5x5", [5, 5, 16, 16], 1, "same", 1],
    ["strides", [3, 3, 16, 16], 2, "same", 1],
    ["dilated filters", [3, 3, 16, 16], 1, "same", 2],
    ["3 channels", [3, 3, 3, 16], 1, "same", 1],
    ["24 filters", [3, 3, 16, 24], 1, "same", 1],
    [
      "uneven padding",
      [3, 3, 16, 16],
      1,
      [
        [0, 0],
        [1, 0],
        [0, 1],
        [0, 0],
      ],
      1,
    ],
  ])("are left to TensorFlow with %s", async (_, shape, strides, pad, dilations) => {
    const [x, filter] = [tf.ones([1, 8, 8, shape[2]]), tf.ones(shape)];
    const attrs = { strides, pad, dilations, dataFormat: "NHWC" } as unknown as tf.NamedAttrMap;
    const names = await operationsOf(() => tf.engine().runKernel(tf.Conv2D, { x, filter }, attrs));
    expect(names.length).toBeGreaterThan(0);
    expect(names.some((name) => name.includes("Winograd"))).toBe(false);
    tf.dispose([x, filter]);
  });

  it("give an image the same outputs, bit for bit, in whatever batch", () => {
    tf.tidy(() => {
      const images = tf.tensor4d(random(37 * 9 * 10 * 16), [37, 9, 10, 16]);
      const filter = tf.tensor4d(random(9 * 16 * 32), [3, 3, 16, 32]);
      const all = tf.conv2d(images, filter, 1, "same");
      for (const [first, count] of [
        [0, 1],
        [36, 1],
        [5, 7],
        [3, 32],
      ]) {
        const some = tf.conv2d(tf.slice(images, first, count), filter, 1, "same");
        expect(some.dataSync()).toEqual(tf.slice(all, first, count).dataSync());
      }
    });
  });

  it("residual blocks and batch norms give the same values, bit for bit, on 1 and 5 threads", async () => {
    const expected = await valuesWith({ TF_NUM_INTRAOP_THREADS: "1" });
    expect((await valuesWith({ TF_NUM_INTRAOP_THREADS: "5" })).equals(expected)).toBe(true);
  });

  it("residual blocks and batch norms, as built for AVX2 alone, give this processor's values but for rounding", async ({
    skip,
  }) => {
    skip(
      !processorText().includes("avx512f"),
      "this processor has no AVX-512, so that the build for AVX2 is what runs anyway",
    );
    const [here, avx2] = [await valuesWith({}), await valuesWith({ SMOOTHCERT_NO_AVX512: "1" })].map(floats);
    const largest = here.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    expect(largest).toBeGreaterThan(1);
    expect(avx2.length).toBe(here.length);
    const off = avx2.reduce((most, value, i) => Math.max(most, Math.abs(value - here[i])), 0);
    expect(off).toBeLessThan(1e-4 * largest);
  });

  it("pass NaN and infinities on, through ReLU too", () => {
    tf.tidy(() => {
      const values = new Float32Array(16 * 16 * 16);
      values[(8 * 16 + 8) * 16] = Number.NaN;
      const x = tf.tensor4d(values, [1, 16, 16, 16]);
      const [filter, bias] = [tf.ones([3, 3, 16, 16]), tf.zeros([16])];
      const attrs = { strides: [1, 1], pad: "same", relu: true };
      const y = tf.engine().runKernel("FusedConvolution", { x, filter, bias }, attrs) as tf.Tensor;
      const [centre, corner] = [tf.slice(y, [0, 8, 8, 0], [1, 1, 1, 1]), tf.slice(y, [0, 15, 15, 0], [1, 1, 1, 1])];
      expect(centre.dataSync()[0]).toBeNaN();
      expect(corner.dataSync()[0]).toBe(0);
    });
  });

  it.each([
    ["channels that are no multiple of 16", [1, 4, 4, 8], [3, 3, 8, 16], 1, /multiples of 16/],
    ["filters of another size", [1, 4, 4, 16], [5, 3, 16, 16], 1, /filters must be 3x3/],
    ["filters for other channels", [1, 4, 4, 16], [3, 3, 32, 16], 1, /filters must be 3x3/],
    ["images smaller than the filters", [1, 2, 2, 16], [3, 3, 16, 16], 0, /as large as the filters/],
    ["a padding of 3", [1, 4, 4, 16], [3, 3, 16, 16], 3, /padding must be 0, 1 or 2/],
  ])("refuse %s", (_, shape, filterShape, padding, message) => {
    const backend = tf.backend() as unknown as TensorFlowBackend;
    const { TF_ATTR_BOOL, TF_ATTR_INT } = backend.binding;
    const attributes = [
      { name: "num_rest", type: TF_ATTR_INT, value: 0 },
      { name: "padding", type: TF_ATTR_INT, value: padding },
      { name: "relu", type: TF_ATTR_BOOL, value: false },
      { name: "turned", type: TF_ATTR_BOOL, value: false },
    ];
    tf.tidy(() => {
      const inputs = [tf.ones(shape), tf.ones(filterShape)];
      expect(() => backend.executeSingleOutput("WinogradConvolution", attributes, inputs)).toThrow(message);
    });
  });
});
