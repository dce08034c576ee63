import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as tf from "@tensorflow/tfjs-core";
import { FileError, UNKNOWN, useEngine, Vocabulary } from "smoothcert";
import {
  bitsPerToken,
  dynamicTextLoss,
  generate,
  type LanguageModelFile,
  loadLanguageModel,
  namedWeights,
  perplexity,
  saveLanguageModel,
  type TextLoss,
  textLoss,
  variablesOf,
  weightShapes,
} from "smoothcert/train";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { initialWeights } from "../../../train/language/initial-weights.js";
import { generatedText } from "./support.js";

const ARCHITECTURE = { vocabulary: 6, embedding: 4, hidden: 5, layers: 2 };

function model(scale = 4): LanguageModelFile {
  return {
    architecture: ARCHITECTURE,
    level: "character",
    vocabulary: new Vocabulary([UNKNOWN, "a", "b", "c", "d", "\n"]),
    weights: initialWeights(ARCHITECTURE, 3).map((each) => ({ ...each, values: each.values.map((x) => scale * x) })),
    data: { source: "toy", hash: "" },
    epoch: 1,
    valid: 1,
  };
}

async function lossOf(
  { architecture, weights }: LanguageModelFile,
  tokens: Int32Array,
  streams: number,
): Promise<TextLoss> {
  const variables = variablesOf(weights, weightShapes(architecture), false);
  const loss = await textLoss(namedWeights(variables), architecture, tokens, { streams });
  tf.dispose(variables);
  return loss;
}

let folder = "";
beforeAll(async () => {
  await useEngine("cpu");
  folder = await mkdtemp(join(tmpdir(), "smoothcert-lm-"));
});
afterAll(() => rm(folder, { recursive: true }));

const TEXT = generatedText(83, 8);

describe("the loss of a text", () => {
  it("is that of a uniform choice where all scores are equal", async () => {
    const loss = await lossOf(model(0), TEXT, 10);
    expect(loss.tokens).toBe(82);
    expect(perplexity(loss)).toBeCloseTo(6, 5);
    expect(bitsPerToken(loss)).toBeCloseTo(Math.log2(6), 5);
  });

  it("is the sum of the losses of its streams, each read by itself, the last one shorter", async () => {
    const before = tf.memory().numTensors;
    for (const streams of [2, 5, 82, 500]) {
      const length = Math.ceil(82 / Math.min(streams, 82));
      let [tokens, nats] = [0, 0];
      for (let start = 0; start < 82; start += length) {
        const part = await lossOf(model(), TEXT.subarray(start, start + length + 1), 1);
        tokens += part.tokens;
        nats += part.nats;
      }
      const loss = await lossOf(model(), TEXT, streams);
      expect(loss.tokens).toBe(82);
      expect(tokens).toBe(82);
      expect(loss.nats).toBeCloseTo(nats, 3);
    }
    expect(tf.memory().numTensors).toBe(before);
  });
});

describe("dynamic evaluation", () => {
  const { architecture, weights } = model();
  const dynamic = (lr: number, decay: number): Promise<TextLoss> =>
    dynamicTextLoss(architecture, weights, TEXT, generatedText(300, 9), { lr, decay });

  it("is the plain loss where nothing is learned", async () => {
    const before = tf.memory().numTensors;
    const [found, plain] = [await dynamic(1e-12, 0), await lossOf(model(), TEXT, 1)];
    expect(found.tokens).toBe(plain.tokens);
    expect(found.nats).toBeCloseTo(plain.nats, 3);
    expect(tf.memory().numTensors).toBe(before);
  });

  it("learns the text as it goes on, and less where the weights go back", async () => {
    const [plain, learned, held] = [await lossOf(model(), TEXT, 1), await dynamic(0.01, 0), await dynamic(0.01, 1e9)];
    expect(learned.nats).toBeLessThan(plain.nats - 0.5);
    // Weights that go back all the way keep nothing but what the piece before taught.
    expect(learned.nats).toBeLessThan(held.nats - 0.5);
  });
});

describe("a text that a model writes", () => {
  const write = (seed: number, temperature: number, length = 80): Promise<number[]> =>
    generate(model(), { prompt: [1, 2], length, seed, temperature });

  it("is the same for the same seed, of the length asked, without <unk>", async () => {
    const [one, again, other] = [await write(1, 1), await write(1, 1), await write(2, 1)];
    expect(again).toEqual(one);
    expect(other).not.toEqual(one);
    expect(one).toHaveLength(80);
    expect(new Set([...one, ...other])).toEqual(new Set([1, 2, 3, 4, 5]));
  });

  it("is its beginning where fewer tokens are asked for, and the likeliest where the temperature is low", async () => {
    expect(await write(1, 1, 10)).toEqual((await write(1, 1)).slice(0, 10));
    expect(await write(1, 1e-4)).toEqual(await write(2, 1e-4));
  });
});

describe("a model's file", () => {
  it("holds all of it, in a run's folder too", async () => {
    const path = join(folder, "model.safetensors");
    await saveLanguageModel(path, model());
    expect(await loadLanguageModel(path)).toEqual(model());
    expect(await loadLanguageModel(folder)).toEqual(model());
  });

  it("is refused if it is another, or if its weights are not those of its architecture", async () => {
    const path = join(folder, "other.safetensors");
    await writeFile(path, "not a model");
    await expect(loadLanguageModel(path)).rejects.toThrow(FileError);
    await saveLanguageModel(path, { ...model(), architecture: { ...ARCHITECTURE, hidden: 6 } });
    await expect(loadLanguageModel(path)).rejects.toThrow(/its weights are not those of its architecture/);
  });
});
