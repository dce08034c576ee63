import * as tf from "@tensorflow/tfjs-core";
import type { LanguageArchitecture, LanguageWeights } from "./architecture.js";
import { embed } from "./copies.js";
import { tokenLosses } from "./losses.js";
import { emptyState, encode, type LanguageState } from "./network.js";

/** How well a model predicts a text. */
export interface TextLoss {
  /** Tokens predicted: all but the first. */
  readonly tokens: number;
  /** The sum of their cross-entropies. */
  readonly nats: number;
}

/** exp of the mean cross-entropy. */
export function perplexity({ tokens, nats }: TextLoss): number {
  return Math.exp(nats / tokens);
}

/** The mean cross-entropy in bits: of characters, what a text takes when it is compressed by the model. */
export function bitsPerToken({ tokens, nats }: TextLoss): number {
  return nats / tokens / Math.LN2;
}

export interface TextLossOptions {
  /**
   * The text is cut into so many streams that are read side by side, each from an empty state. With 1 every token is
   * predicted from all before it.
   */
  readonly streams: number;
  /** Told of the tokens so far. */
  readonly onProgress?: (loss: TextLoss) => void;
  /** When aborted, the computation ends by throwing the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

/** Time steps at once; the result doesn't depend on it, but for rounding. */
const STEPS = 70;

/** Measures a model on a text, without any dropout. @param tokens at least 2 */
export async function textLoss(
  weights: LanguageWeights,
  architecture: LanguageArchitecture,
  tokens: Int32Array,
  { streams, onProgress, signal }: TextLossOptions,
): Promise<TextLoss> {
  const targets = tokens.length - 1;
  const batch = Math.min(streams, targets);
  const length = Math.ceil(targets / batch);
  let state = emptyState(architecture, batch);
  let sum: TextLoss = { tokens: 0, nats: 0 };
  try {
    for (let start = 0; start < length; start += STEPS) {
      await tf.nextFrame();
      signal?.throwIfAborted();
      const part = paddedPart(tokens, { batch, length, start, time: Math.min(STEPS, length - start) });
      const { total, state: after } = partLoss(weights, part, state);
      tf.dispose(state.flatMap(({ h, c }) => [h, c]));
      state = after;
      const [nats] = await total.data();
      total.dispose();
      sum = { tokens: sum.tokens + part.predicted, nats: sum.nats + nats };
      onProgress?.(sum);
    }
    return sum;
  } finally {
    tf.dispose(state.flatMap(({ h, c }) => [h, c]));
  }
}

interface Part {
  readonly shape: [time: number, batch: number];
  readonly read: Int32Array;
  readonly next: Int32Array;
  /** 1 for each token that is predicted, 0 beyond the end of the text. */
  readonly counts: Float32Array;
  readonly predicted: number;
}

interface Place {
  readonly batch: number;
  /** Of each stream. */
  readonly length: number;
  readonly start: number;
  readonly time: number;
}

/** Stream b predicts the tokens b * length + 1, b * length + 2, ... of the text. */
function paddedPart(tokens: Int32Array, { batch, length, start, time }: Place): Part {
  const [read, next] = [new Int32Array(time * batch), new Int32Array(time * batch)];
  const counts = new Float32Array(time * batch);
  let predicted = 0;
  for (let t = 0; t < time; t++) {
    for (let b = 0; b < batch; b++) {
      const place = b * length + start + t;
      if (place >= tokens.length - 1) continue;
      const at = t * batch + b;
      [read[at], next[at], counts[at]] = [tokens[place], tokens[place + 1], 1];
      predicted += 1;
    }
  }
  return { shape: [time, batch], read, next, counts, predicted };
}

function partLoss(
  weights: LanguageWeights,
  part: Part,
  before: LanguageState,
): { total: tf.Scalar; state: LanguageState } {
  return tf.tidy(() => {
    const read = tf.tensor2d(part.read, part.shape, "int32");
    const next = tf.tensor2d(part.next, part.shape, "int32");
    const { outputs, state } = encode(weights, embed(weights.embedding, read, {}), before);
    const losses = tokenLosses(weights, outputs, next);
    return { total: tf.sum(tf.mul(losses, tf.tensor2d(part.counts, part.shape))) as tf.Scalar, state };
  });
}
