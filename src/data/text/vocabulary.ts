import { requireInteger, requireThat } from "../../errors.js";
import { UNKNOWN } from "./tokens.js";

/** The tokens that a language model knows, by number; number 0 stands for all others. */
export class Vocabulary {
  /** Different from each other; the first is `<unk>`. */
  readonly tokens: readonly string[];
  readonly #numbers: ReadonlyMap<string, number>;

  /** @throws ArgumentError unless the tokens differ and the first is `<unk>` */
  constructor(tokens: readonly string[]) {
    requireThat(tokens[0] === UNKNOWN, "Vocabulary", "tokens[0]", UNKNOWN, tokens[0]);
    this.tokens = tokens;
    this.#numbers = new Map(tokens.map((token, number) => [token, number]));
    requireThat(this.#numbers.size === tokens.length, "Vocabulary", "tokens", "different", tokens.length);
  }

  get size(): number {
    return this.tokens.length;
  }

  /** The number of each token, 0 for those that are not in the vocabulary. */
  encode(tokens: readonly string[]): Int32Array {
    return Int32Array.from(tokens, (token) => this.#numbers.get(token) ?? 0);
  }

  decode(numbers: ArrayLike<number>): string[] {
    return Array.from(numbers, (number) => this.tokens[number]);
  }
}

/**
 * The vocabulary of a text: `<unk>`, then its tokens, the most frequent first and of equals the one that comes first in
 * the text.
 *
 * @param most tokens that it may have, `<unk>` included; an integer of at least 2
 * @throws ArgumentError if `most` is none
 */
export function vocabularyOf(tokens: readonly string[], most: number): Vocabulary {
  requireInteger(most, "vocabularyOf", "vocabulary", 2);
  const counts = new Map<string, number>();
  for (const token of tokens) counts.set(token, (counts.get(token) ?? 0) + 1);
  counts.delete(UNKNOWN);
  // Sorting is stable, and a map keeps the order in which its keys came.
  const byCount = [...counts].sort(([, a], [, b]) => b - a).map(([token]) => token);
  return new Vocabulary([UNKNOWN, ...byCount.slice(0, most - 1)]);
}
