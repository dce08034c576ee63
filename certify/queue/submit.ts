import { rm } from "node:fs/promises";
import { openParts } from "../files/parts-file.js";
import type { LogStore, OpenLog } from "../log/log-store.js";
import { PartUnion } from "../parts/part-union.js";
import { planUnits, unitText } from "../parts/unit.js";
import { functionsOf } from "../sampling/fingerprint.js";
import { type AwaitedJobs, type AwaitHooks, awaitJobs, type JobProgress } from "./await-jobs.js";
import { Collection } from "./collection.js";
import { checked, type Plan, resultSchema } from "./plan.js";
import type { Transport } from "./transport.js";

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

/** How far a submission has come, in jobs and in images. */
export interface SubmissionProgress extends JobProgress {
  /** Images whose rows are in the log. */
  readonly rows: number;
}

/** What a caller hears, and how long it waits. */
export interface SubmissionHooks extends Omit<AwaitHooks, "progress"> {
  progress?(progress: SubmissionProgress): void;
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
    const progress = (jobs: JobProgress): void => hooks.progress?.({ ...jobs, rows: collection.rows });
    const givenUp = await awaitJobs(transport, jobsOf(submission, collection), { ...hooks, progress });
    return { failures: givenUp.map(({ unit, problem }) => `${unitText(unit, plan.header)}: ${problem}`), union };
  } finally {
    file.close();
  }
}

function jobsOf({ plan, indices, blocksEach }: Submission, collection: Collection): AwaitedJobs {
  return {
    plan,
    units: planUnits(indices, plan.header.n, blocksEach),
    has: (unit) => collection.has(unit),
    read(text) {
      const { worker, part } = checked(resultSchema, JSON.parse(text), "result");
      return { unit: part.unit, take: () => collection.add(part, `a result of ${worker}`) };
    },
    /** Whole images in the place of those whose blocks were counted by different functions. */
    more(arrived, outstanding) {
      const mixed = new Set(arrived.map(({ idx }) => idx).filter((idx) => collection.isMixed(idx)));
      // Some of their blocks may be under way, and make one function's votes whole.
      if (mixed.size > 0) for (const { idx } of outstanding) mixed.delete(idx);
      return [...mixed].map((idx) => ({ idx }));
    },
    nameOf: (unit) => unitText(unit, plan.header),
  };
}
