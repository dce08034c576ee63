import { readdirSync, readFileSync } from "node:fs";
import * as tf from "@tensorflow/tfjs-core";
import * as tfl from "@tensorflow/tfjs-layers";
import { type CounterRandom, gaussianNoise, useEngine } from "smoothcert";
import {
  type CopyBatch,
  createObjective,
  type ExampleBatch,
  METHODS,
  type MethodSettings,
  type Moment,
  noisyCopies,
} from "smoothcert/train";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { toyData } from "./support.js";

/** What a batch is made of; see test/fixtures/train/make.py. */
interface Batch {
  readonly shape: readonly [number, number, number];
  readonly classes: number;
  readonly sigma: number;
  /** Of both dense layers: kernel, bias, kernel, bias. */
  readonly weights: readonly (readonly number[])[];
  /** [examples, pixels] */
  readonly images: readonly number[];
  /** [examples, copies, pixels] */
  readonly noise: readonly number[];
  /** What each example draws besides: [examples, pixels]. */
  readonly uniforms: readonly number[];
  readonly labels: readonly number[];
}

/** The loss of PyTorch on the batch, and its gradients for the weights. */
interface Case {
  readonly settings: MethodSettings;
  readonly time: number;
  readonly loss: number;
  readonly gradients: readonly (readonly number[])[];
}

const FOLDER = new URL("../fixtures/train/", import.meta.url);
const readJson = (name: string) => JSON.parse(readFileSync(new URL(name, FOLDER), "utf8"));
const BATCH: Batch = readJson("batch.json");
const CASES: Case[] = readdirSync(FOLDER)
  .filter((name) => name.endsWith(".json") && name !== "batch.json")
  .flatMap(readJson);
const EXAMPLES = BATCH.labels.length;
const PIXELS = BATCH.images.length / EXAMPLES;
const DRAWN = BATCH.noise.length / BATCH.images.length;

beforeAll(async () => {
  await useEngine("wasm");
  tf.engine().startScope();
});
afterAll(() => tf.engine().endScope());

function network(): tfl.LayersModel {
  const { shape, classes, weights } = BATCH;
  const model = tfl.sequential();
  model.add(tfl.layers.flatten({ inputShape: [...shape] }));
  model.add(tfl.layers.dense({ units: weights[1].length, activation: "tanh" }));
  model.add(tfl.layers.dense({ units: classes }));
  model.setWeights(model.weights.map(({ shape }, i) => tf.tensor([...weights[i]], shape as number[])));
  return model;
}

/** The batch, of the first `copies` copies of each example. */
function batchOf(copies: number): ExampleBatch {
  const { labels, images, noise, sigma } = BATCH;
  const augmentation = noisyCopies(gaussianNoise(sigma));
  const source = { dataset: toyData(), augmentation, examples: labels, copies, seed: 0, firstSample: 0 };
  const rowsOf = (count: number, pixel: (example: number, copy: number, i: number) => number): CopyBatch => {
    const rows = Array.from({ length: EXAMPLES * count }, (_, row) => [Math.floor(row / count), row % count]);
    const values = rows.flatMap(([e, c]) => Array.from({ length: PIXELS }, (_, i) => pixel(e, c, i)));
    const labelled = rows.map(([e]) => labels[e]);
    return {
      images: tf.tensor4d(values, [rows.length, ...BATCH.shape]),
      targets: tf.cast(tf.oneHot(tf.tensor1d(labelled, "int32"), BATCH.classes), "float32") as tf.Tensor2D,
      copies: count,
    };
  };
  const image = (e: number, i: number): number => images[e * PIXELS + i];
  return {
    length: EXAMPLES,
    copies,
    source,
    clean: () => rowsOf(1, (e, _, i) => image(e, i)),
    draw: () => rowsOf(copies, (e, c, i) => image(e, i) + noise[(e * DRAWN + c) * PIXELS + i]),
  };
}

/** Of an example: its uniforms, in order. */
function momentAt(time: number): Moment {
  const random = (position: number) => {
    let next = position * PIXELS;
    return { uniform: () => BATCH.uniforms[next++] } as CounterRandom;
  };
  return { time, epochs: 20, random };
}

const named = CASES.map((each): [string, Case] => {
  const { name, ...options } = each.settings;
  return [`${name} ${JSON.stringify(options)} at ${each.time}`, each];
});

describe("on the batch that PyTorch had", () => {
  it.each(named)("%s has the same loss and gradients", (_, { settings, time, loss, gradients }) => {
    const model = network();
    const objective = createObjective(settings);
    const variables = model.trainableWeights.map((weight) => weight.read() as tf.Variable);
    const prepared = objective.prepare(model, batchOf(objective.copies), momentAt(time));
    const { value, grads } = tf.variableGrads(() => prepared().loss, variables);
    expect(value.dataSync()[0] / loss).toBeCloseTo(1, 5);
    variables.forEach(({ name }, i) => {
      const largest = Math.max(...gradients[i].map(Math.abs));
      grads[name].dataSync().forEach((slope, j) => {
        expect(Math.abs(slope - gradients[i][j])).toBeLessThan(1e-5 * Math.max(1, largest));
      });
    });
  });

  it("no method with options of its own is left out, but those tested elsewhere", () => {
    const elsewhere = ["gaussian", "maxup", "gradient-norm"];
    const here = new Set(CASES.map(({ settings }) => settings.name));
    expect(METHODS.map(({ name }) => name).filter((name) => !here.has(name))).toEqual(elsewhere);
  });
});
