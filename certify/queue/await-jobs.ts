import { setTimeout as sleep } from "node:timers/promises";
import type { Unit } from "../parts/unit.js";
import { type Job, jobId, jobSchema } from "./plan.js";
import { ATTEMPTS, type Delivery, type Published, type Transport } from "./transport.js";

/** Jobs of a plan that are to be done, and what takes their results in. */
export interface AwaitedJobs {
  readonly plan: Published;
  /** All of them, those whose results are here already included. */
  readonly units: readonly Unit[];
  /** Whether the result of a job is here. */
  has(unit: Unit): boolean;
  /** Reads a result. @throws Error saying what is wrong with it */
  read(text: string): Arrived;
  /**
   * Jobs that what came made necessary; none is asked for twice. @defaultValue none
   *
   * @param arrived units whose results just came; at the start all that are here
   * @param outstanding those that are still to come
   */
  more?(arrived: readonly Unit[], outstanding: Iterable<Unit>): readonly Unit[];
  /** Names a job in messages. */
  nameOf(unit: Unit): string;
}

/** A result that came. */
export interface Arrived {
  readonly unit: Unit;
  /** Takes it in. @throws Error if it is refused: nothing has changed then */
  take(): void | Promise<void>;
}

/** How many jobs are done, and how many there are. */
export interface JobProgress {
  readonly done: number;
  readonly total: number;
}

/** What a caller hears, and how long it waits. */
export interface AwaitHooks {
  progress?(progress: JobProgress): void;
  /** A job was given up, a result refused, or the queue can't be asked. */
  problem?(problem: string): void;
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds between two looks at the results. @defaultValue 200 */
  readonly pollMilliseconds?: number;
  /** Seconds without a result after which jobs are queued again, in case the queue lost them. @defaultValue 60 */
  readonly patience?: number;
}

/** A job that was given up. */
export interface GivenUp {
  readonly unit: Unit;
  /** What failed. */
  readonly problem: string;
}

/**
 * Publishes a plan, queues the jobs whose results are not here, and takes results in until all have come or are given
 * up. Results that are refused are asked for again, three times at most.
 *
 * @throws the reason of `hooks.signal`
 */
export function awaitJobs(
  transport: Transport,
  jobs: AwaitedJobs,
  hooks: AwaitHooks = {},
): Promise<readonly GivenUp[]> {
  return new Submitter(transport, jobs, hooks).run();
}

/** Milliseconds between two looks for jobs that were given up. */
const FAILURES_INTERVAL = 2000;

class Submitter {
  readonly #outstanding = new Map<string, Unit>();
  readonly #failures: GivenUp[] = [];
  readonly #refusals = new Map<string, number>();
  #total: number;
  #lastResult = performance.now();
  #lastLook = 0;

  constructor(
    readonly transport: Transport,
    readonly jobs: AwaitedJobs,
    readonly hooks: AwaitHooks,
  ) {
    this.#total = jobs.units.length;
    const here: Unit[] = [];
    for (const unit of jobs.units) {
      if (jobs.has(unit)) here.push(unit);
      else this.#outstanding.set(this.#idOf(unit), unit);
    }
    this.#addJobs(here);
  }

