import * as tf from "@tensorflow/tfjs-core";
import fc from "fast-check";
import { composedLstm, describeEngines, type Lstm, type LstmResult, lookUp, lstm, useEngine } from "smoothcert";
import { describe, expect, it, test } from "vitest";
import { hasLstmRecurrence, lstmRecurrence } from "../../src/engine/fused/lstm-recurrence.js";
import { tensorFlowLstm } from "../../src/engine/lstm.js";
import { repetitions } from "../laws/effort.js";
import { numbers } from "../train/support.js";

/** A single step, and several. */
const TIMES = [1, 4] as const;
const LONGEST = 4;
const BATCH = 3;
const INPUTS = 5;
const UNITS = 2;
const SHAPES = {
  x: [LONGEST, BATCH, INPUTS],
  h: [BATCH, UNITS],
  c: [BATCH, UNITS],
  kernel: [INPUTS, 4 * UNITS],
  recurrent: [UNITS, 4 * UNITS],
  bias: [4 * UNITS],
} as const;
type Name = keyof typeof SHAPES;
const NAMES = Object.keys(SHAPES) as Name[];

/** The numbers that a layer and its sequence are made of, by name. */
type Values = Readonly<Record<Name, Float32Array>>;

const VALUES = Object.fromEntries(
  NAMES.map((name, i) => [name, numbers(tf.util.sizeFromShape([...SHAPES[name]]), 40 + i)]),
) as Values;
/** What the loss of these tests multiplies each output, and the last cells, by. */
const OUTPUT_WEIGHTS = numbers(LONGEST * BATCH * UNITS, 50);
const CELL_WEIGHTS = numbers(BATCH * UNITS, 51);

const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));

/** The loss in double precision, by the equations one number at a time. */
function lossByHand({ x, h, c, kernel, recurrent, bias }: Values, time: number): number {
  let loss = 0;
  for (let b = 0; b < BATCH; b++) {
    let [output, cells] = [h, c].map((all) => [...all.subarray(b * UNITS, (b + 1) * UNITS)]);
    for (let t = 0; t < time; t++) {
      const gate = (column: number): number => {
        let sum = bias[column];
        for (let i = 0; i < INPUTS; i++) sum += x[(t * BATCH + b) * INPUTS + i] * kernel[i * 4 * UNITS + column];
        for (let u = 0; u < UNITS; u++) sum += output[u] * recurrent[u * 4 * UNITS + column];
        return sum;
      };
      const units = [...Array(UNITS).keys()];
      const next = units.map(
        (u) => sigmoid(gate(UNITS + u)) * cells[u] + sigmoid(gate(u)) * Math.tanh(gate(2 * UNITS + u)),
      );
      output = units.map((u) => sigmoid(gate(3 * UNITS + u)) * Math.tanh(next[u]));
      cells = next;
      for (const u of units) loss += output[u] * OUTPUT_WEIGHTS[(t * BATCH + b) * UNITS + u];
    }
    for (let u = 0; u < UNITS; u++) loss += cells[u] * CELL_WEIGHTS[b * UNITS + u];
  }
  return loss;
}

/** Slopes of the loss by hand, by central differences. */
function slopesByHand(name: Name, time: number): number[] {
  const step = 1e-3;
  return [...VALUES[name]].map((_, j) => {
    const at = (distance: number): number => {
      const moved = Float64Array.from(VALUES[name]);
      moved[j] += distance;
      return lossByHand({ ...VALUES, [name]: moved } as unknown as Values, time);
    };
    return (at(step) - at(-step)) / (2 * step);
  });
}

/** The loss and its gradients by name, as the engine computes them. */
function byEngine(run: (layer: Lstm) => LstmResult, time: number): { loss: number; slopes: Record<string, number[]> } {
  const before = tf.memory().numTensors;
  const found = tf.tidy(() => {
    const tensors = NAMES.map((name) => tf.tensor(VALUES[name], [...SHAPES[name]]));
    const { value, grads } = tf.valueAndGrads((...inputs: tf.Tensor[]) => {
      const [all, h, c, kernel, recurrent, bias] = inputs as never[];
      const x = tf.slice(all as tf.Tensor3D, 0, time);
      const { hs, state } = run({ x, state: { h, c }, kernel, recurrent, bias });
      const outputs = tf.sum(tf.mul(hs, tf.tensor(OUTPUT_WEIGHTS.subarray(0, hs.size), hs.shape)));
      return tf.add(outputs, tf.sum(tf.mul(state.c, tf.tensor(CELL_WEIGHTS, [BATCH, UNITS])))) as tf.Scalar;
    })(tensors);
    const slopes = Object.fromEntries(NAMES.map((name, i) => [name, [...grads[i].dataSync()]]));
    return { loss: value.dataSync()[0], slopes };
  });
  expect(tf.memory().numTensors).toBe(before);
  return found;
}

const engines = (await describeEngines()).filter(({ name }) => name !== "webgpu" && name !== "gpu");
const expected = TIMES.map((time) => NAMES.map((name) => [name, slopesByHand(name, time)] as const));

