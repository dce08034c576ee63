import { existsSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { type TextLevel, Vocabulary } from "../../src/index.js";
import type { NamedTensor } from "../safetensors.js";
import { loadSealed, saveSealed } from "../sealed-tensors.js";
import { type LanguageArchitecture, weightShapes } from "./architecture.js";

/** A language model as a file holds it: all that is needed to use it. */
export interface LanguageModelFile {
  readonly architecture: LanguageArchitecture;
  readonly level: TextLevel;
  readonly vocabulary: Vocabulary;
  /** In the order of {@link weightShapes}. */
  readonly weights: readonly NamedTensor[];
  /** The text that it was trained on, as it was named, and the SHA-256 of its tokens. */
  readonly data: { readonly source: string; readonly hash: string };
  /** Epochs that it was trained for. */
  readonly epoch: number;
  /** Its mean cross-entropy on the validation text, in nats. */
  readonly valid: number;
}

const FORMAT = "smoothcert-language-model/1";

/** The file of the model in the folder of a run. */
export const LANGUAGE_MODEL_FILE = "model.safetensors";

const size = z.int().min(1);
const schema = z.object({
  architecture: z.object({ vocabulary: size, embedding: size, hidden: size, layers: size }),
  level: z.enum(["word", "character"]),
  tokens: z.array(z.string()).min(1),
  data: z.object({ source: z.string(), hash: z.string() }),
  epoch: z.int().min(1),
  valid: z.number(),
});

/** Replaces the file at `path` by this model, all or nothing. */
export async function saveLanguageModel(path: string, model: LanguageModelFile): Promise<void> {
  const { vocabulary, weights, ...others } = model;
  await saveSealed(path, FORMAT, JSON.stringify({ ...others, tokens: vocabulary.tokens }), { weights });
}

/**
 * Reads a model from its file, or from the folder of its run.
 *
 * @throws FileError if there is none, or if it is not a whole, undamaged language model
 */
export async function loadLanguageModel(path: string): Promise<LanguageModelFile> {
  const inside = join(path, LANGUAGE_MODEL_FILE);
  return await loadSealed(existsSync(inside) ? inside : path, FORMAT, "language model", ({ position, group }) => {
    const { tokens, ...others } = schema.parse(position);
    const weights = group("weights");
    const shapes = weightShapes(others.architecture);
    const fits = weights.length === shapes.length && weights.every((each, i) => sameShape(each, shapes[i]));
    if (!fits) throw new Error("its weights are not those of its architecture");
    if (tokens.length !== others.architecture.vocabulary) throw new Error(`it has ${tokens.length} tokens`);
    return { ...others, vocabulary: new Vocabulary(tokens), weights };
  });
}

function sameShape(weight: NamedTensor, { name, shape }: { name: string; shape: number[] }): boolean {
  return weight.name === name && weight.shape.join() === shape.join();
}
