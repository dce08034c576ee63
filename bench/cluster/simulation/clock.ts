/** Simulated time: actions at moments, in their order; those of one moment as they were asked for. */
export class Clock {
  #now = 0;
  #asked = 0;
  /** A binary heap: the next is the first. */
  readonly #heap: { readonly at: number; readonly order: number; readonly action: () => void }[] = [];

  /** Seconds since the start. */
  get now(): number {
    return this.#now;
  }

  /** Does something after so many seconds, at least 0. */
  after(seconds: number, action: () => void): void {
    if (!(seconds >= 0)) throw new RangeError(`a moment must not lie in the past, got ${seconds} s`);
    const entry = { at: this.#now + seconds, order: this.#asked++, action };
    let i = this.#heap.push(entry) - 1;
    for (let parent = (i - 1) >> 1; i > 0 && this.#isBefore(i, parent); parent = (i - 1) >> 1) {
      this.#swap(i, parent);
      i = parent;
    }
  }

  /** Does what is next until nothing is left, or until told to stop. */
  run(isOver: () => boolean): void {
    while (this.#heap.length > 0 && !isOver()) {
      const { at, action } = this.#heap[0];
      this.#removeFirst();
      this.#now = at;
      action();
    }
  }

  #removeFirst(): void {
    const last = this.#heap.pop();
    if (this.#heap.length === 0 || last === undefined) return;
    this.#heap[0] = last;
    for (let i = 0; ; ) {
      const [left, right] = [2 * i + 1, 2 * i + 2];
      let first = i;
      if (left < this.#heap.length && this.#isBefore(left, first)) first = left;
      if (right < this.#heap.length && this.#isBefore(right, first)) first = right;
      if (first === i) return;
      this.#swap(i, first);
      i = first;
    }
  }

  #isBefore(i: number, j: number): boolean {
    const [a, b] = [this.#heap[i], this.#heap[j]];
    return a.at < b.at || (a.at === b.at && a.order < b.order);
  }

  #swap(i: number, j: number): void {
    [this.#heap[i], this.#heap[j]] = [this.#heap[j], this.#heap[i]];
  }
}