for (const { name: engine, available, why } of engines) {
  if (!available) {
    test.skip(`engine ${engine} is not here: ${why}`);
    continue;
  }
  describe(`on engine ${engine}`, () => {
    it.each([
      ["an LSTM", lstm],
      ["an LSTM composed step by step", composedLstm],
      ...(engine === "node" ? [["an LSTM by TensorFlow's operations", tensorFlowLstm] as const] : []),
    ] as const)("%s has the loss of the equations, and its slopes", async (_, run) => {
      await useEngine(engine);
      TIMES.forEach((time, i) => {
        const { loss, slopes } = byEngine(run, time);
        expect(loss).toBeCloseTo(lossByHand(VALUES, time), 5);
        for (const [name, wanted] of expected[i]) {
          slopes[name].forEach((slope, j) => void expect(Math.abs(slope - wanted[j]), name).toBeLessThan(2e-5));
        }
      });
    });

    it("tokens that occur twice get both of their gradients, and others none", async () => {
      await useEngine(engine);
      const indices = tf.tensor2d([2, 0, 2, 1, 2, 0], [3, 2], "int32");
      const table = tf.tensor2d(numbers(8, 60), [4, 2]);
      const weights = numbers(12, 61);
      const values = await lookUp(table, indices).array();
      expect(values).toEqual(await tf.gather(table, indices).array());
      const slopes = tf.grad((at) => tf.sum(tf.mul(lookUp(at as tf.Tensor2D, indices), tf.tensor(weights, [3, 2, 2]))));
      const wanted = new Float64Array(8);
      indices.dataSync().forEach((row, i) => {
        for (const j of [0, 1]) wanted[2 * row + j] += weights[2 * i + j];
      });
      slopes(table)
        .dataSync()
        .forEach((slope, j) => void expect(slope).toBeCloseTo(wanted[j], 6));
    });
  });
}

const native = engines.find(({ name }) => name === "node");

describe.skipIf(!native?.available)("our own recurrence", () => {
  /** A layer and a sequence of any sizes. */
  function anyLayer(time: number, batch: number, inputs: number, units: number, seed: number): Lstm {
    const of = (shape: readonly number[], place: number): tf.Tensor =>
      tf.tensor(numbers(tf.util.sizeFromShape([...shape]), seed + place), [...shape]);
    const [h, c, recurrent] = [of([batch, units], 1), of([batch, units], 2), of([units, 4 * units], 3)];
    const layer = { x: of([time, batch, inputs], 4), kernel: of([inputs, 4 * units], 5), bias: of([4 * units], 6) };
    return { ...layer, state: { h, c }, recurrent: tf.div(recurrent, Math.sqrt(units)) } as unknown as Lstm;
  }

  /** Outputs, last cells, and the gradients of a sum that weighs each of them. */
  function all(run: (layer: Lstm) => LstmResult, layer: Lstm): tf.Tensor[] {
    const { x, state, kernel, recurrent, bias } = layer;
    const weights = tf.tensor(numbers(x.shape[0] * state.h.size, 7), [x.shape[0], ...state.h.shape]);
    const lastWeights = tf.tensor(numbers(state.h.size, 8), state.h.shape);
    const { hs, state: last } = run(layer);
    const loss = (...[x, h, c, kernel, recurrent, bias]: tf.Tensor[]): tf.Tensor => {
      const found = run({ x, state: { h, c }, kernel, recurrent, bias } as unknown as Lstm);
      return tf.add(tf.sum(tf.mul(found.hs, weights)), tf.sum(tf.mul(found.state.c, lastWeights)));
    };
    return [hs, last.c, ...tf.grads(loss)([x, state.h, state.c, kernel, recurrent, bias])];
  }

  it("is what runs, and equals the composed one for sizes of any kind, gradients too", async () => {
    await useEngine("node");
    expect(hasLstmRecurrence()).toBe(true);
    const size = (max: number): fc.Arbitrary<number> => fc.integer({ min: 1, max });
    fc.assert(
      fc.property(size(5), size(18), size(7), size(50), size(1e6), (time, batch, inputs, units, seed) => {
        tf.tidy(() => {
          const layer = anyLayer(time, batch, inputs, units, seed);
          const [ours, composed] = [all(lstm, layer), all(composedLstm, layer)];
          ours.forEach((each, i) => {
            expect(each.shape).toEqual(composed[i].shape);
            // Sums of up to 18 x 5 products, each of a few roundings.
            expect(tf.max(tf.abs(tf.sub(each, composed[i]))).dataSync()[0], `result ${i}`).toBeLessThan(1e-4);
          });
        });
      }),
      { numRuns: repetitions(100) },
    );
  });

  it("gives a sequence the same outputs, bit for bit, in whatever batch", async () => {
    await useEngine("node");
    tf.tidy(() => {
      const [time, batch, units] = [6, 13, 37];
      const fromX = tf.tensor4d(numbers(time * batch * 4 * units, 1), [time, batch, 4, units]);
      const [h, c] = [2, 3].map((seed) => tf.tensor2d(numbers(batch * units, seed), [batch, units]));
      const recurrent = tf.tensor2d(numbers(4 * units * units, 4), [units, 4 * units]);
      const bias = tf.tensor1d(numbers(4 * units, 5));
      const { hs } = lstmRecurrence({ fromX, h, c, recurrent, bias });
      for (const [first, count] of [
        [0, 1],
        [12, 1],
        [3, 6],
      ]) {
        const part = lstmRecurrence({
          fromX: tf.slice(fromX, [0, first], [time, count]),
          h: tf.slice(h, first, count),
          c: tf.slice(c, first, count),
          recurrent,
          bias,
        });
        expect(part.hs.dataSync()).toEqual(tf.slice(hs, [0, first], [time, count]).dataSync());
      }
    });
  });
});
