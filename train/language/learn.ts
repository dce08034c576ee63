import * as tf from "@tensorflow/tfjs-core";
import { type LanguageArchitecture, namedWeights } from "./architecture.js";
import { drawSequenceCopies, embed, type SequenceCopies } from "./copies.js";
import { drawDropout } from "./dropout.js";
import { activationPenalty, tokenLosses } from "./losses.js";
import { encode, type LanguageState } from "./network.js";
import { type Segment, type Streams, tokensIn } from "./segments.js";
import type { LanguageSettings } from "./settings.js";
import { type Piece, worstCopies } from "./worst-copies.js";

/** What one step learns from. */
export interface LanguageStep {
  readonly architecture: LanguageArchitecture;
  readonly settings: LanguageSettings;
  readonly streams: Streams;
  readonly segment: Segment;
  /** Where the model stands before it. */
  readonly state: LanguageState;
  /** Copies of each sequence, m. */
  readonly copies: number;
  /** Number of the step in the whole training: all of its random numbers are those of this number. */
  readonly update: number;
}

/** What a step gives; its tensors are the caller's. */
export type LanguageGradients = {
  /** Mean cross-entropy of the tokens, in nats, without penalties. */
  readonly loss: tf.Scalar;
  /** In the order of the weights. */
  readonly gradients: tf.Tensor[];
  /** Where the model stands after the piece. */
  readonly state: LanguageState;
};

/**
 * The gradients of one step: the copies are drawn, the worst of each sequence is chosen, and the loss of these is
 * differentiated, with dropout and penalties.
 */
export function learn(weights: readonly tf.Variable[], step: LanguageStep): LanguageGradients {
  return tf.tidy(() => {
    const piece = pieceOf(step);
    const chosen = chosenCopies(weights, piece, step);
    const { architecture, settings, streams, update } = step;
    const rates = {
      input: settings.dropoutInput,
      hidden: settings.dropoutHidden,
      output: settings.dropoutOutput,
      weights: settings.weightDrop,
    };
    const dropout = drawDropout(architecture, streams.batch, rates, settings.seed, update);
    let kept: Pick<LanguageGradients, "loss" | "state"> | undefined;
    const { grads } = tf.variableGrads(() => {
      const named = namedWeights(weights);
      const encoded = encode(named, embed(named.embedding, piece.read, chosen), piece.state, dropout);
      const loss = tf.mean(tokenLosses(named, encoded.dropped, piece.next)) as tf.Scalar;
      // What the tape would free.
      kept = { loss: tf.keep(loss), state: encoded.state.map(({ h, c }) => ({ h: tf.keep(h), c: tf.keep(c) })) };
      return tf.add(loss, activationPenalty(encoded, settings));
    }, weights as tf.Variable[]);
    return { ...kept!, gradients: weights.map(({ name }) => grads[name]) };
  });
}

function pieceOf({ streams, segment, state }: LanguageStep): Piece {
  const { read, next } = tokensIn(streams, segment);
  const shape: [number, number] = [segment.length, streams.batch];
  return { read: tf.tensor2d(read, shape, "int32"), next: tf.tensor2d(next, shape, "int32"), state };
}

function chosenCopies(weights: readonly tf.Tensor[], piece: Piece, step: LanguageStep): SequenceCopies {
  const { architecture, settings, streams, segment, copies, update } = step;
  const drawn = drawSequenceCopies({
    read: tokensIn(streams, segment).read,
    time: segment.length,
    batch: streams.batch,
    embedding: architecture.embedding,
    noise: { dropout: settings.dropoutEmbedding, sigma: settings.embeddingNoise },
    copies,
    seed: settings.seed,
    firstSample: update * copies,
  });
  return copies === 1 ? drawn : worstCopies(namedWeights(weights), piece, drawn, copies);
}
