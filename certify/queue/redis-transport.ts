import { randomUUID } from "node:crypto";
import type { Queue, Job as QueuedJob, Worker } from "bullmq";
import type { Redis } from "ioredis";
import { type Job, jobId } from "./plan.js";
import { redisAddress } from "./redis-address.js";
import { connectRedis, type RedisPackages, redisPackages } from "./redis-connection.js";
import {
  ATTEMPTS,
  type Claim,
  DEATHS,
  type Delivery,
  type Failure,
  LEASE_SECONDS,
  type LeaseOptions,
  PAUSE_SECONDS,
  type Published,
  type QueueStatus,
  type Transport,
} from "./transport.js";

/** How a queue on Redis is used. */
export interface RedisTransportOptions extends LeaseOptions {
  /** Put before all keys: one Redis may hold several queues. @defaultValue `smoothcert` */
  readonly prefix?: string;
  /** Is told once of each lost connection; it comes again by itself. */
  readonly lost?: (problem: string) => void;
  /** Where user and password are, if not in the address. @defaultValue `process.env` */
  readonly env?: NodeJS.ProcessEnv;
}

/** Jobs that are added, results that are read, at a time. */
const AT_ONCE = 200;

/**
 * A queue on Redis by BullMQ, which keeps jobs, hands each to one worker at a time, and gives it to another when that
 * one's lock runs out. Plans are a queue as well, whose jobs nobody takes; the results of each are a hash.
 *
 * @param url see {@link redisAddress}
 * @throws ArgumentError for another address; EngineError where BullMQ isn't installed, and if Redis can't be used
 */
export async function redisTransport(url: string, options: RedisTransportOptions = {}): Promise<Transport> {
  const address = redisAddress(url, options.env);
  const packages = await redisPackages();
  const client = await connectRedis(packages, address, options.lost ?? (() => {}));
  return new RedisTransport(address.name, packages, client, options);
}

class RedisTransport implements Transport {
  readonly #packages: RedisPackages;
  readonly #client: Redis;
  readonly #prefix: string;
  readonly #lease: number;
  readonly #queues = new Map<string, Queue>();
  #worker: Promise<Worker> | undefined;
  #claims = 0;

  constructor(
    readonly name: string,
    packages: RedisPackages,
    client: Redis,
    { prefix = "smoothcert", seconds = LEASE_SECONDS }: RedisTransportOptions,
  ) {
    this.#packages = packages;
    this.#client = client;
    this.#prefix = prefix;
    this.#lease = Math.round(seconds * 1000);
  }

  async publish(plan: Published): Promise<void> {
    await this.#queue("plans").add("plan", plan, { jobId: plan.id });
  }

  async enqueue(jobs: readonly Job[]): Promise<void> {
    const options = {
      attempts: ATTEMPTS,
      backoff: { type: "fixed", delay: PAUSE_SECONDS * 1000 },
      removeOnComplete: true,
    };
    for (let first = 0; first < jobs.length; first += AT_ONCE) {
      const some = jobs.slice(first, first + AT_ONCE);
      await this.#queue("jobs").addBulk(
        some.map((job) => ({ name: "unit", data: job, opts: { ...options, jobId: jobId(job) } })),
      );
    }
  }

  async collect(plan: string): Promise<readonly Delivery[]> {
    const found = await this.#client.hrandfield(this.#results(plan), AT_ONCE, "WITHVALUES");
    const words = found as string[];
    return Array.from({ length: words.length / 2 }, (_, i) => ({ key: words[2 * i], text: words[2 * i + 1] }));
  }

  async acknowledge(plan: string, deliveries: readonly Delivery[]): Promise<void> {
    if (deliveries.length > 0) await this.#client.hdel(this.#results(plan), ...deliveries.map(({ key }) => key));
  }

  async takeFailures(plan: string): Promise<readonly Failure[]> {
    const failed = await this.#queue("jobs").getJobs(["failed"], 0, AT_ONCE - 1, true);
    const ours = failed.filter((job) => job?.data?.plan === plan);
    for (const job of ours) await job.remove();
    return ours.map(({ data, failedReason, stacktrace }) => {
      const problems = (stacktrace ?? []).map((text) => text.split("\n")[0].replace(/^Error: /, ""));
      return { job: data, problems: problems.length > 0 ? problems : [failedReason] };
    });
  }

  async withdraw(plan: string): Promise<void> {
    await this.#queue("plans").remove(plan);
    await this.#client.unlink(this.#results(plan));
  }

  async plan(id: string): Promise<unknown> {
    return (await this.#queue("plans").getJob(id))?.data;
  }

  async take(worker: string): Promise<Claim | undefined> {
    this.#worker ??= this.#startWorker();
    const token = `${worker} ${++this.#claims}`;
    const job = await (await this.#worker).getNextJob(token, { block: false });
    return job && this.#claimOf(job, token, worker);
  }

  async status(): Promise<QueueStatus> {
    const counts = await this.#queue("jobs").getJobCounts("waiting", "active", "delayed", "failed");
    const plans = (await this.#queue("plans").getJobs(["waiting"], 0, AT_ONCE - 1, true)).map(async ({ id, data }) => {
      return { plan: data as unknown, results: await this.#client.hlen(this.#results(id ?? "")) };
    });
    const { waiting, active, delayed, failed } = counts;
    return { waiting: waiting + delayed, active, failed, plans: await Promise.all(plans) };
  }

  async close(): Promise<void> {
    // What still waits for a lost connection is given up.
    await (await this.#worker)?.close(true).catch(() => {});
    await Promise.all([...this.#queues.values()].map((queue) => queue.close().catch(() => {})));
    this.#client.disconnect();
  }

  #claimOf(job: QueuedJob, token: string, worker: string): Claim {
    return {
      job: job.data,
      renew: () => ifOurs(job.extendLock(token, this.#lease)),
      complete: async (plan, text) => {
        await this.#client.hset(this.#results(plan), randomUUID(), text);
        await ifOurs(job.moveToCompleted(undefined, token, false));
      },
      fail: (problem) => ifOurs(job.moveToFailed(new Error(`${worker}: ${problem}`), token, false)),
      release: () => ifOurs(job.moveToWait(token)),
    };
  }

  /** Fetches jobs when it is asked to, and looks after those whose workers have died. */
  async #startWorker(): Promise<Worker> {
    const worker = new this.#packages.Worker("jobs", null, {
      ...this.#options(),
      autorun: false,
      lockDuration: this.#lease,
      stalledInterval: this.#lease / 2,
      maxStalledCount: DEATHS,
    });
    worker.on("error", () => {}); // The connection tells of itself.
    await worker.startStalledCheckTimer();
    return worker;
  }

  /** The hash that holds a plan's results: whatever waits in it, one goes in or out in the same time. */
  #results(plan: string): string {
    return `${this.#prefix}:results:${plan}`;
  }

  #queue(name: string): Queue {
    const known = this.#queues.get(name);
    if (known !== undefined) return known;
    const queue = new this.#packages.Queue(name, this.#options());
    queue.on("error", () => {}); // The connection tells of itself.
    this.#queues.set(name, queue);
    return queue;
  }

  #options(): { connection: Redis; prefix: string } {
    return { connection: this.#client, prefix: this.#prefix };
  }
}

/** Ends an action on a job, of which another worker may have taken charge meanwhile: then it is that one's. */
async function ifOurs(action: Promise<unknown>): Promise<void> {
  try {
    await action;
  } catch (error) {
    const { code } = error as { code?: unknown };
    if (!(typeof code === "number" && code < 0)) throw error;
  }
}
