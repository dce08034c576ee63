import type { Clock } from "./clock.js";

/** Something that does one thing at a time, in the order in which it is asked: a server, a process. */
export class Station {
  #free = 0;
  #busy = 0;

  constructor(readonly clock: Clock) {}

  /** Seconds that it has worked so far. */
  get busy(): number {
    return this.#busy - Math.max(0, this.#free - this.clock.now);
  }

  /** Works so many seconds for somebody, once all who came before are served. */
  serve(seconds: number, done: () => void): void {
    this.#busy += seconds;
    this.#free = Math.max(this.#free, this.clock.now) + seconds;
    this.clock.after(this.#free - this.clock.now, done);
  }
}
