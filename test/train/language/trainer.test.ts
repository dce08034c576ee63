import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as tf from "@tensorflow/tfjs-core";
import { InterruptedError, useEngine } from "smoothcert";
import {
  type GivenLanguageSettings,
  type LanguageEpochRecord,
  type NamedTensor,
  trainLanguageModel,
  variablesOf,
  weightShapes,
} from "smoothcert/train";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { initialWeights } from "../../../train/language/initial-weights.js";
import { type LanguageStep, learn } from "../../../train/language/learn.js";
import { activationPenalty } from "../../../train/language/losses.js";
import { emptyState } from "../../../train/language/network.js";
import { streamsOf } from "../../../train/language/segments.js";
import {
  type LanguageTrainState,
  loadLanguageCheckpoint,
  saveLanguageCheckpoint,
} from "../../../train/language/state.js";
import { numbers } from "../support.js";
import { toyCorpus, toyLanguageSettings } from "./support.js";

const CORPUS = toyCorpus();
const ARCHITECTURE = { vocabulary: 6, embedding: 4, hidden: 5, layers: 2 };

let folder = "";
beforeAll(async () => {
  await useEngine("cpu");
  folder = await mkdtemp(join(tmpdir(), "smoothcert-lm-"));
});
afterAll(() => rm(folder, { recursive: true }));

interface Trained {
  readonly history: LanguageEpochRecord[];
  /** The weights that each epoch was validated by. */
  readonly kept: (readonly NamedTensor[])[];
  readonly last: LanguageTrainState;
}

/** Trains the toy model, from a state if there is one, until it is stopped before the step given. */
async function trained(
  given: GivenLanguageSettings,
  from?: { state: LanguageTrainState; history: readonly LanguageEpochRecord[] },
  stopAt = Number.POSITIVE_INFINITY,
): Promise<Trained> {
  const controller = new AbortController();
  const path = join(folder, "state.safetensors");
  const records: LanguageEpochRecord[] = [...(from?.history ?? [])];
  const kept: (readonly NamedTensor[])[] = [];
  const running = trainLanguageModel({
    settings: toyLanguageSettings(given),
    corpus: CORPUS,
    resume: from?.state,
    pastLosses: records.map(({ valid }) => valid),
    where: path,
    save: (state) => saveLanguageCheckpoint(path, state),
    async keep(record, weights) {
      records.push(record);
      kept.push(weights);
    },
    hooks: { onStep: ({ update }) => update === stopAt && controller.abort() },
    signal: controller.signal,
  });
  if (stopAt === Number.POSITIVE_INFINITY) await running;
  else await expect(running).rejects.toThrow(InterruptedError);
  return { history: records, kept, last: await loadLanguageCheckpoint(path) };
}

/** What a record holds besides times. */
function timeless({ seconds, tokensPerSecond, ...rest }: LanguageEpochRecord): Omit<LanguageEpochRecord, "seconds"> {
  expect(seconds).toBeGreaterThan(0);
  return { ...rest, tokensPerSecond: Math.sign(tokensPerSecond) };
}

/** No dropout within the network, and none of words. */
const PLAIN = { dropoutEmbedding: 0, dropoutInput: 0, dropoutHidden: 0, dropoutOutput: 0, weightDrop: 0 };

const STEP: LanguageStep = {
  architecture: ARCHITECTURE,
  settings: toyLanguageSettings({ alpha: 0, beta: 0 }),
  streams: streamsOf(CORPUS.train, 4),
  segment: { start: 3, length: 9 },
  state: [],
  copies: 1,
  update: 17,
};

