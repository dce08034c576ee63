import type { CounterRandom } from "smoothcert";
import { RULES } from "./model.js";
import { SharedProcessor } from "./shared-processor.js";
import { ask, type World } from "./world.js";

/** Takes jobs while it has room, does them side by side, and dies at times. */
export class SimulatedWorker {
  readonly #world: World;
  readonly #random: CounterRandom;
  readonly #processor: SharedProcessor;
  /** Seconds of the jobs that it has: being done, or on their way back. */
  readonly #held = new Set<{ readonly seconds: number }>();
  /** What was begun in an earlier life goes nowhere. */
  #life = 0;
  #isAsking = false;
  #nap = 0;
  #begun = 0;
  #pause: number = RULES.firstPause;

  constructor(world: World, random: CounterRandom) {
    this.#world = world;
    this.#random = random;
    this.#processor = new SharedProcessor(world.clock);
  }

  /** Starts at a moment of its own. */
  arrive(): void {
    this.#world.clock.after(this.#world.model.arrival * this.#random.uniform(), () => this.start());
  }

  /** Seconds of work that it did for jobs, finished or not, without what the queue costs it. */
  get useful(): number {
    return this.#processor.busy - this.#begun * this.#world.model.costs.worker;
  }

  start(): void {
    const { model } = this.#world;
    this.#life += 1;
    if (model.lifetime < Infinity) this.#after(-model.lifetime * Math.log(this.#random.uniform()), () => this.#die());
    this.#after(RULES.lease / 3, () => this.#renew());
    this.#after(0, () => this.#take());
  }

  #take(): void {
    const { model, waiting } = this.#world;
    if (this.#isAsking || this.#held.size >= model.atOnce) return;
    this.#isAsking = true;
    this.#nap += 1;
    const seconds = waiting.take();
    if (seconds === undefined && this.#world.isQueued) this.#world.emptied ??= this.#world.clock.now;
    const cost = seconds === undefined ? model.costs.redis.nothing : model.costs.redis.take;
    const held = seconds === undefined ? undefined : { seconds };
    if (held !== undefined) this.#held.add(held);
    ask(
      this.#world,
      cost,
      this.#alive(() => {
        this.#isAsking = false;
        if (held === undefined) this.#rest();
        else {
          this.#pause = RULES.firstPause;
          this.#begun += 1;
          this.#processor.start(held.seconds + model.costs.worker, () => this.#complete(held));
          this.#take();
        }
      }),
    );
  }

  /** Looks again after a pause, unless it does so before since a job has ended. */
  #rest(): void {
    const nap = ++this.#nap;
    this.#after(this.#pause, () => {
      if (nap === this.#nap) this.#take();
    });
    this.#pause = Math.min(RULES.longestPause, RULES.growth * this.#pause);
  }

  #complete(held: { readonly seconds: number }): void {
    const { costs } = this.#world.model;
    ask(this.#world, costs.redis.complete, () => {
      // If the worker died before the answer, its job is done again.
      if (!this.#held.delete(held)) return;
      this.#world.results += 1;
      this.#take();
    });
  }

  #renew(): void {
    if (this.#held.size > 0) ask(this.#world, this.#held.size * this.#world.model.costs.redis.renew, () => {});
    this.#after(RULES.lease / 3, () => this.#renew());
  }

  /** Its jobs wait for somebody else once their leases have run out, which is looked for twice a lease. */
  #die(): void {
    const { clock, model, waiting } = this.#world;
    this.#life += 1;
    this.#isAsking = false;
    this.#world.lost += this.#processor.stop();
    if (this.#held.size > 0) this.#world.deaths += 1;
    for (const { seconds } of this.#held) {
      clock.after(RULES.lease * (1 + this.#random.uniform() / 2), () => waiting.push(seconds));
    }
    this.#held.clear();
    clock.after(model.restart, () => this.start());
  }

  #after(seconds: number, action: () => void): void {
    this.#world.clock.after(seconds, this.#alive(action));
  }

  /** An action of this life alone. */
  #alive(action: () => void): () => void {
    const life = this.#life;
    return () => {
      if (life === this.#life) action();
    };
  }
}
