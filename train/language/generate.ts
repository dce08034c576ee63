import * as tf from "@tensorflow/tfjs-core";
import { CounterRandom, requireInteger, requireThat, STREAM } from "../../src/index.js";
import { type LanguageArchitecture, type LanguageWeights, namedWeights, weightShapes } from "./architecture.js";
import { embed } from "./copies.js";
import type { LanguageModelFile } from "./model-file.js";
import { emptyState, encode, type LanguageState, scores } from "./network.js";
import { variablesOf } from "./state.js";

export interface GenerateOptions {
  /** Tokens that are written, an integer of at least 1. */
  readonly length: number;
  /** Numbers of the tokens that the text begins with, at least one. */
  readonly prompt: ArrayLike<number>;
  /** What scores are divided by before the softmax: below 1 likely tokens become likelier. Greater than 0. */
  readonly temperature: number;
  /** An integer in [0, 2^53). */
  readonly seed: number;
  /** Told of each token as soon as it is drawn. */
  readonly onToken?: (token: number) => void;
  /** When aborted, the text ends early by throwing the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Writes a text by drawing each token by the probabilities that the model gives. `<unk>` stands for no token and is
 * never drawn. The k-th token is drawn by the k-th uniform number at the address (seed, generation, 0, 0): the same
 * seed gives the same text on the same engine.
 *
 * @throws ArgumentError if an option is out of range
 */
export async function generate(model: LanguageModelFile, options: GenerateOptions): Promise<number[]> {
  const { length, prompt, temperature, seed, onToken, signal } = options;
  requireInteger(length, "generate", "length", 1);
  requireThat(temperature > 0 && temperature < Infinity, "generate", "temperature", "greater than 0", temperature);
  requireThat(prompt.length > 0, "generate", "prompt", "at least one token", prompt.length);
  const random = new CounterRandom({ seed, stream: STREAM.generation, example: 0, sample: 0 });
  const { architecture } = model;
  const variables = variablesOf(model.weights, weightShapes(architecture), false);
  const weights = namedWeights(variables);
  const written: number[] = [];
  let found = predict(weights, architecture, prompt, undefined);
  try {
    for (;;) {
      const token = draw(await found.scores.data<"float32">(), temperature, random.uniform());
      written.push(token);
      onToken?.(token);
      if (written.length === length) return written;
      signal?.throwIfAborted();
      const next = predict(weights, architecture, [token], found.state);
      tf.dispose(found);
      found = next;
    }
  } finally {
    tf.dispose([found, ...variables]);
  }
}

/** The scores of the token that follows some others, and where the model stands then. */
function predict(
  weights: LanguageWeights,
  architecture: LanguageArchitecture,
  tokens: ArrayLike<number>,
  before: LanguageState | undefined,
): { scores: tf.Tensor2D; state: LanguageState } {
  return tf.tidy(() => {
    const read = tf.tensor2d(Int32Array.from(tokens), [tokens.length, 1], "int32");
    const { outputs, state } = encode(
      weights,
      embed(weights.embedding, read, {}),
      before ?? emptyState(architecture, 1),
    );
    const last = tf.slice(outputs, [tokens.length - 1, 0, 0], [1, 1, architecture.embedding]);
    return { scores: scores(weights, last), state };
  });
}

/** The token at which the sum of probabilities reaches `uniform`, a number in (0, 1). */
function draw(logits: Float32Array, temperature: number, uniform: number): number {
  const largest = logits.subarray(1).reduce((most, each) => Math.max(most, each), -Infinity);
  const weights = Float64Array.from(logits, (each, token) =>
    token === 0 ? 0 : Math.exp((each - largest) / temperature),
  );
  let left = uniform * weights.reduce((sum, each) => sum + each, 0);
  for (let token = 1; token < weights.length; token++) {
    left -= weights[token];
    if (left < 0) return token;
  }
  return weights.length - 1;
}
