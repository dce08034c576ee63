import * as tf from "@tensorflow/tfjs-core";
import type { TextLevel } from "../src/index.js";
import {
  bitsPerToken,
  type LanguageModelFile,
  namedWeights,
  perplexity,
  type TextLoss,
  type TextLossOptions,
  textLoss,
  variablesOf,
  weightShapes,
} from "../train/index.js";

/** Measures a model that was read from its file on a text. */
export async function measureModel(
  { architecture, weights }: LanguageModelFile,
  tokens: Int32Array,
  options: TextLossOptions,
): Promise<TextLoss> {
  const variables = variablesOf(weights, weightShapes(architecture), false);
  try {
    return await textLoss(namedWeights(variables), architecture, tokens, options);
  } finally {
    tf.dispose(variables);
  }
}

/** What was measured, for people: `perplexity 71.2 over 82429 words`; of characters in bits, too. */
export function textLossText(loss: TextLoss, level: TextLevel): string {
  const bits = level === "character" ? `, ${bitsPerToken(loss).toFixed(3)} bits per character` : "";
  return `perplexity ${Number(perplexity(loss).toPrecision(5))}${bits}, over ${loss.tokens} ${level}s`;
}
