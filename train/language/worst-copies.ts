import * as tf from "@tensorflow/tfjs-core";
import { worstRows } from "../methods/maxup.js";
import type { LanguageWeights } from "./architecture.js";
import { embed, type SequenceCopies, takeCopies } from "./copies.js";
import { tokenLosses } from "./losses.js";
import { encode, type LanguageState } from "./network.js";

/** A piece of text, and where the model stands before it. */
export interface Piece {
  /** [time, batch], int32: the tokens read. */
  readonly read: tf.Tensor2D;
  /** [time, batch], int32: those that follow. */
  readonly next: tf.Tensor2D;
  readonly state: LanguageState;
}

/**
 * MaxUp's choice (Gong et al. 2020) for sequences: of the m copies of each, the one whose tokens have the largest mean
 * cross-entropy, the first of equals. Copies are scored one after the other, without dropout within the network and
 * without gradients, and all start from the state that training has reached.
 */
export function worstCopies(
  weights: LanguageWeights,
  piece: Piece,
  copies: SequenceCopies,
  count: number,
): SequenceCopies {
  return tf.tidy(() => {
    const [, batch] = piece.read.shape;
    const losses = Array.from({ length: count }, (_, c) =>
      tf.tidy(() => sequenceLosses(weights, piece, takeCopies(copies, everyCopy(batch, count, c)))),
    );
    const all = tf.reshape(tf.stack(losses, 1), [batch * count]) as tf.Tensor1D;
    return { ...takeCopies(copies, worstRows(all, count)) };
  });
}

/** The rows of copy c of each sequence. */
export function everyCopy(batch: number, count: number, c: number): tf.Tensor1D {
  return tf.tensor1d(
    Int32Array.from({ length: batch }, (_, b) => b * count + c),
    "int32",
  );
}

/** The mean cross-entropy of the tokens of each sequence, in nats: [batch]. */
function sequenceLosses(weights: LanguageWeights, piece: Piece, copies: SequenceCopies): tf.Tensor1D {
  const { dropped } = encode(weights, embed(weights.embedding, piece.read, copies), piece.state);
  return tf.mean(tokenLosses(weights, dropped, piece.next), 0);
}
