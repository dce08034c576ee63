import * as tf from "@tensorflow/tfjs-core";
import { z } from "zod";
import { requireThat } from "../../src/index.js";
import type { EpochSums } from "../record.js";
import type { NamedTensor } from "../safetensors.js";
import { loadSealed, saveSealed } from "../sealed-tensors.js";

/**
 * All that the training of a language model needs to go on exactly where it stood. Random numbers need no state: they
 * are functions of the seed and of the step's number.
 */
export interface LanguageTrainState {
  /** Epochs completed. */
  readonly epoch: number;
  /** Steps done in the epoch after those; all of them where it is yet to be validated. */
  readonly step: number;
  /** Steps since the start of the training. */
  readonly update: number;
  readonly sums: EpochSums;
  /** Steps whose weights the averages are the means of. */
  readonly averaged: number;
  readonly weights: readonly NamedTensor[];
  /** None before averaging has begun. */
  readonly averages: readonly NamedTensor[];
  /** What the layers take from one piece of text to the next: outputs and cells, layer by layer. */
  readonly memory: readonly NamedTensor[];
}

const FORMAT = "smoothcert-language-checkpoint/1";

const count = z.int().min(0);
const positionSchema = z.object({
  epoch: count,
  step: count,
  update: count,
  averaged: count,
  sums: z.object({ examples: z.number(), seconds: z.number(), loss: z.number(), log: z.object({}) }),
});

/** Replaces the file at `path` by this state, all or nothing. */
export async function saveLanguageCheckpoint(path: string, state: LanguageTrainState): Promise<void> {
  const { weights, averages, memory, ...position } = state;
  await saveSealed(path, FORMAT, JSON.stringify(position), { weights, averages, memory });
}

/** @throws FileError if there is no such file, or if it is not a whole, undamaged checkpoint of a language model */
export async function loadLanguageCheckpoint(path: string): Promise<LanguageTrainState> {
  return await loadSealed(path, FORMAT, "checkpoint of a language model", ({ position, group }) => ({
    ...positionSchema.parse(position),
    weights: group("weights"),
    averages: group("averages"),
    memory: group("memory"),
  }));
}

/**
 * Variables that start with the values of these tensors.
 *
 * @throws ArgumentError naming the first whose shape is another than it should be
 */
export function variablesOf(
  tensors: readonly NamedTensor[],
  shapes: readonly { readonly name: string; readonly shape: readonly number[] }[],
  trainable: boolean,
): tf.Variable[] {
  requireThat(tensors.length === shapes.length, "language model", "weights", `${shapes.length}`, tensors.length);
  return tensors.map(({ name, shape, values }, i) => {
    const rule = `${shapes[i].name} of shape [${shapes[i].shape}]`;
    const fits = name === shapes[i].name && shape.join() === shapes[i].shape.join();
    requireThat(fits, "language model", `weight ${i}`, rule, `${name} of shape [${shape}]`);
    return tf.tidy(() => tf.variable(tf.tensor(values, [...shape]), trainable));
  });
}
