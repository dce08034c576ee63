import { type Corpus, CounterRandom, STREAM, UNKNOWN, Vocabulary } from "smoothcert";
import { completeLanguageSettings, type GivenLanguageSettings, type LanguageSettings } from "smoothcert/train";

/** A text in which a token mostly follows from the one before it, made of so many tokens beside `<unk>`. */
export function generatedText(length: number, seed: number, known = 5): Int32Array {
  const random = new CounterRandom({ seed, stream: STREAM.theory, example: 0, sample: 1 });
  const tokens = new Int32Array(length);
  for (let i = 0; i < length; i++) {
    const due = (2 * (tokens[i - 1] ?? 0)) % known;
    tokens[i] = 1 + (random.uniform() < 0.8 ? due : random.integer(known));
  }
  return tokens;
}

/** A corpus of generated text. */
export function toyCorpus(seed = 1): Corpus {
  const vocabulary = new Vocabulary([UNKNOWN, "a", "b", "c", "d", "e"]);
  const parts = {
    train: generatedText(300, seed),
    valid: generatedText(61, seed + 1),
    test: generatedText(57, seed + 2),
  };
  return { name: "toy", source: "toy", level: "character", vocabulary, hash: "", ...parts };
}

/** A tiny model and a short training. */
export function toyLanguageSettings(given: GivenLanguageSettings = {}): LanguageSettings {
  return completeLanguageSettings({
    level: "character",
    embedding: 4,
    hidden: 5,
    layers: 1,
    epochs: 2,
    batch: 4,
    bptt: 12,
    lr: 5,
    warmup: 0,
    seed: 5,
    ...given,
  });
}
