import * as tf from "@tensorflow/tfjs-core";
import fc from "fast-check";
import { useEngine } from "smoothcert";
import { maxup, type TrainState, train } from "smoothcert/train";
import { beforeAll, describe, expect, it } from "vitest";
import { WeightAverage } from "../../train/weight-average.js";
import { convolutional, numbers, perceptron, toyData, toyNoise, toySettings, weightsOf } from "./support.js";

beforeAll(async () => {
  await useEngine("wasm");
});

describe("WeightAverage", () => {
  it("is (1 - d) times the sum of d^(steps ago) w, and d^steps of the initial weights", () => {
    const decays = fc.double({ min: 0.01, max: 0.999, noNaN: true });
    fc.assert(
      fc.property(decays, fc.nat(5), fc.nat(1e6), (decay, steps, seed) => {
        const model = perceptron();
        const average = new WeightAverage(model, decay);
        const weight = model.weights[0].read() as tf.Variable;
        const first = Float32Array.from(weight.dataSync());
        const visited = Array.from({ length: steps }, (_, t) => numbers(first.length, seed + t));
        for (const values of visited) {
          tf.tidy(() => weight.assign(tf.tensor(values, weight.shape)));
          average.step();
        }
        const found = average.averages[0].dataSync();
        first.forEach((start, j) => {
          const terms = visited.map((values, t) => (1 - decay) * decay ** (steps - 1 - t) * values[j]);
          const expected = terms.reduce((sum, term) => sum + term, decay ** steps * start);
          // Five steps of three roundings each, of values below 2 in size.
          expect(Math.abs(found[j] - expected)).toBeLessThan(15 * 2 * 2 ** -24);
        });
        average.dispose();
        model.dispose();
      }),
      { numRuns: 20 },
    );
  });
});

describe("train with a moving average of the weights", () => {
  const settings = toySettings({ ema: 0.8 });
  const parts = { dataset: toyData(), objective: maxup(3), augmentation: toyNoise, settings };

  it("ends each epoch with the averages over all steps, batch norm's statistics too", async () => {
    const plain = convolutional();
    const expected = weightsOf(plain);
    const ends: number[][][] = [];
    const hooks = {
      onStep: () => {
        const now = weightsOf(plain);
        expected.forEach((values, i) => {
          expected[i] = values.map((value, j) => 0.8 * value + 0.2 * now[i][j]);
        });
      },
      onEpoch: () => void ends.push(expected.map((values) => [...values])),
    };
    await train({ ...parts, model: plain, settings: toySettings(), hooks });
    const model = convolutional();
    const seen: number[][][] = [];
    await train({
      ...parts,
      model,
      hooks: { onEpoch: () => void seen.push(weightsOf(model).map((each) => [...each])) },
    });
    expect(seen).toHaveLength(3);
    expect(weightsOf(model).map((each) => [...each])).toEqual(seen[2]);
    for (const [epoch, weights] of ends.entries()) {
      weights.forEach((values, i) => {
        values.forEach((value, j) => void expect(Math.abs(seen[epoch][i][j] - value)).toBeLessThan(1e-5));
      });
    }
    // They are no averages of one thing.
    expect(weightsOf(model)).not.toEqual(weightsOf(plain));
  });

  it.each([
    [1, 2],
    [2, 3],
  ])("stopped in epoch %d after step %d and resumed ends where an uninterrupted run does", async (epoch, step) => {
    const whole = convolutional();
    await train({ ...parts, model: whole });
    const stop = new AbortController();
    const states: TrainState[] = [];
    const interrupted = train({
      ...parts,
      model: convolutional(),
      signal: stop.signal,
      hooks: { onStep: (at) => at.epoch === epoch && at.step === step && stop.abort() },
      checkpoint: { where: "memory", save: async (state) => void states.push(state) },
    });
    await expect(interrupted).rejects.toMatchObject({ name: "InterruptedError" });
    const model = convolutional(7);
    await train({ ...parts, model, resume: states.at(-1)! });
    expect(weightsOf(model)).toEqual(weightsOf(whole));
  });

  it("refuses a state without averages", async () => {
    const states: TrainState[] = [];
    const checkpoint = { where: "memory", save: async (state: TrainState) => void states.push(state) };
    await train({ ...parts, model: perceptron(), settings: toySettings(), checkpoint });
    const resumed = train({ ...parts, model: perceptron(), resume: states[0] });
    await expect(resumed).rejects.toThrow("train: resume.averages must be 4 tensors, as in the model, got 0");
  });
});