  async run(): Promise<readonly GivenUp[]> {
    const { signal, pollMilliseconds = 200, patience = 60 } = this.hooks;
    this.#tell();
    if (this.#outstanding.size > 0) await this.#untilDone(this.transport.publish(this.jobs.plan));
    // Results that came meanwhile need no job.
    while ((await this.#untilDone(this.#collect())) > 0);
    await this.#enqueue([...this.#outstanding.values()]);
    while (this.#outstanding.size > 0) {
      signal?.throwIfAborted();
      const arrived = await this.#untilDone(this.#collect());
      await this.#untilDone(this.#lookForFailures());
      if (arrived > 0) continue;
      if (performance.now() - this.#lastResult > patience * 1000) {
        this.#lastResult = performance.now();
        await this.#enqueue([...this.#outstanding.values()]);
      }
      await sleep(pollMilliseconds, undefined, { signal }).catch(() => {});
    }
    return this.#failures;
  }

  async #collect(): Promise<number> {
    const { plan } = this.jobs;
    const deliveries = await this.transport.collect(plan.id);
    const arrived: Unit[] = [];
    for (const delivery of deliveries) {
      const unit = await this.#take(delivery);
      if (unit !== undefined) arrived.push(unit);
    }
    await this.transport.acknowledge(plan.id, deliveries);
    if (deliveries.length > 0) {
      this.#lastResult = performance.now();
      await this.#enqueue(this.#addJobs(arrived));
      this.#tell();
    }
    return deliveries.length;
  }

  /** Takes a result in; one that is refused is asked for again. @returns its unit, if it is of one of the jobs */
  async #take({ text }: Delivery): Promise<Unit | undefined> {
    let unit: Unit | undefined;
    try {
      const arrived = this.jobs.read(text);
      unit = arrived.unit;
      await arrived.take();
      if (this.jobs.has(unit)) this.#outstanding.delete(this.#idOf(unit));
    } catch (error) {
      const { message } = error as Error;
      this.hooks.problem?.(message);
      const id = unit && this.#idOf(unit);
      if (unit === undefined || id === undefined || !this.#outstanding.has(id)) return undefined;
      const refusals = (this.#refusals.get(id) ?? 0) + 1;
      this.#refusals.set(id, refusals);
      if (refusals >= ATTEMPTS) this.#giveUp(unit, message);
      else await this.#enqueue([unit]);
    }
    return unit;
  }

  /** Adds the jobs that results made necessary, and gives them. */
  #addJobs(arrived: readonly Unit[]): readonly Unit[] {
    const more = this.jobs.more?.(arrived, this.#outstanding.values()) ?? [];
    const fresh = more.filter((unit) => !this.#refusals.has(this.#idOf(unit)));
    for (const unit of fresh) {
      this.#refusals.set(this.#idOf(unit), 0);
      this.#outstanding.set(this.#idOf(unit), unit);
      this.#total += 1;
    }
    return fresh;
  }

  async #lookForFailures(): Promise<void> {
    if (performance.now() - this.#lastLook < FAILURES_INTERVAL) return;
    this.#lastLook = performance.now();
    for (const { job, problems } of await this.transport.takeFailures(this.jobs.plan.id)) {
      const parsed = jobSchema.safeParse(job);
      if (parsed.success) this.#giveUp(parsed.data.unit, [...new Set(problems)].join("; "));
    }
  }

  #giveUp(unit: Unit, problem: string): void {
    if (!this.#outstanding.delete(this.#idOf(unit))) return;
    this.#failures.push({ unit, problem });
    this.hooks.problem?.(`given up: ${this.jobs.nameOf(unit)}: ${problem}`);
    this.#tell();
  }

  async #enqueue(units: readonly Unit[]): Promise<void> {
    const { id } = this.jobs.plan;
    if (units.length > 0) await this.#untilDone(this.transport.enqueue(units.map((unit): Job => ({ plan: id, unit }))));
  }

  /** What an action on the queue gives, unless the signal ends the wait for it. */
  async #untilDone<T>(action: Promise<T>): Promise<T> {
    const { signal } = this.hooks;
    if (signal === undefined) return action;
    signal.throwIfAborted();
    let stop = (): void => {};
    const stopped = new Promise<never>((_, reject) => {
      stop = () => reject(signal.reason);
      signal.addEventListener("abort", stop);
    });
    return Promise.race([action, stopped]).finally(() => signal.removeEventListener("abort", stop));
  }

  #idOf(unit: Unit): string {
    return jobId({ plan: this.jobs.plan.id, unit });
  }

  #tell(): void {
    const total = this.#total;
    this.hooks.progress?.({ done: total - this.#outstanding.size, total });
  }
}
