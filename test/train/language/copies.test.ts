import * as tf from "@tensorflow/tfjs-core";
import fc from "fast-check";
import { useEngine } from "smoothcert";
import {
  drawSequenceCopies,
  embed,
  namedWeights,
  type SequenceDraw,
  takeCopies,
  variablesOf,
  weightShapes,
} from "smoothcert/train";
import { beforeAll, describe, expect, it } from "vitest";
import { initialWeights } from "../../../train/language/initial-weights.js";
import { tokenLosses } from "../../../train/language/losses.js";
import { emptyState, encode } from "../../../train/language/network.js";
import { worstCopies } from "../../../train/language/worst-copies.js";
import { runSeed } from "../../laws/seed.js";
import { generatedText } from "./support.js";

const ARCHITECTURE = { vocabulary: 6, embedding: 4, hidden: 3, layers: 2 };

function drawOf(given: Partial<SequenceDraw> = {}): SequenceDraw {
  const { time = 7, batch = 3 } = given;
  const read = generatedText(time * batch, 4);
  const noise = { dropout: 0.4, sigma: 0.3 };
  return { read, time, batch, embedding: 4, noise, copies: 5, seed: 11, firstSample: 20, ...given };
}

/** The factors and the noise of a row. */
function row(draw: SequenceDraw, index: number): { factors: number[]; noise: number[] } {
  return tf.tidy(() => {
    const { factors, noise } = drawSequenceCopies(draw);
    const { time, embedding } = draw;
    return {
      factors: [...factors!.dataSync().subarray(index * time, (index + 1) * time)],
      noise: [...noise!.dataSync().subarray(index * time * embedding, (index + 1) * time * embedding)],
    };
  });
}

beforeAll(async () => void (await useEngine("cpu")));

describe("copies of sequences", () => {
  it("drop a word everywhere in a sequence or nowhere", () => {
    const { read, batch, time, copies } = drawOf();
    for (let r = 0; r < batch * copies; r++) {
      const byWord = new Map<number, number>();
      row(drawOf(), r).factors.forEach((factor, t) => {
        const token = read[t * batch + Math.floor(r / copies)];
        expect(byWord.get(token) ?? factor).toBe(factor);
        expect([0, Math.fround(1 / 0.6)]).toContain(factor);
        byWord.set(token, factor);
      });
      expect(byWord.size).toBeGreaterThan(1);
    }
    expect(time).toBe(7);
  });

  it("are functions of seed, row and sample alone: of no other row, and of how many are drawn", () => {
    const alone = drawOf({ copies: 1, firstSample: 23 });
    expect(row(alone, 1)).toEqual(row(drawOf(), 1 * 5 + 3));
    const other = drawOf();
    const read = other.read.map((token, i) => (i % 3 === 1 ? token : 1));
    expect(row({ ...other, read }, 1 * 5 + 2)).toEqual(row(other, 1 * 5 + 2));
    expect(row(drawOf({ seed: 12 }), 0)).not.toEqual(row(drawOf(), 0));
    expect(row(drawOf(), 1)).not.toEqual(row(drawOf(), 0));
  });

  it("drop as many words as asked, and have noise of the deviation asked", () => {
    // 4,000 rows of 8 different words, and as many normals: each count is off by 5 standard errors once in 1.7 million.
    const [time, batch, copies] = [8, 4, 1000];
    const read = Int32Array.from({ length: time * batch }, (_, i) => Math.floor(i / batch));
    const draw = drawOf({ read, time, batch, copies, embedding: 1, seed: runSeed });
    const { factors, noise } = drawSequenceCopies(draw);
    const count = time * batch * copies;
    const dropped = factors!.dataSync().filter((factor) => factor === 0).length;
    expect(Math.abs(dropped - 0.4 * count)).toBeLessThan(5 * Math.sqrt(0.24 * count));
    const squares = [...noise!.dataSync()].reduce((sum, each) => sum + (each / 0.3) ** 2, 0);
    expect(Math.abs(squares - count)).toBeLessThan(5 * Math.sqrt(2 * count));
    tf.dispose([factors!, noise!]);
  });

  it("are the plain embeddings where nothing is dropped and no noise is added", () => {
    const draw = drawOf({ noise: { dropout: 0, sigma: 0 } });
    const copies = drawSequenceCopies(draw);
    expect(copies).toEqual({});
    const table = tf.randomNormal<tf.Rank.R2>([6, 4], 0, 1, "float32", 1);
    const read = tf.tensor2d(draw.read, [7, 3], "int32");
    expect(embed(table, read, copies).arraySync()).toEqual(tf.gather(table, read).arraySync());
  });
});

describe("MaxUp's choice among copies of sequences", () => {
  it.each([
    ["embedding dropout", { dropout: 0.4, sigma: 0 }],
    ["Gaussian noise", { dropout: 0, sigma: 0.5 }],
    ["both", { dropout: 0.2, sigma: 0.2 }],
  ])("is that of brute force: the largest loss of each sequence by itself, with %s", (_, noise) => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 2 ** 40 }), fc.integer({ min: 2, max: 4 }), (seed, copies) => {
        tf.tidy(() => {
          const draw = drawOf({ noise, seed, copies });
          const { time, batch, embedding } = draw;
          const weights = namedWeights(
            variablesOf(
              initialWeights(ARCHITECTURE, seed).map((each) => ({ ...each, values: each.values.map((x) => 4 * x) })),
              weightShapes(ARCHITECTURE),
              false,
            ),
          );
          const next = tf.tensor2d(generatedText(time * batch, 9), [time, batch], "int32");
          const read = tf.tensor2d(draw.read, [time, batch], "int32");
          const all = drawSequenceCopies(draw);
          const chosen = worstCopies(weights, { read, next, state: emptyState(ARCHITECTURE, batch) }, all, copies);
          // Each copy of each sequence by itself, as a batch of one.
          const lossOf = (b: number, c: number): number => {
            const own = takeCopies(all, tf.tensor1d([b * copies + c], "int32"));
            const column = (of: tf.Tensor2D): tf.Tensor2D => tf.slice(of, [0, b], [time, 1]);
            const embedded = embed(weights.embedding, column(read), own);
            const { outputs } = encode(weights, embedded, emptyState(ARCHITECTURE, 1));
            return tf.mean(tokenLosses(weights, outputs, column(next))).dataSync()[0];
          };
          for (let b = 0; b < batch; b++) {
            const losses = Array.from({ length: copies }, (_, c) => lossOf(b, c));
            const worst = b * copies + losses.indexOf(Math.max(...losses));
            const part = (of: tf.Tensor | undefined, at: number, size: number): number[] =>
              of === undefined ? [] : [...of.dataSync().subarray(at * size, (at + 1) * size)];
            expect(part(chosen.factors, b, time)).toEqual(part(all.factors, worst, time));
            const size = time * embedding;
            expect(part(chosen.noise, b, size)).toEqual(part(all.noise, worst, size));
          }
          tf.dispose([weights.embedding, weights.bias, ...weights.layers.flatMap((layer) => Object.values(layer))]);
        });
      }),
      { numRuns: 5 },
    );
  });
});