describe("a step of a language model's training", () => {
  it.each([1, 3])("has the slopes of its loss as gradients, with dropout and %i copies", (copies) => {
    tf.tidy(() => {
      const state = emptyState(ARCHITECTURE, 4).map(({ h, c }, i) => ({
        h: tf.tensor(numbers(h.size, i), h.shape) as tf.Tensor2D,
        c: tf.tensor(numbers(c.size, 9 + i), c.shape) as tf.Tensor2D,
      }));
      const shapes = weightShapes(ARCHITECTURE);
      // Larger weights than those at the start: their gradients stand out of float32's rounding.
      const start = initialWeights(ARCHITECTURE, 2).map((each) => ({ ...each, values: each.values.map((x) => 3 * x) }));
      const weights = variablesOf(start, shapes, true);
      const loss = (): number => learn(weights, { ...STEP, state, copies }).loss.dataSync()[0];
      const { gradients } = learn(weights, { ...STEP, state, copies });
      weights.forEach((weight, i) => {
        const length = tf.norm(gradients[i]).dataSync()[0];
        const before = tf.clone(weight);
        const along = tf.div(gradients[i], length);
        const at = (distance: number): number => {
          weight.assign(tf.add(before, tf.mul(along, distance)));
          return loss();
        };
        const slope = (at(3e-3) - at(-3e-3)) / 6e-3;
        weight.assign(before);
        expect(length, shapes[i].name).toBeGreaterThan(1e-3);
        expect(Math.abs(slope - length), shapes[i].name).toBeLessThan(0.02 * length + 2e-4);
      });
      tf.dispose(weights);
    });
  });

  it("goes on from where the piece before it ended: two pieces are one", () => {
    tf.tidy(() => {
      const weights = variablesOf(initialWeights(ARCHITECTURE, 2), weightShapes(ARCHITECTURE), true);
      const step = { ...STEP, settings: toyLanguageSettings({ ...PLAIN, alpha: 0, beta: 0 }) };
      const from = (start: number, length: number, state: LanguageStep["state"]) =>
        learn(weights, { ...step, segment: { start, length }, state });
      const whole = from(0, 12, emptyState(ARCHITECTURE, 4));
      const first = from(0, 7, emptyState(ARCHITECTURE, 4));
      const second = from(7, 5, first.state);
      const mean = (7 * first.loss.dataSync()[0] + 5 * second.loss.dataSync()[0]) / 12;
      expect(mean).toBeCloseTo(whole.loss.dataSync()[0], 6);
      second.state.forEach(({ c }, i) => {
        const wanted = whole.state[i].c.dataSync();
        c.dataSync().forEach((cell, j) => void expect(cell).toBeCloseTo(wanted[j], 6));
      });
      tf.dispose([weights, whole.state, first.state, second.state]);
    });
  });

  it("is penalised for the size of its outputs and for their change", () => {
    const [outputs, dropped] = [numbers(12, 1), numbers(12, 2)];
    const [size, change] = [
      dropped.reduce((sum, x) => sum + x * x, 0) / 12,
      [4, 5, 6, 7, 8, 9, 10, 11].map((i) => (outputs[i] - outputs[i - 4]) ** 2).reduce((sum, x) => sum + x, 0) / 8,
    ];
    const encoded = { outputs: tf.tensor3d(outputs, [3, 2, 2]), dropped: tf.tensor3d(dropped, [3, 2, 2]), state: [] };
    const penalty = tf.tidy(() => activationPenalty(encoded, { alpha: 2, beta: 3 }).dataSync()[0]);
    expect(penalty).toBeCloseTo(2 * size + 3 * change, 5);
    tf.dispose(encoded);
  });
});

describe("the training of a language model", () => {
  const maxup = { copies: 2, embeddingNoise: 0.1, patience: 0, lr: 20 };

  it.each([
    ["plain", { layers: 2 }],
    ["MaxUp", maxup],
  ])(
    "ends with the same weights, %s, whether or not it was stopped, within an epoch or at its end",
    async (_, given) => {
      const before = tf.memory().numTensors;
      const whole = await trained(given);
      expect(whole.history).toHaveLength(2);
      for (const stopAt of [2, whole.last.update - 1]) {
        const first = await trained(given, undefined, stopAt);
        expect(first.last.update).toBe(stopAt);
        const rest = await trained(given, { state: first.last, history: first.history });
        expect(rest.last.weights).toEqual(whole.last.weights);
        expect(rest.last.averages).toEqual(whole.last.averages);
        expect(rest.history.map(timeless)).toEqual(whole.history.map(timeless));
        expect(rest.kept.at(-1)).toEqual(whole.kept.at(-1));
      }
      expect(tf.memory().numTensors).toBe(before);
    },
  );

  it("averages the weights from the epoch on that follows a worse one, and validates by the averages", async () => {
    const { history, last, kept } = await trained({ ...maxup, epochs: 4, lr: 60 });
    const worse = history.findIndex(
      ({ valid }, i) => i > 0 && valid > Math.min(...history.slice(0, i).map((r) => r.valid)),
    );
    expect(worse).toBeGreaterThan(0);
    expect(worse).toBeLessThan(3);
    expect(history.map(({ averaged }) => averaged)).toEqual(history.map((_, i) => i > worse));
    expect(kept.at(-1)).toEqual(last.averages);
    expect(last.averages).not.toEqual(last.weights);
  });

  it("learns: a text with some order is foretold better than by chance", async () => {
    const { history } = await trained({ epochs: 5, embedding: 12, batch: 2, clip: 1, ...PLAIN });
    // Five tokens in equal shares have ln 5 nats each.
    expect(history.at(-1)!.valid).toBeLessThan(Math.log(5) - 0.05);
    expect(history.every(({ objective }) => objective === "plain")).toBe(true);
  });

  it("is plain as long as it warms up, and gives other weights for another seed", async () => {
    const { history, last } = await trained({ ...maxup, warmup: 1 });
    expect(history.map(({ objective }) => objective)).toEqual(["plain", "maxup"]);
    expect((await trained({ ...maxup, warmup: 1, seed: 6 })).last.weights).not.toEqual(last.weights);
  });
});
