import * as tf from "@tensorflow/tfjs-core";
import * as tfl from "@tensorflow/tfjs-layers";
import { useEngine } from "smoothcert";
import {
  type EpochRecord,
  gaussian,
  gaussianCopies,
  maxup,
  type Objective,
  type StepProgress,
  type TrainOptions,
  type TrainSettings,
  type TrainState,
  train,
} from "smoothcert/train";
import { beforeAll, describe, expect, it } from "vitest";
import { convolutional, perceptron, toyData, toyNoise, toySettings, weightsOf } from "./support.js";

beforeAll(async () => {
  await useEngine("wasm");
});

function toyOptions(given: Partial<TrainOptions> = {}): TrainOptions {
  return {
    model: given.model ?? perceptron(),
    dataset: toyData(),
    objective: maxup(3),
    augmentation: toyNoise,
    settings: toySettings(),
    ...given,
  };
}

/** Trains until `epoch` and `step` and aborts there; returns the state saved. */
async function trainUntil(options: TrainOptions, epoch: number, step: number): Promise<TrainState> {
  const stop = new AbortController();
  const states: TrainState[] = [];
  const interrupted = train({
    ...options,
    signal: stop.signal,
    hooks: { onStep: (at) => at.epoch === epoch && at.step === step && stop.abort() },
    checkpoint: { where: "memory", save: async (state) => void states.push(state) },
  });
  await expect(interrupted).rejects.toMatchObject({ name: "InterruptedError" });
  return states.at(-1)!;
}

describe.each([
  ["a perceptron", perceptron],
  ["a convolutional net with batch normalisation", convolutional],
])("training %s", (_, model) => {
  it.each([
    ["in the middle of an epoch", 2, 2],
    ["in the warm-up", 1, 1],
    ["at the end of an epoch", 1, 3],
  ])("stopped %s and resumed ends where an uninterrupted run does, bit for bit", async (_where, epoch, step) => {
    const settings = toySettings({ warmup: 1 });
    const whole = toyOptions({ model: model(1), settings });
    const { history } = await train(whole);
    const resume = await trainUntil(toyOptions({ model: model(1), settings }), epoch, step);
    expect([resume.epoch, resume.step]).toEqual(step === 3 ? [epoch, 0] : [epoch - 1, step]);
    const resumed = toyOptions({ model: model(2), settings, resume });
    const rest = await train(resumed);
    expect(weightsOf(resumed.model)).toEqual(weightsOf(whole.model));
    const untimed = ({ loss, log, epoch, lr, objective }: EpochRecord) => ({
      loss,
      log,
      epoch,
      lr,
      objective,
    });
    expect(rest.history.map(untimed)).toEqual(history.slice(resume.epoch).map(untimed));
  });

  it("repeats itself, and ends elsewhere with another seed", async () => {
    const ends = [5, 5, 6].map(async (seed) => {
      const options = toyOptions({ model: model(1), settings: toySettings({ seed }) });
      await train(options);
      return weightsOf(options.model);
    });
    const [one, same, other] = await Promise.all(ends);
    expect(same).toEqual(one);
    expect(other).not.toEqual(one);
  });

  it.each([
    ["plain noise", gaussian(), toyNoise],
    ["maxup", maxup(3), toyNoise],
    ["maxup that ranks its copies", maxup(3, 2), toyNoise],
    ["maxup that draws the steepest copies", maxup(3, 2), gaussianCopies(0.3)],
  ])("by %s holds as many tensors and bytes after each step and epoch as after the first", async (_name, ...parts) => {
    const [objective, augmentation] = parts;
    const held: string[] = [];
    const hold = (): void => {
      const { numTensors, numDataBuffers, numBytes } = tf.memory();
      held.push([numTensors, numDataBuffers, numBytes].join());
    };
    const before = tf.memory().numTensors;
    const hooks = { onStep: hold, onEpoch: hold };
    const checkpoint = { where: "memory", save: async () => hold() };
    const options = toyOptions({ model: model(1), objective, augmentation, hooks, checkpoint });
    await train(options);
    expect(held.length).toBe(9 + 3 + 3);
    expect(new Set(held).size).toBe(1);
    options.model.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });
});

