import { rm } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { openParts } from "../files/parts-file.js";
import type { LogStore, OpenLog } from "../log/log-store.js";
import { PartUnion } from "../parts/part-union.js";
import { planUnits, type Unit, unitText } from "../parts/unit.js";
import { functionsOf } from "../sampling/fingerprint.js";
import { Collection } from "./collection.js";
import { checked, type Job, jobId, jobSchema, type Plan, resultSchema } from "./plan.js";
import { ATTEMPTS, type Delivery, type Transport } from "./transport.js";

/** A certification that workers are to do. */
export interface Submission {
  readonly plan: Plan;
  /** The images, ascending. */
  readonly indices: readonly number[];
  /** Blocks of a job, where images are cut into pieces; integer >= 1. @defaultValue whole images */
  readonly blocksEach?: number;
  readonly store: LogStore;
  /** The file that keeps parts until their rows are in the log. */
  readonly partsPath: string;
}

/** How far a submission has come. */
export interface SubmissionProgress {
  /** Jobs whose votes are there, and all of them. */
  readonly done: number;
  readonly total: number;
  /** Images whose rows are in the log. */
  readonly rows: number;
}

/** What a caller hears, and how long it waits. */
export interface SubmissionHooks {
  progress?(progress: SubmissionProgress): void;
  /** A job was given up, a result refused, or the queue can't be asked. */
  problem?(problem: string): void;
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds between two looks at the results. @defaultValue 200 */
  readonly pollMilliseconds?: number;
  /** Seconds without a result after which jobs are queued again, in case the queue lost them. @defaultValue 60 */
  readonly patience?: number;
}

/** What came of a submission. */
export interface SubmissionOutcome {
  /** What was given up, each with its unit and what failed. */
  readonly failures: readonly string[];
  /** Votes that came more than once, and agreed. */
  readonly duplicates: number;
  /** How many different functions the workers computed. */
  readonly functions: number;
}

/**
 * Queues what a log lacks, and writes rows as results come. What is there already, in the log or in the file of parts,
 * is not done again, so that the same call goes on where an earlier one was stopped.
 *
 * @throws FileError from the store and the file of parts; the reason of `hooks.signal`, with all results kept
 */
export async function submit(
  transport: Transport,
  submission: Submission,
  hooks: SubmissionHooks = {},
): Promise<SubmissionOutcome> {
  const { plan, store, partsPath } = submission;
  const log = await store.open(plan.header);
  let collected: Collected;
  try {
    collected = await collect(transport, submission, log, hooks);
    if (collected.failures.length === 0) await rm(partsPath, { force: true });
  } finally {
    log.close();
  }
  const { failures, union } = collected;
  const functions = functionsOf(union.fingerprints);
  if (failures.length === 0) {
    if (functions > 1) (await store.open({ ...plan.header, computedBy: [...union.fingerprints] })).close();
    await transport.withdraw(plan.id);
  }
  return { failures, duplicates: union.duplicates, functions };
}

interface Collected {
  readonly failures: readonly string[];
  readonly union: PartUnion;
}

async function collect(
  transport: Transport,
  submission: Submission,
  log: OpenLog,
  hooks: SubmissionHooks,
): Promise<Collected> {
  const { plan, indices, partsPath } = submission;
  const file = await openParts(partsPath, plan.header);
  try {
    const union = new PartUnion(plan.header);
    const collection = new Collection(union, log, file, indices);
    return { failures: await new Submitter(transport, submission, collection, hooks).run(), union };
  } finally {
    file.close();
  }
}

/** Milliseconds between two looks for jobs that were given up. */
const FAILURES_INTERVAL = 2000;

class Submitter {
  readonly #outstanding: Map<string, Unit>;
  readonly #failures: string[] = [];
  readonly #refusals = new Map<string, number>();
  #total: number;
  #lastResult = performance.now();
  #lastLook = 0;

  constructor(
    readonly transport: Transport,
    readonly submission: Submission,
    readonly collection: Collection,
    readonly hooks: SubmissionHooks,
  ) {
    const { plan, indices, blocksEach } = submission;
    const units = planUnits(indices, plan.header.n, blocksEach);
    const open = units.filter((unit) => !collection.has(unit));
    this.#total = units.length;
    this.#outstanding = new Map(open.map((unit) => [this.#idOf(unit), unit]));
  }

  async run(): Promise<readonly string[]> {
    const { signal, pollMilliseconds = 200, patience = 60 } = this.hooks;
    this.#tell();
    if (this.#outstanding.size > 0) await this.#untilDone(this.transport.publish(this.submission.plan));
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
    const { plan } = this.submission;
    const deliveries = await this.transport.collect(plan.id);
    for (const delivery of deliveries) await this.#take(delivery);
    await this.transport.acknowledge(plan.id, deliveries);
    if (deliveries.length > 0) {
      this.#lastResult = performance.now();
      await this.#countAgain();
      this.#tell();
    }
    return deliveries.length;
  }

  /** Takes a result in; one that is refused is asked for again. */
  async #take({ text }: Delivery): Promise<void> {
    let unit: Unit | undefined;
    try {
      const { worker, part } = checked(resultSchema, JSON.parse(text), "result");
      unit = part.unit;
      this.collection.add(part, `a result of ${worker}`);
      if (this.collection.has(unit)) this.#outstanding.delete(this.#idOf(unit));
    } catch (error) {
      const { message } = error as Error;
      this.hooks.problem?.(message);
      const id = unit && this.#idOf(unit);
      if (unit === undefined || id === undefined || !this.#outstanding.has(id)) return;
      const refusals = (this.#refusals.get(id) ?? 0) + 1;
      this.#refusals.set(id, refusals);
      if (refusals >= ATTEMPTS) this.#giveUp(unit, message);
      else await this.#enqueue([unit]);
    }
  }

  /** Whole images in the place of those whose blocks were counted by different functions. */
  async #countAgain(): Promise<void> {
    if (this.submission.blocksEach === undefined) return;
    const under = new Set([...this.#outstanding.values()].map(({ idx }) => idx));
    const mixed = this.submission.indices.filter((idx) => !under.has(idx) && this.collection.isMixed(idx));
    const again = mixed.map((idx): Unit => ({ idx })).filter((unit) => !this.#refusals.has(this.#idOf(unit)));
    for (const unit of again) {
      this.#refusals.set(this.#idOf(unit), 0);
      this.#outstanding.set(this.#idOf(unit), unit);
      this.#total += 1;
    }
    await this.#enqueue(again);
  }

  async #lookForFailures(): Promise<void> {
    if (performance.now() - this.#lastLook < FAILURES_INTERVAL) return;
    this.#lastLook = performance.now();
    for (const { job, problems } of await this.transport.takeFailures(this.submission.plan.id)) {
      const parsed = jobSchema.safeParse(job);
      if (parsed.success) this.#giveUp(parsed.data.unit, [...new Set(problems)].join("; "));
    }
  }

  #giveUp(unit: Unit, problems: string): void {
    if (!this.#outstanding.delete(this.#idOf(unit))) return;
    const failure = `${unitText(unit, this.submission.plan.header)}: ${problems}`;
    this.#failures.push(failure);
    this.hooks.problem?.(`given up: ${failure}`);
    this.#tell();
  }

  async #enqueue(units: readonly Unit[]): Promise<void> {
    const { id } = this.submission.plan;
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
    return jobId({ plan: this.submission.plan.id, unit });
  }

  #tell(): void {
    const total = this.#total;
    this.hooks.progress?.({ done: total - this.#outstanding.size, total, rows: this.collection.rows });
  }
}
