import type { Clock } from "./clock.js";

/** A machine whose jobs side by side share it evenly: k jobs are done at a k-th of the speed each. */
export class SharedProcessor {
  /** Work that each job since the start would have got, in seconds of the whole machine. */
  #share = 0;
  #lastChange = 0;
  #version = 0;
  #busy = 0;
  readonly #jobs: { readonly until: number; readonly started: number; readonly done: () => void }[] = [];

  constructor(readonly clock: Clock) {}

  get jobs(): number {
    return this.#jobs.length;
  }

  /** Seconds that it has had jobs. */
  get busy(): number {
    this.#advance();
    return this.#busy;
  }

  /** Begins a job that takes so many seconds if it is alone. */
  start(seconds: number, done: () => void): void {
    this.#advance();
    this.#jobs.push({ until: this.#share + seconds, started: this.#share, done });
    this.#plan();
  }

  /** Ends all jobs at once. @returns the seconds of work that were done for them */
  stop(): number {
    this.#advance();
    const lost = this.#jobs.reduce((sum, { started }) => sum + this.#share - started, 0);
    this.#jobs.length = 0;
    this.#version += 1;
    return lost;
  }

  #advance(): void {
    const { now } = this.clock;
    const passed = now - this.#lastChange;
    if (this.#jobs.length > 0) {
      this.#share += passed / this.#jobs.length;
      this.#busy += passed;
    }
    this.#lastChange = now;
  }

  #plan(): void {
    const version = ++this.#version;
    if (this.#jobs.length === 0) return;
    const next = this.#jobs.reduce((first, job) => (job.until < first.until ? job : first));
    this.clock.after(Math.max(0, (next.until - this.#share) * this.#jobs.length), () => {
      if (version !== this.#version) return;
      this.#advance();
      this.#jobs.splice(this.#jobs.indexOf(next), 1);
      this.#plan();
      next.done();
    });
  }
}