describe("train", () => {
  it("learns: the loss of the toy classes falls", async () => {
    const settings = toySettings({ epochs: 12 });
    const { history } = await train(toyOptions({ dataset: toyData(60), settings }));
    expect(history.at(-1)!.loss).toBeLessThan(0.5 * history[0].loss);
    expect(history.at(-1)!.log.accuracy).toBeGreaterThan(0.9);
  });

  it("reports each step and epoch: warm-up first, learning rate by the schedule, means over the examples", async () => {
    const steps: StepProgress[] = [];
    const records: EpochRecord[] = [];
    const hooks = {
      onStep: (at: StepProgress) => void steps.push(at),
      onEpoch: (r: EpochRecord) => void records.push(r),
    };
    const settings = toySettings({ warmup: 1, schedule: "step", lrStep: 2, gamma: 0.5, lr: 0.04 });
    const { history } = await train(toyOptions({ settings, hooks }));
    expect(history).toEqual(records);
    expect(records.map(({ epoch }) => epoch)).toEqual([1, 2, 3]);
    expect(records.map(({ objective }) => objective)).toEqual(["gaussian", "maxup", "maxup"]);
    expect(records.map(({ lr }) => lr)).toEqual([0.04, 0.04, 0.02]);
    expect(steps.map(({ epoch, step, steps }) => [epoch, step, steps])).toEqual(
      [1, 2, 3].flatMap((epoch) => [1, 2, 3].map((step) => [epoch, step, 3])),
    );
    records.forEach((record, i) => {
      expect(record).toMatchObject({ loss: steps[3 * i + 2].loss, log: steps[3 * i + 2].log });
      // 23 examples in batches of 8, 8 and 7: only a mean over examples is a multiple of 1/23.
      // Each step's mean is a float32.
      expect(record.log.accuracy * 23).toBeCloseTo(Math.round(record.log.accuracy * 23), 5);
      expect(record.imagesPerSecond * record.seconds).toBeCloseTo(23, 9);
    });
  });

  it("takes smaller steps while the learning rate rises, which it has after the first epoch", async () => {
    const plain = (settings: Partial<TrainSettings>): TrainOptions =>
      toyOptions({ settings: toySettings({ epochs: 1, batch: 23, momentum: 0, weightDecay: 0, ...settings }) });
    const move = async (settings: Partial<TrainSettings>): Promise<number> => {
      const options = plain(settings);
      const before = weightsOf(options.model).flatMap((values) => [...values]);
      await train(options);
      const after = weightsOf(options.model).flatMap((values) => [...values]);
      return Math.hypot(...after.map((w, i) => w - before[i]));
    };
    const rated = { schedule: "step", lrStep: 9 } as const;
    // One step an epoch: a ramp of 50 is cut to 1 step, and changes nothing.
    expect(await move({ ...rated, lrRamp: 50 })).toBe(await move({ ...rated, lrRamp: 0 }));
    // Steps of 8, 8 and 7 examples: the first is made at a third of the rate, so together they go less far.
    expect(await move({ ...rated, batch: 8, lrRamp: 3 })).toBeLessThan(await move({ ...rated, batch: 8, lrRamp: 0 }));
  });

  it("reads several steps at a time where it is asked to, and ends with the same weights and records", async () => {
    const run = async (readEvery: number) => {
      const told: string[] = [];
      const hooks = {
        onStep: ({ epoch, step, loss }: StepProgress) => void told.push(`${epoch} ${step} ${loss}`),
      };
      const options = toyOptions({ readEvery, hooks });
      const { history } = await train(options);
      return { told, weights: weightsOf(options.model), means: history.map(({ loss, log }) => ({ loss, log })) };
    };
    const one = await run(1);
    expect(await run(2)).toEqual(one);
    expect(await run(100)).toEqual(one);
  });

  it("finds a loss that is no number however late it is read, and names its step", async () => {
    const saved: TrainState[] = [];
    let steps = 0;
    const diverging: Objective = {
      ...gaussian(),
      prepare(model, batch, moment) {
        const lossOf = gaussian().prepare(model, batch, moment);
        const infinite = ++steps === 5;
        return () => {
          const { loss, log } = lossOf();
          return { loss: infinite ? tf.mul(loss, Infinity) : loss, log };
        };
      },
    };
    const before = tf.memory().numTensors;
    const checkpoint = { where: "runs/x", save: async (state: TrainState) => void saved.push(state) };
    const options = toyOptions({ objective: diverging, readEvery: 100, checkpoint });
    const place =
      /^train: the loss is (NaN|Infinity) \(epoch 2, step 2 of 3\); last checkpoint: runs\/x, after 1 of 3 epochs/;
    await expect(train(options)).rejects.toMatchObject({
      name: "DivergenceError",
      message: expect.stringMatching(place),
    });
    expect(saved.map(({ epoch, step }) => [epoch, step])).toEqual([[1, 0]]);
    options.model.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });

  it("lets other work run between steps", async () => {
    let turns = 0;
    const timer = setInterval(() => turns++, 0);
    const seen = new Set<number>();
    await train(toyOptions({ settings: toySettings({ epochs: 20 }), hooks: { onStep: () => void seen.add(turns) } }));
    clearInterval(timer);
    expect(seen.size).toBeGreaterThan(1);
  });

  it("saves on interruption and says where it stands", async () => {
    const stop = new AbortController();
    const saved: TrainState[] = [];
    const interrupted = train(
      toyOptions({
        signal: stop.signal,
        checkpoint: { where: "runs/x", save: async (state) => void saved.push(state) },
        hooks: { onStep: ({ epoch, step }) => epoch === 2 && step === 1 && stop.abort() },
      }),
    );
    const message = "train: stopped; checkpoint: runs/x, after 1 of 3 epochs and 1 of 3 steps.";
    await expect(interrupted).rejects.toMatchObject({ name: "InterruptedError", message });
    expect(saved.map(({ epoch, step }) => [epoch, step])).toEqual([
      [1, 0],
      [1, 1],
    ]);
  });

  it("stops when the loss is no number and names the place and the last checkpoint", async () => {
    const infinite = new AbortController();
    const diverging: Objective = {
      name: "diverging",
      copies: 1,
      prepare: (model, batch, moment) => {
        const lossOf = gaussian().prepare(model, batch, moment);
        return () => {
          const { loss, log } = lossOf();
          return { loss: infinite.signal.aborted ? tf.div(loss, 0) : loss, log };
        };
      },
    };
    const failed = train(
      toyOptions({
        objective: diverging,
        checkpoint: { where: "runs/x", save: async () => undefined },
        hooks: { onStep: ({ epoch, step }) => epoch === 2 && step === 1 && infinite.abort() },
      }),
    );
    const message =
      "train: the loss is Infinity (epoch 2, step 2 of 3); " +
      "last checkpoint: runs/x, after 1 of 3 epochs and 0 of 3 steps. " +
      "Go on from there, or train anew, with a lower learning rate than 0.05.";
    await expect(failed).rejects.toMatchObject({ name: "DivergenceError", message });
  });

  it("stops at the end of an epoch whose last step left weights that are no numbers, and saves none", async () => {
    const saved: TrainState[] = [];
    const records: EpochRecord[] = [];
    // A step of 23 examples is the whole epoch; its loss is finite, and what it leads to is not.
    const failed = train(
      toyOptions({
        settings: toySettings({ batch: 23, lr: 3e38, weightDecay: 3e38 }),
        checkpoint: { where: "runs/x", save: async (state) => void saved.push(state) },
        hooks: { onEpoch: (record) => void records.push(record) },
      }),
    );
    await expect(failed).rejects.toMatchObject({
      name: "DivergenceError",
      message: expect.stringMatching(
        /^train: a value of .*kernel is no longer finite \(epoch 1, step 1 of 1\); last checkpoint: none\. Train anew/,
      ),
    });
    expect([saved, records]).toEqual([[], []]);
  });

  it("stops when the loss of a copy is NaN", async () => {
    const model = perceptron();
    tf.tidy(() => {
      model.weights[3].write(tf.tensor1d([0, Number.NaN, 0]));
    });
    const message =
      "train: the loss is NaN (epoch 1, step 1 of 3); last checkpoint: none. " +
      "Train anew with a lower learning rate than 0.05.";
    await expect(train(toyOptions({ model }))).rejects.toMatchObject({ name: "DivergenceError", message });
  });

  it.each<[keyof TrainSettings, unknown, string]>([
    ["epochs", 0, "an integer of at least 1, got 0"],
    ["batch", 2.5, "an integer of at least 1, got 2.5"],
    ["lr", -1, "finite and greater than 0, got -1"],
    ["lrRamp", 1.5, "an integer of at least 0, got 1.5"],
    ["momentum", 1, "in [0, 1), got 1"],
    ["weightDecay", Number.NaN, "finite and at least 0, got NaN"],
    ["schedule", "linear", 'one of step, cosine, got "linear"'],
    ["lrStep", 0, "an integer of at least 1, got 0"],
    ["gamma", 0, "in (0, 1], got 0"],
    ["warmup", -1, "an integer of at least 0, got -1"],
    ["seed", 0.5, "an integer of at least 0, got 0.5"],
  ])("refuses %s = %s", async (name, value, rule) => {
    const settings = { ...toySettings(), [name]: value };
    const refusal = { name: "ArgumentError", argument: name, message: `train: ${name} must be ${rule}` };
    await expect(train(toyOptions({ settings }))).rejects.toMatchObject(refusal);
  });

  it("refuses a model of other images or classes", async () => {
    const other = (inputShape: number[], units: number) =>
      tfl.sequential({ layers: [tfl.layers.flatten({ inputShape }), tfl.layers.dense({ units })] });
    await expect(train(toyOptions({ model: other([5, 6, 2], 3) }))).rejects.toMatchObject({
      name: "ArgumentError",
      message: "train: model's input shape must be the images' [6,5,2], got [5,6,2]",
    });
    await expect(train(toyOptions({ model: other([6, 5, 2], 4) }))).rejects.toMatchObject({
      name: "ArgumentError",
      message: "train: model's number of classes must be the data's 3, got 4",
    });
  });

  it("refuses a state of another model or beyond the end", async () => {
    const resume = await trainUntil(toyOptions(), 2, 1);
    const other = toyOptions({ model: convolutional(), resume });
    const tensors = tf.memory().numTensors;
    await expect(train(other)).rejects.toMatchObject({
      name: "ArgumentError",
      message: "train: resume.weights must be 8 tensors, as in the model, got 4",
    });
    expect(tf.memory().numTensors).toBe(tensors);
    const wrong = resume.weights.map((weight) => ({ ...weight, shape: [1] }));
    await expect(train(toyOptions({ resume: { ...resume, weights: wrong } }))).rejects.toThrow(
      /^train: resume\.weights\[0\] \(.*kernel.*\) must be of the model's shape \[60,7\], got \[1\]$/,
    );
    await expect(train(toyOptions({ resume: { ...resume, epoch: 4 } }))).rejects.toMatchObject({
      name: "ArgumentError",
      message: "train: resume.epoch must be an integer in [0, 3], got 4",
    });
    await expect(train(toyOptions({ resume: { ...resume, step: 3 } }))).rejects.toMatchObject({
      name: "ArgumentError",
      message: "train: resume.step must be an integer in [0, 2], got 3",
    });
  });
});
