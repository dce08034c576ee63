import * as tf from "@tensorflow/tfjs-core";
import type { NamedTensor } from "../safetensors.js";
import { type LanguageArchitecture, weightShapes } from "./architecture.js";
import { type LanguageGradients, learn } from "./learn.js";
import { emptyState, type LanguageState } from "./network.js";
import { type Streams, streamsOf } from "./segments.js";
import { completeLanguageSettings, type LanguageSettings } from "./settings.js";
import { variablesOf } from "./state.js";
import type { TextLoss } from "./text-loss.js";

/**
 * Dynamic evaluation (Krause, Kahembwe, Murray and Renals 2018, arXiv 1709.07432): a model that goes on learning from
 * the text that it is measured on, each piece after it has been predicted. With the weights w, those that were trained
 * w0, the gradient g of a piece's loss, and the root mean square G of gradients on the training text, each element by
 * itself,
 *
 *     w <- w - lr g / (G + epsilon) + min(decay G / mean(G), 1) (w0 - w)
 *
 * where the mean is over all weights (the authors' "RMS with decay").
 */
export interface DynamicOptions {
  /** Greater than 0. */
  readonly lr: number;
  /** lambda in the paper; at least 0. */
  readonly decay: number;
  /** Told of the tokens so far. */
  readonly onProgress?: (loss: TextLoss) => void;
  /** When aborted, the computation ends by throwing the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

/** Time steps of a piece. */
const STEPS = 5;
const EPSILON = 1e-3;
/** Streams of the training text that gradients are measured on, and at most so many pieces of them. */
const STATISTICS_STREAMS = 100;
const STATISTICS_PIECES = 500;

/** Nothing random, and no penalty. */
const PLAIN: LanguageSettings = completeLanguageSettings({
  dropoutEmbedding: 0,
  dropoutInput: 0,
  dropoutHidden: 0,
  dropoutOutput: 0,
  weightDrop: 0,
  alpha: 0,
  beta: 0,
});

/** A text and where a model stands in it. */
interface Reader {
  readonly architecture: LanguageArchitecture;
  readonly streams: Streams;
}

/**
 * Measures a model on a text while it adapts to it.
 *
 * @param tokens of the text, at least 2 @param training tokens that it was trained on, at least 200
 */
export async function dynamicTextLoss(
  architecture: LanguageArchitecture,
  trained: readonly NamedTensor[],
  tokens: Int32Array,
  training: Int32Array,
  options: DynamicOptions,
): Promise<TextLoss> {
  const shapes = weightShapes(architecture);
  const first = variablesOf(trained, shapes, false);
  const weights = variablesOf(trained, shapes, true);
  const streams = streamsOf(training, Math.min(STATISTICS_STREAMS, Math.floor(training.length / 2)));
  const roots = await meanSquareRoots({ architecture, streams }, weights, options.signal);
  const decays = decaysOf(roots, options.decay);
  let sum: TextLoss = { tokens: 0, nats: 0 };
  try {
    await eachPiece({ architecture, streams: streamsOf(tokens, 1) }, weights, options.signal, async (found, steps) => {
      const [mean] = await found.loss.data();
      sum = { tokens: sum.tokens + steps, nats: sum.nats + mean * steps };
      weights.forEach((weight, i) => {
        tf.tidy(() => {
          const step = tf.mul(tf.div(found.gradients[i], tf.add(roots[i], EPSILON)), options.lr);
          const back = tf.mul(tf.sub(first[i], weight), decays[i]);
          weight.assign(tf.add(tf.sub(weight, step), back));
        });
      });
      options.onProgress?.(sum);
    });
    return sum;
  } finally {
    tf.dispose([...first, ...weights, ...roots, ...decays]);
  }
}

/** The root mean square of the gradients of pieces of the training text, for each weight. */
async function meanSquareRoots(
  reader: Reader,
  weights: readonly tf.Variable[],
  signal: AbortSignal | undefined,
): Promise<tf.Tensor[]> {
  let squares: tf.Tensor[] = weights.map((weight) => tf.zerosLike(weight));
  let pieces = 0;
  await eachPiece(
    reader,
    weights,
    signal,
    async ({ gradients }) => {
      const before = squares;
      squares = before.map((sum, i) => tf.tidy(() => tf.add(sum, tf.square(gradients[i]))));
      tf.dispose(before);
      pieces += 1;
    },
    STATISTICS_PIECES,
  );
  const roots = squares.map((sum) => tf.tidy(() => tf.sqrt(tf.div(sum, pieces))));
  tf.dispose(squares);
  return roots;
}

/** How far each weight goes back in a step, as a part of its way: at most all of it. */
function decaysOf(roots: readonly tf.Tensor[], decay: number): tf.Tensor[] {
  return tf.tidy(() => {
    const count = roots.reduce((sum, { size }) => sum + size, 0);
    const mean = tf.div(tf.addN(roots.map((root) => tf.sum(root))), count);
    return roots.map((root) => tf.minimum(tf.mul(tf.div(root, mean), decay), 1));
  });
}

/** Hands over the gradients of each piece of the streams in turn, and its time steps; frees them afterwards. */
async function eachPiece(
  { architecture, streams }: Reader,
  weights: readonly tf.Variable[],
  signal: AbortSignal | undefined,
  take: (found: LanguageGradients, steps: number) => Promise<void>,
  most: number = Number.POSITIVE_INFINITY,
): Promise<void> {
  let state: LanguageState = emptyState(architecture, streams.batch);
  try {
    for (let start = 0, piece = 0; start < streams.length - 1 && piece < most; start += STEPS, piece++) {
      await tf.nextFrame();
      signal?.throwIfAborted();
      const segment = { start, length: Math.min(STEPS, streams.length - 1 - start) };
      const found = learn(weights, { architecture, settings: PLAIN, streams, segment, state, copies: 1, update: 0 });
      await take(found, segment.length);
      tf.dispose([found.loss, ...found.gradients]);
      tf.dispose(state);
      state = found.state;
    }
  } finally {
    tf.dispose(state);
  }
}
