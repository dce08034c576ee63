import * as tf from "@tensorflow/tfjs-core";
import { type LstmState, lstm } from "../../src/index.js";
import { type LanguageArchitecture, type LanguageWeights, layerSizes } from "./architecture.js";
import { type Dropout, NO_DROPOUT } from "./dropout.js";

/**
 * The AWD-LSTM of Merity, Keskar and Socher (2017, arXiv 1708.02182): embedded tokens through layers of an LSTM, whose
 * outputs are scored by the embedding's own weights (Press and Wolf 2017; Inan et al. 2017).
 */

/** What the layers take from one piece of text to the next. */
export type LanguageState = LstmState[];

/** What the LSTM makes of a piece of text. */
export interface Encoded {
  /** [time, batch, embedding]: the outputs of the last layer. */
  readonly outputs: tf.Tensor3D;
  /** The same after dropout. */
  readonly dropped: tf.Tensor3D;
  readonly state: LanguageState;
}

/** Where a text begins: all zeros. */
export function emptyState(architecture: LanguageArchitecture, batch: number): LanguageState {
  return layerSizes(architecture).map(({ units }) => ({ h: tf.zeros([batch, units]), c: tf.zeros([batch, units]) }));
}

/** @param embedded [time, batch, embedding] */
export function encode(
  { layers }: LanguageWeights,
  embedded: tf.Tensor3D,
  before: LanguageState,
  dropout: Dropout = NO_DROPOUT,
): Encoded {
  let outputs = embedded;
  let dropped = times(embedded, dropout.input);
  const state = layers.map(({ kernel, recurrent, ...biases }, i) => {
    const bias = tf.add(biases.bias, biases.recurrentBias) as tf.Tensor1D;
    const layer = lstm({
      x: dropped,
      state: before[i],
      kernel,
      recurrent: times(recurrent, dropout.recurrent[i]),
      bias,
    });
    outputs = layer.hs;
    dropped = times(outputs, dropout.outputs[i]);
    return layer.state;
  });
  return { outputs, dropped, state };
}

function times<T extends tf.Tensor>(x: T, factors: tf.Tensor | undefined): T {
  return factors === undefined ? x : (tf.mul(x, factors) as T);
}

/** Scores of the tokens that may follow, before any softmax: [time * batch, vocabulary], batch running fastest. */
export function scores({ embedding, bias }: LanguageWeights, outputs: tf.Tensor3D): tf.Tensor2D {
  const [time, batch, size] = outputs.shape;
  return tf.add(tf.matMul(tf.reshape(outputs, [time * batch, size]), embedding, false, true), bias);
}
