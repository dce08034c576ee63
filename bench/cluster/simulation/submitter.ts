import type { CounterRandom } from "smoothcert";
import { RULES } from "./model.js";
import { ask, type World } from "./world.js";

/** Queues all jobs, then collects results until all are there. */
export class SimulatedSubmitter {
  /** Seconds of all jobs. */
  readonly work: number;
  /** Seconds that it has worked. */
  busy = 0;
  collected = 0;
  readonly #world: World;
  readonly #jobs: number[];

  constructor(world: World, random: CounterRandom) {
    this.#world = world;
    this.#jobs = Array.from({ length: world.model.jobs }, () => world.model.jobSeconds(random));
    this.work = this.#jobs.reduce((sum, seconds) => sum + seconds, 0);
    this.#jobs.reverse(); // The first is taken from the end.
  }

  get isDone(): boolean {
    return this.collected >= this.#world.model.jobs;
  }

  start(): void {
    this.#enqueue();
  }

  #enqueue(): void {
    const { redis, submitter } = this.#world.model.costs;
    const some = this.#jobs.splice(-RULES.batch).reverse();
    if (some.length === 0) {
      this.#world.isQueued = true;
      this.#collect();
      return;
    }
    this.#think(some.length * submitter.enqueue, () =>
      ask(this.#world, some.length * redis.enqueue, () => {
        this.#world.waiting.push(...some);
        this.#enqueue();
      }),
    );
  }

  #collect(): void {
    const { redis, submitter } = this.#world.model.costs;
    const some = Math.min(RULES.batch, this.#world.results);
    this.#world.results -= some;
    ask(this.#world, some === 0 ? redis.nothing : some * redis.collect, () => {
      if (some === 0) this.#world.clock.after(RULES.poll, () => this.#collect());
      else {
        this.#think(some * submitter.collect, () => {
          this.collected += some;
          if (!this.isDone) this.#collect();
        });
      }
    });
  }

  #think(seconds: number, done: () => void): void {
    this.busy += seconds;
    this.#world.clock.after(seconds, done);
  }
}
