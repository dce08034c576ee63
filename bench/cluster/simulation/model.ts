import type { CounterRandom } from "smoothcert";

/** A queue on Redis, its submitter and its workers, as far as their time goes. All times in seconds. */
export interface QueueModel {
  readonly workers: number;
  /** They come within so many seconds, evenly at random, and find no job before: 0 for all at once, at the start. */
  readonly arrival: number;
  /** Seconds at the start, while workers come and fill, that `Outcome.used` doesn't count. */
  readonly settling: number;
  readonly jobs: number;
  /** A job's work on one worker alone, drawn for each. */
  readonly jobSeconds: (random: CounterRandom) => number;
  /** Jobs side by side in a worker. */
  readonly atOnce: number;
  readonly costs: Costs;
  /** Mean time until a worker dies; Infinity for never. */
  readonly lifetime: number;
  /** From a death to when the worker is there again, its model open. */
  readonly restart: number;
  readonly seed: number;
}

/** What the queue costs each of those who take part. */
export interface Costs {
  /** Of a message to Redis and its answer, beside the time of those who handle them. */
  readonly roundTrip: number;
  /** Of Redis, a job: queued, taken, completed (with its result), its lock renewed, its result collected. */
  readonly redis: {
    readonly enqueue: number;
    readonly take: number;
    readonly complete: number;
    readonly renew: number;
    readonly collect: number;
    /** Told that there is no job, or no result. */
    readonly nothing: number;
  };
  /** Of the submitter, a job: queued, its result taken in. */
  readonly submitter: { readonly enqueue: number; readonly collect: number };
  /** Of a worker, a job, beside its work. */
  readonly worker: number;
}

/** Nothing costs anything. */
export const FREE: Costs = {
  roundTrip: 0,
  redis: { enqueue: 0, take: 0, complete: 0, renew: 0, collect: 0, nothing: 0 },
  submitter: { enqueue: 0, collect: 0 },
  worker: 0,
};

/** What came of a simulated certification. */
export interface Outcome {
  /** From the start of the submitter to its last result. */
  readonly seconds: number;
  /** Work of all jobs, each counted once. */
  readonly work: number;
  /** Work that died with workers. */
  readonly lost: number;
  /** Deaths of workers that had jobs. */
  readonly deaths: number;
  /** Share of the time that Redis and the submitter were busy. */
  readonly redis: number;
  readonly submitter: number;
  /** Jobs whose results were collected. */
  readonly collected: number;
  /** When all jobs were queued and none waited any more: from then on workers may have nothing to do. */
  readonly emptied: number;
  /** Share of the workers' time from the settling until then that went into the work of jobs; NaN without any. */
  readonly used: number;
}

/** What the program does, see certify/queue: seconds, and numbers at a time. */
export const RULES = { lease: 30, firstPause: 0.02, longestPause: 5, growth: 1.25, poll: 0.2, batch: 200 } as const;
