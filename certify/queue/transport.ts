import type { Job } from "./plan.js";

/**
 * The contract of what carries jobs to workers and results back: a folder, Redis. Delivery is at least once: a job may
 * be done twice, and a result may come twice, which changes nothing about a set of parts.
 */
export interface Transport {
  /** Names it in messages, without a password. */
  readonly name: string;
  /** Makes a plan known; again, if it was known. */
  publish(plan: Published): Promise<void>;
  /** Queues jobs, in order; those that are queued, under way or failed already stay as they are. */
  enqueue(jobs: readonly Job[]): Promise<void>;
  /** Results for a plan, in any order, some hundred at most. They are handed out until they are acknowledged. */
  collect(plan: string): Promise<readonly Delivery[]>;
  acknowledge(plan: string, deliveries: readonly Delivery[]): Promise<void>;
  /** Takes the jobs of a plan that were given up out of the queue. */
  takeFailures(plan: string): Promise<readonly Failure[]>;
  /** Forgets a plan and what is left of its results. */
  withdraw(plan: string): Promise<void>;
  /** What was published under this id, as it came; undefined where there is nothing. */
  plan(id: string): Promise<unknown>;
  /** The next job, for this worker alone until it doesn't renew its claim in time; undefined if there is none. */
  take(worker: string): Promise<Claim | undefined>;
  status(): Promise<QueueStatus>;
  close(): Promise<void>;
}

/** What jobs are of, as workers are told of it: JSON. */
export interface Published {
  /** SHA-256 in hex, of all that decides the results. */
  readonly id: string;
}

/** A result as it came. */
export interface Delivery {
  /** Names it in the transport. */
  readonly key: string;
  readonly text: string;
}

/** A job that was given up. */
export interface Failure {
  /** As it came. */
  readonly job: unknown;
  /** What each attempt failed of. */
  readonly problems: readonly string[];
}

/** A job that a worker has. */
export interface Claim {
  /** As it came. */
  readonly job: unknown;
  /** Keeps the job from others for another while. To be called well within `LeaseOptions.seconds`. */
  renew(): Promise<void>;
  /** Sends the result, and ends the job. */
  complete(plan: string, result: string): Promise<void>;
  /** Tells that this attempt failed; after {@link ATTEMPTS} of them the job is given up. */
  fail(problem: string): Promise<void>;
  /** Gives the job back for somebody else to take. */
  release(): Promise<void>;
}

/** What is in a queue. */
export interface QueueStatus {
  readonly waiting: number;
  readonly active: number;
  readonly failed: number;
  /** Plans, as they came, with the results that nobody collected yet. */
  readonly plans: readonly { readonly plan: unknown; readonly results: number }[];
}

/** How long a job is a worker's without a word. */
export interface LeaseOptions {
  /** Above 0. @defaultValue 30 */
  readonly seconds?: number;
}

export const LEASE_SECONDS = 30;

/** Attempts that may fail before a job is given up. */
export const ATTEMPTS = 3;

/** Workers that may die of a job, or by chance while they have it, before it is given up. */
export const DEATHS = 20;

/** Seconds after which a job that failed is tried again: others have the time to take it. */
export const PAUSE_SECONDS = 1;
