/** Things that wait: who came first goes first. */
export class Line<T> {
  #things: T[] = [];
  #first = 0;

  push(...things: readonly T[]): void {
    for (const thing of things) this.#things.push(thing);
  }

  /** The first one, which leaves; undefined if there is none. */
  take(): T | undefined {
    if (this.#first === this.#things.length) return undefined;
    const thing = this.#things[this.#first++];
    // An array gives its first ones up only by moving all others.
    if (2 * this.#first > this.#things.length) {
      this.#things = this.#things.slice(this.#first);
      this.#first = 0;
    }
    return thing;
  }
}
