import * as tf from "@tensorflow/tfjs-core";
import { keyOf, lookUp, philox4x32, STREAM } from "../../src/index.js";
import { writeNormals } from "./random-tensors.js";

/** What makes copies of a sequence of tokens differ. */
export interface SequenceNoise {
  /**
   * The probability with which a word's embedding is dropped wherever it stands in the sequence (embedding dropout, Gal
   * and Ghahramani 2016), in [0, 1).
   */
  readonly dropout: number;
  /** Standard deviation of Gaussian noise on the embeddings; at least 0. */
  readonly sigma: number;
}

/** Which copies of a piece of text are drawn. */
export interface SequenceDraw {
  /** The tokens, [time, batch]. */
  readonly read: Int32Array;
  readonly time: number;
  readonly batch: number;
  readonly embedding: number;
  readonly noise: SequenceNoise;
  /** Copies of each sequence, m. */
  readonly copies: number;
  readonly seed: number;
  /** Sample of each sequence's first copy; the others follow. */
  readonly firstSample: number;
}

/** Random copies of the sequences of a piece of text; those of one sequence lie back to back. */
export interface SequenceCopies {
  /** [batch * copies, time]: what each token's embedding is multiplied by; missing where none is dropped. */
  readonly factors?: tf.Tensor2D | undefined;
  /** [batch * copies, time, embedding]: what is added then; missing where nothing is. */
  readonly noise?: tf.Tensor3D | undefined;
}

/**
 * Draws copies. Copy c of the sequence in row b is a function of its tokens and of the addresses (seed, words, b,
 * firstSample + c), whose coordinate w decides on the token w, and (seed, embedding, b, firstSample + c).
 */
export function drawSequenceCopies(draw: SequenceDraw): SequenceCopies {
  const { noise } = draw;
  return {
    ...(noise.dropout > 0 && { factors: drawFactors(draw) }),
    ...(noise.sigma > 0 && { noise: drawNoise(draw) }),
  };
}

function drawFactors({ read, time, batch, noise, copies, seed, firstSample }: SequenceDraw): tf.Tensor2D {
  const [low, high] = keyOf(seed);
  const words = new Uint32Array(4);
  const factors = new Float32Array(batch * copies * time);
  for (let row = 0; row < batch * copies; row++) {
    const [b, sample] = [Math.floor(row / copies), firstSample + (row % copies)];
    for (let t = 0; t < time; t++) {
      const token = read[t * batch + b];
      philox4x32(words, token >>> 2, sample, b, STREAM.words, low, high);
      factors[row * time + t] = words[token % 4] / 2 ** 32 < noise.dropout ? 0 : 1 / (1 - noise.dropout);
    }
  }
  return tf.tensor2d(factors, [batch * copies, time]);
}

function drawNoise({ time, batch, embedding, noise, copies, seed, firstSample }: SequenceDraw): tf.Tensor3D {
  const size = time * embedding;
  const normals = new Float32Array(batch * copies * size);
  for (let row = 0; row < batch * copies; row++) {
    const address = { seed, example: Math.floor(row / copies), sample: firstSample + (row % copies) };
    writeNormals(normals, row * size, size, { ...address, stream: STREAM.embedding });
  }
  return tf.tidy(() => tf.mul(tf.tensor3d(normals, [batch * copies, time, embedding]), noise.sigma));
}

/** The copies in these rows, one for each sequence. @param rows [batch], int32, ascending */
export function takeCopies({ factors, noise }: SequenceCopies, rows: tf.Tensor1D): SequenceCopies {
  return {
    ...(factors && { factors: tf.gather(factors, rows) }),
    ...(noise && { noise: tf.gather(noise, rows) }),
  };
}

/** Embeds one copy of each sequence. @param read [time, batch], int32 @returns [time, batch, embedding] */
export function embed(table: tf.Tensor2D, read: tf.Tensor2D, { factors, noise }: SequenceCopies): tf.Tensor3D {
  const plain = lookUp(table, read) as tf.Tensor3D;
  const scaled = factors === undefined ? plain : tf.mul(plain, tf.expandDims(tf.transpose(factors), 2));
  return (noise === undefined ? scaled : tf.add(scaled, tf.transpose(noise, [1, 0, 2]))) as tf.Tensor3D;
}
