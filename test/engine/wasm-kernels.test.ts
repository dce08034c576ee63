import * as tf from "@tensorflow/tfjs-core";
import fc from "fast-check";
import { useEngine } from "smoothcert";
import { beforeAll, describe, expect, test } from "vitest";

/** Our kernels for the wasm engine against TensorFlow.js's plain loops on the cpu engine. */

beforeAll(async () => {
  await useEngine("cpu");
  await useEngine("wasm");
});

interface Values {
  readonly shape: number[];
  readonly values: Float32Array;
}

/** Deterministic numbers in (-1, 1), so that a failing shape replays. */
function numbers(shape: number[], salt: number): Values {
  const values = new Float32Array(shape.reduce((a, b) => a * b, 1));
  for (let i = 0; i < values.length; i++) values[i] = Math.sin((i + 1) * 12.9898 + salt) * Math.cos(i * 0.731 + salt);
  return { shape, values };
}

/** Runs a kernel on an engine; fails if it leaves tensors or memory behind. */
async function run(
  engine: "cpu" | "wasm",
  kernel: string,
  inputs: Record<string, Values>,
  attrs: Record<string, unknown>,
): Promise<Float32Array> {
  await tf.setBackend(engine);
  const before = { tensors: tf.memory().numTensors, data: tf.backend().numDataIds() };
  const values = tf.tidy(() => {
    const tensors = Object.fromEntries(Object.entries(inputs).map(([k, v]) => [k, tf.tensor(v.values, v.shape)]));
    const output = tf.engine().runKernel(kernel, tensors, attrs as tf.NamedAttrMap) as tf.Tensor;
    return output.dataSync() as Float32Array;
  });
  expect({ tensors: tf.memory().numTensors, data: tf.backend().numDataIds() }).toEqual(before);
  return values;
}

/** Largest difference, relative to the largest value. */
function expectClose(actual: Float32Array, expected: Float32Array, tolerance = 1e-4): void {
  expect(actual.length).toBe(expected.length);
  const scale = expected.reduce((max, value) => Math.max(max, Math.abs(value)), 1e-30);
  const worst = actual.reduce((max, value, i) => Math.max(max, Math.abs(value - expected[i])), 0);
  expect(worst / scale).toBeLessThan(tolerance);
}

async function expectSame(
  kernel: string,
  inputs: Record<string, Values>,
  attrs: Record<string, unknown>,
): Promise<void> {
  expectClose(await run("wasm", kernel, inputs, attrs), await run("cpu", kernel, inputs, attrs));
}

const padding = fc.oneof(
  fc.constantFrom("valid" as const, "same" as const),
  fc.integer({ min: 0, max: 3 }),
  fc.tuple(...Array.from({ length: 4 }, () => fc.integer({ min: 0, max: 3 }))).map(([top, bottom, left, right]) => [
    [0, 0],
    [top, bottom],
    [left, right],
    [0, 0],
  ]),
);

const convolution = fc
  .record({
    x: fc.tuple(
      fc.integer({ min: 1, max: 5 }),
      fc.integer({ min: 1, max: 9 }),
      fc.integer({ min: 1, max: 9 }),
      fc.integer({ min: 1, max: 4 }),
    ),
    filter: fc.tuple(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 5 })),
    strides: fc.tuple(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 3 })),
    pad: padding,
  })
  .map(({ x, filter: [height, width, channels], strides, pad }) => {
    const filterShape: [number, number, number, number] = [height, width, x[3], channels];
    const info = tf.backend_util.computeConv2DInfo(x, filterShape, strides, 1, pad as "same");
    return { x, filterShape, strides, pad, out: info.outShape };
  })
  .filter(({ out }) => out.every((size) => size >= 1));

