import type { Shard } from "../certify/index.js";
import { ArgumentError, show } from "../src/index.js";

/** Which shard of a certification a process is: told on the command line, or by the job array that it is a task of. */

/** What `--shard` says: a shard, or a number of shards, or nothing but that there are some. */
export interface AskedShard {
  readonly index?: number;
  readonly count?: number;
}

/** A commander option parser for `3/7`, shard 3 of 7, and `7`, the job array's shard of 7. */
export function askedShard(text: string): AskedShard {
  const [, index, count] = /^(?:(\d{1,8})\/)?(\d{1,8})$/.exec(text) ?? [];
  const asked = { ...(index !== undefined && { index: Number(index) }), count: Number(count) };
  if (asked.count >= 1 && (asked.index === undefined || (asked.index >= 1 && asked.index <= asked.count))) return asked;
  const rule = "I/N with 1 <= I <= N, such as 3/7, or N where a job array tells I";
  throw new ArgumentError(`--shard must be ${rule}, got ${show(text)}`, "--shard", text);
}

/** The place of a task in its job array, from 1, and the number of tasks where that is told. */
interface Task extends AskedShard {
  readonly index: number;
  /** The variable that tells. */
  readonly variable: string;
}

/**
 * The shard asked for, with what isn't given taken from the variables of Slurm, Kubernetes or AWS Batch.
 *
 * @throws ArgumentError where they don't tell, or where an array is none of so many tasks
 */
export function shardOf({ index, count }: AskedShard, env: NodeJS.ProcessEnv): Shard {
  if (index !== undefined && count !== undefined) return { index, count };
  const task = slurmTask(env, count) ?? kubernetesTask(env) ?? awsTask(env);
  if (task === undefined) {
    const variables = "SLURM_ARRAY_TASK_ID, JOB_COMPLETION_INDEX and AWS_BATCH_JOB_ARRAY_INDEX are not set";
    throw refused(`--shard must be given as I/N outside of a job array, such as --shard 3/7: ${variables}`, count);
  }
  const shards = count ?? task.count;
  if (shards === undefined) {
    throw refused(`--shard must say how many shards there are, such as --shard 7: ${task.variable} doesn't`, count);
  }
  if (task.index <= shards) return { index: task.index, count: shards };
  throw refused(`--shard ${shards}: ${task.variable} is ${env[task.variable]}, beyond ${shards} tasks`, count);
}

/** Slurm numbers tasks as it is told to: from 1, as shards are. */
function slurmTask(env: NodeJS.ProcessEnv, count: number | undefined): Task | undefined {
  const variable = "SLURM_ARRAY_TASK_ID";
  const index = numberIn(env, variable);
  if (index === undefined) return undefined;
  const [first, last, tasks] = ["MIN", "MAX", "COUNT"].map((name) => numberIn(env, `SLURM_ARRAY_TASK_${name}`));
  if (index === 0 || first === 0) throw refused("--shard: number the tasks of the array from 1: sbatch --array=1-N", 0);
  if (count === undefined && (first !== 1 || last !== tasks)) {
    const part = `tasks ${first} to ${last} are ${tasks}: a part of an array`;
    throw refused(`--shard must say how many shards there are, such as --shard 7: ${part}`, count);
  }
  return { index, variable, ...(count === undefined && tasks !== undefined && { count: tasks }) };
}

function kubernetesTask(env: NodeJS.ProcessEnv): Task | undefined {
  const variable = "JOB_COMPLETION_INDEX";
  const index = numberIn(env, variable);
  return index === undefined ? undefined : { index: index + 1, variable };
}

function awsTask(env: NodeJS.ProcessEnv): Task | undefined {
  const variable = "AWS_BATCH_JOB_ARRAY_INDEX";
  const [index, count] = [numberIn(env, variable), numberIn(env, "AWS_BATCH_JOB_ARRAY_SIZE")];
  return index === undefined ? undefined : { index: index + 1, variable, ...(count !== undefined && { count }) };
}

function numberIn(env: NodeJS.ProcessEnv, variable: string): number | undefined {
  const text = env[variable] ?? "";
  return /^\d+$/.test(text) ? Number(text) : undefined;
}

function refused(message: string, value: unknown): ArgumentError {
  return new ArgumentError(message, "--shard", value);
}

/** Where the log of a shard lies beside that of all: `certify.3of7.tsv` for `certify.tsv`. */
export function shardLog(log: string, { index, count }: Shard): string {
  const [, stem = log, ending = ""] = /^(.*?)(\.(?:tsv|txt))?$/s.exec(log) ?? [];
  return `${stem}.${index}of${count}${ending}`;
}
