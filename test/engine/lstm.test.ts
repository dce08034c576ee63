import * as tf from "@tensorflow/tfjs-core";
import {
  composedLstm,
  describeEngines,
  type Lstm,
  type LstmResult,
  labelCrossEntropy,
  lookUp,
  lstm,
  useEngine,
} from "smoothcert";
import { describe, expect, it, test } from "vitest";
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
    ])("%s has the loss of the equations, and its slopes", async (_, run) => {
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

    it("cross-entropies of labels are those of their one-hot rows, with softmax less one-hot as slopes", async () => {
      await useEngine(engine);
      const [rows, classes] = [4, 3];
      const logits = numbers(rows * classes, 62).map((each) => 5 * each);
      const labels = [2, 0, 1, 1];
      const weights = numbers(rows, 63);
      const { value, grad } = tf.valueAndGrad((at) =>
        tf.sum(tf.mul(labelCrossEntropy(at as tf.Tensor2D, tf.tensor1d(labels, "int32")), tf.tensor1d(weights))),
      )(tf.tensor2d(logits, [rows, classes]));
      let loss = 0;
      const slopes = labels.flatMap((label, r) => {
        const powers = [...logits.subarray(r * classes, (r + 1) * classes)].map(Math.exp);
        const sum = powers.reduce((all, each) => all + each, 0);
        loss += weights[r] * (Math.log(sum) - Math.log(powers[label]));
        return powers.map((power, k) => weights[r] * (power / sum - (k === label ? 1 : 0)));
      });
      expect(value.dataSync()[0]).toBeCloseTo(loss, 4);
      grad.dataSync().forEach((slope, j) => void expect(slope).toBeCloseTo(slopes[j], 5));
    });
  });
}