describe("wasm kernels equal the cpu engine's", () => {
  test("gradient of a convolution for its filter", async () => {
    await fc.assert(
      fc.asyncProperty(convolution, async ({ x, filterShape, strides, pad, out }) => {
        const attrs = { strides, pad, dataFormat: "NHWC", filterShape };
        await expectSame(tf.Conv2DBackpropFilter, { x: numbers(x, 1), dy: numbers(out, 2) }, attrs);
      }),
      { numRuns: 150 },
    );
  });

  test("gradient of a convolution for its input", async () => {
    await fc.assert(
      fc.asyncProperty(convolution, async ({ x, filterShape, strides, pad, out }) => {
        const attrs = { strides, pad, dataFormat: "NHWC", inputShape: x };
        await expectSame(tf.Conv2DBackpropInput, { dy: numbers(out, 1), filter: numbers(filterShape, 2) }, attrs);
      }),
      { numRuns: 150 },
    );
  });

  test("convolutions too large for one block", async () => {
    const x = [5, 40, 40, 6];
    const filterShape = [5, 5, 6, 6];
    const dy = numbers([5, 36, 36, 6], 2);
    const attrs = { strides: 1, pad: "valid", dataFormat: "NHWC" };
    await expectSame(tf.Conv2DBackpropFilter, { x: numbers(x, 1), dy }, { ...attrs, filterShape });
    const wide = numbers([5, 20, 20, 6], 3);
    const halved = { ...attrs, strides: 2, pad: "same", inputShape: x };
    await expectSame(tf.Conv2DBackpropInput, { dy: wide, filter: numbers(filterShape, 4) }, halved);
  });

  test("gradient of max pooling, also with ties and overlapping windows", async () => {
    const pooling = fc.record({
      x: fc.tuple(
        fc.integer({ min: 1, max: 4 }),
        fc.integer({ min: 3, max: 9 }),
        fc.integer({ min: 3, max: 9 }),
        fc.integer({ min: 1, max: 4 }),
      ),
      filterSize: fc.tuple(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 3 })),
      strides: fc.tuple(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 3 })),
      pad: fc.constantFrom("valid" as const, "same" as const, 1),
      rectified: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(pooling, async ({ x, filterSize, strides, pad, rectified }) => {
        fc.pre(pad !== 1 || (filterSize[0] > 1 && filterSize[1] > 1));
        const out = tf.backend_util.computePool2DInfo(x, filterSize, strides, 1, pad).outShape;
        const input = numbers(x, 1);
        if (rectified) input.values.set(input.values.map((value) => Math.max(0, value)));
        const inputs = { dy: numbers(out, 2), input, output: numbers(out, 3) };
        await expectSame(tf.MaxPoolGrad, inputs, { filterSize, strides, pad });
      }),
      { numRuns: 100 },
    );
  });

  test("matrix products, transposed or not, batched or not", async () => {
    const size = fc.integer({ min: 1, max: 12 });
    const product = fc.record({
      batch: fc.constantFrom([], [1], [3], [2, 2]),
      rows: size,
      inner: size,
      columns: size,
      transposeA: fc.boolean(),
      transposeB: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(product, async ({ batch, rows, inner, columns, transposeA, transposeB }) => {
        const a = numbers([...batch, ...(transposeA ? [inner, rows] : [rows, inner])], 1);
        const b = numbers([...batch, ...(transposeB ? [columns, inner] : [inner, columns])], 2);
        await expectSame(tf.BatchMatMul, { a, b }, { transposeA, transposeB });
      }),
      { numRuns: 100 },
    );
  });

  test("channels first is refused as the engine's own convolution refuses it", async () => {
    const inputs = { x: numbers([1, 3, 3, 1], 1), dy: numbers([1, 2, 2, 1], 2) };
    const attrs = { strides: 1, pad: "valid", dataFormat: "NCHW", filterShape: [2, 2, 1, 1] };
    await tf.setBackend("wasm");
    await expect(run("wasm", tf.Conv2DBackpropFilter, inputs, attrs)).rejects.toThrow(
      expect.objectContaining({
        name: "EngineError",
        message: "wasm: Conv2DBackpropFilter works with channels last (NHWC) only, got NCHW",
      }),
    );
  });
});
