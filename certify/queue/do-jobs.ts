import { setTimeout as sleep } from "node:timers/promises";
import type { Unit } from "../parts/unit.js";
import { checked, type Job, jobSchema } from "./plan.js";
import { type Claim, LEASE_SECONDS, type LeaseOptions, type Transport } from "./transport.js";

/** A plan whose jobs a worker can do. */
export interface OpenedPlan {
  /** The result of a job, as it is sent. */
  do(unit: Unit, signal: AbortSignal): Promise<string>;
  close(): Promise<void>;
}

/** How a worker takes jobs. */
export interface JobOptions extends LeaseOptions {
  /** Names the worker in messages. */
  readonly worker: string;
  /** Checks a plan as it was published, and finds what it needs; throws where that isn't here. */
  readonly open: (published: unknown) => Promise<OpenedPlan>;
  /** Jobs side by side: they share batches, and one is there when another is sent. @defaultValue 4 */
  readonly atOnce?: number;
  /** Seconds without a job after which the work ends. @defaultValue never */
  readonly untilIdle?: number;
  /** Ends the work: jobs under way are given back. */
  readonly signal: AbortSignal;
  /** A job is done; so many since the start. */
  readonly done?: (jobs: number) => void;
  /** A job failed, or something about the queue did. */
  readonly problem?: (problem: string) => void;
}

/**
 * The longest pause between two looks for a job, and the first one, in milliseconds. Ten thousand idle workers look
 * 2,000 times a second: a fifth of what a Redis can do.
 */
const [LONGEST_PAUSE, FIRST_PAUSE] = [5000, 20];
/** How a pause grows from one look to the next: it is about a fifth of the time without a job. */
const GROWTH = 1.25;
/** The pause of a worker that must not take a job now, unless one of its jobs ends before. */
const BUSY_PAUSE = 1000;
/** Plans that are kept open. */
const PLANS = 2;
/** How long a worker that can't open a plan leaves jobs to others, in milliseconds. */
const REST = 5000;

/** A plan that this worker can't open: others may have what it needs. */
class PlanError extends Error {}

/** Takes jobs of any plans and does them, until it is told to stop. @returns how many it has done */
export async function doJobs(transport: Transport, options: JobOptions): Promise<number> {
  const { atOnce = 4, untilIdle = Infinity, signal, done, problem } = options;
  const plans = new OpenPlans(transport, options.open);
  const underWay = new Set<Promise<void>>();
  const stopped = new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
  let [jobs, pause, idleSince, restUntil] = [0, FIRST_PAUSE, performance.now(), 0];
  const start = (claim: Claim): void => {
    const ended = doJob(claim, plans, options)
      .then(() => {
        jobs += 1;
        done?.(jobs);
      })
      .catch((error: Error) => {
        if (!signal.aborted) problem?.(error.message);
        if (error instanceof PlanError) restUntil = performance.now() + REST;
      })
      .finally(() => underWay.delete(ended));
    underWay.add(ended);
  };
  while (!signal.aborted) {
    const isFree = underWay.size < atOnce && performance.now() >= restUntil;
    const claim = isFree ? await taken(transport, options, stopped) : undefined;
    if (claim !== undefined) {
      start(claim);
      pause = FIRST_PAUSE;
    } else {
      if (underWay.size > 0) idleSince = performance.now();
      else if (performance.now() - idleSince > untilIdle * 1000) break;
      const nap = new AbortController();
      const rest = sleep(isFree ? pause : BUSY_PAUSE, undefined, { signal: nap.signal }).catch(() => {});
      await Promise.race([rest, stopped, ...underWay]);
      nap.abort();
      pause = Math.min(LONGEST_PAUSE, GROWTH * pause);
    }
  }
  await Promise.all(underWay);
  await plans.close();
  return jobs;
}

/** The next job; nothing while there is none, or while the queue can't be asked. */
async function taken(
  transport: Transport,
  { worker, signal, problem }: JobOptions,
  stopped: Promise<void>,
): Promise<Claim | undefined> {
  const take = async (): Promise<Claim | undefined> => {
    const claim = await transport.take(worker);
    if (!signal.aborted) return claim;
    await claim?.release();
    return undefined;
  };
  const taking = take().catch((error: Error) => {
    if (!signal.aborted) problem?.(error.message);
  });
  return (await Promise.race([taking, stopped])) ?? undefined;
}

async function doJob(claim: Claim, plans: OpenPlans, options: JobOptions): Promise<void> {
  const { signal, seconds = LEASE_SECONDS } = options;
  const renewal = setInterval(() => void claim.renew().catch(() => {}), (seconds * 1000) / 3);
  try {
    const job = checked(jobSchema, claim.job, "job");
    await claim.complete(job.plan, await plans.use(job.plan, (plan) => plan.do(job.unit, signal)));
  } catch (error) {
    if (signal.aborted) await claim.release();
    else await claim.fail((error as Error).message);
    throw error;
  } finally {
    clearInterval(renewal);
  }
}

/** The plans that jobs were last of, open. */
class OpenPlans {
  readonly #plans = new Map<string, { opened: Promise<OpenedPlan>; users: number }>();

  constructor(
    readonly transport: Transport,
    readonly open: JobOptions["open"],
  ) {}

  async use<T>(id: Job["plan"], task: (plan: OpenedPlan) => Promise<T>): Promise<T> {
    const entry = this.#plans.get(id) ?? { opened: this.#open(id), users: 0 };
    this.#plans.delete(id);
    this.#plans.set(id, entry); // The last used is the last in it.
    entry.users += 1;
    try {
      return await task(await entry.opened);
    } finally {
      entry.users -= 1;
      await this.#closeSome(PLANS);
    }
  }

  async close(): Promise<void> {
    await this.#closeSome(0);
  }

  async #open(id: string): Promise<OpenedPlan> {
    try {
      const published = await this.transport.plan(id);
      // Its certification is finished: the job is a leftover.
      if (published === undefined) throw new Error(`nothing is published as plan ${id.slice(0, 8)}`);
      return await this.#openPublished(published);
    } catch (error) {
      this.#plans.delete(id); // It may be there the next time.
      throw error;
    }
  }

  async #openPublished(published: unknown): Promise<OpenedPlan> {
    try {
      return await this.open(published);
    } catch (error) {
      throw new PlanError((error as Error).message, { cause: error });
    }
  }

  async #closeSome(kept: number): Promise<void> {
    for (const [id, { opened, users }] of this.#plans) {
      if (this.#plans.size <= kept) return;
      if (users > 0) continue;
      this.#plans.delete(id);
      await opened.then(
        (plan) => plan.close(),
        () => {},
      );
    }
  }
}
