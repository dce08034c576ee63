/** Choices that a seed repeats. */
export class Random {
  #state: number;

  /** @param text what the choices are a function of */
  constructor(text: string) {
    this.#state = [...text].reduce((hash, letter) => Math.imul(hash ^ letter.charCodeAt(0), 0x01000193), 0x811c9dc5);
  }

  /** In [0, 1) (mulberry32). */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let t = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  }

  /** An integer in [0, bound). */
  below(bound: number): number {
    return Math.floor(this.next() * bound);
  }

  pick<T>(choices: readonly T[]): T {
    return choices[this.below(choices.length)];
  }

  chance(probability: number): boolean {
    return this.next() < probability;
  }

  /** Applies one of the changes so many times: seldom more than a few. */
  repeat<T>(value: T, change: (value: T) => T): T {
    let changed = change(value);
    while (this.chance(0.4)) changed = change(changed);
    return changed;
  }
}
