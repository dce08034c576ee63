import type * as tf from "@tensorflow/tfjs-core";
import { type NoiseAddress, STREAM } from "../../src/index.js";
import { type LanguageArchitecture, layerSizes } from "./architecture.js";
import { dropoutFactors } from "./random-tensors.js";

/** How much is dropped within the network, each a probability in [0, 1). */
export interface DropoutRates {
  /** Of the embedded tokens. */
  readonly input: number;
  /** Of the outputs of each layer but the last. */
  readonly hidden: number;
  /** Of the outputs of the last layer. */
  readonly output: number;
  /** Of the recurrent weights (DropConnect). */
  readonly weights: number;
}

/**
 * The factors of one forward pass; nothing is dropped where one is missing. Activations are dropped by the same factors
 * at all time steps (variational or locked dropout, Gal and Ghahramani 2016), weights for the whole pass.
 */
export interface Dropout {
  /** [1, batch, embedding] */
  readonly input?: tf.Tensor | undefined;
  /** [1, batch, units] for the outputs of each layer, first to last. */
  readonly outputs: readonly (tf.Tensor | undefined)[];
  /** [units, 4 units] for each layer. */
  readonly recurrent: readonly (tf.Tensor | undefined)[];
}

/** Nothing is dropped. */
export const NO_DROPOUT: Dropout = { outputs: [], recurrent: [] };

/**
 * Draws the factors of one forward pass: those of the layers' weights at the examples 2, 4, ... of the stream of
 * dropout, those of their outputs at 1, 3, ..., and those of the input at 0.
 *
 * @param sample number of the pass, an integer in [0, 2^32)
 */
export function drawDropout(
  architecture: LanguageArchitecture,
  batch: number,
  rates: DropoutRates,
  seed: number,
  sample: number,
): Dropout {
  const draw = (shape: readonly number[], rate: number, example: number): tf.Tensor | undefined => {
    const address: NoiseAddress = { seed, stream: STREAM.dropout, example, sample };
    return rate === 0 ? undefined : dropoutFactors(shape, rate, address);
  };
  const sizes = layerSizes(architecture);
  return {
    input: draw([1, batch, architecture.embedding], rates.input, 0),
    outputs: sizes.map(({ units }, i) => {
      const rate = i === sizes.length - 1 ? rates.output : rates.hidden;
      return draw([1, batch, units], rate, 2 * i + 1);
    }),
    recurrent: sizes.map(({ units }, i) => draw([units, 4 * units], rates.weights, 2 * i + 2)),
  };
}
