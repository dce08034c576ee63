import { existsSync } from "node:fs";
import { mkdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { awaitJobs, checked, type GivenUp, type Transport } from "../certify/index.js";
import { counted } from "../src/text/counted.js";
import { interruptible } from "./interrupt.js";
import { note, thisCommand, warn } from "./print.js";
import { type Progress, startProgress } from "./progress.js";
import { filesSchema, unpackFolder } from "./run-files.js";
import { modelPaths } from "./sweep-folder.js";
import { isCertified, type ModelTask } from "./sweep-model.js";
import type { SweepPlan } from "./sweep-plan.js";

/** Which model a result is of. */
const envelopeSchema = z.object({
  worker: z.string().max(1000),
  /** The model's place in the sweep, from 0. */
  idx: z.int().nonnegative(),
});

const resultSchema = envelopeSchema.strict().extend({ files: filesSchema });

/** What a worker sends back: the folder of a run that is trained and certified, or has diverged. */
export type SweepResult = z.infer<typeof resultSchema>;

/** Milliseconds between two looks at the results: a model takes minutes or hours. */
const POLL = 500;

/**
 * Has workers train and certify the models whose folders are not there, and puts these there. Models that are begun
 * are left as they are.
 *
 * @param folder of the sweep @returns why models were given up, by name @throws InterruptedError after Ctrl-C
 */
export async function fetchModels(
  queue: Transport,
  plan: SweepPlan,
  tasks: readonly ModelTask[],
  folder: string,
): Promise<ReadonlyMap<string, string>> {
  let progress: Progress | undefined;
  let arrived = 0;
  const isHere = (idx: number): boolean => existsSync(tasks[idx].paths.folder);
  const jobs = {
    plan,
    units: tasks.map((_, idx) => ({ idx })),
    has: ({ idx }: { readonly idx: number }) => isHere(idx),
    read(text: string) {
      const value = JSON.parse(text);
      const { idx } = checked(envelopeSchema, value, "result");
      return { unit: { idx }, take: () => takeIn(checked(resultSchema, value, "result"), tasks, folder) };
    },
    nameOf: ({ idx }: { readonly idx: number }) => tasks[idx].model.name,
  };
  const watch = (signal: AbortSignal): Promise<readonly GivenUp[]> =>
    awaitJobs(queue, jobs, {
      progress({ done, total }) {
        arrived = done;
        progress ??= startProgress("sweep", total, "models", done);
        progress.update(done, "by the workers");
      },
      problem: warn,
      signal,
      pollMilliseconds: POLL,
    });
  note(`Queueing sweep ${plan.id.slice(0, 8)} in ${queue.name}`);
  try {
    const next = `Workers go on; collect with: ${thisCommand()}`;
    const givenUp = await interruptible(watch, () => `stopped with ${counted(arrived, "model")} here. ${next}`);
    if (givenUp.length === 0) await queue.withdraw(plan.id);
    return new Map(givenUp.map(({ unit, problem }) => [tasks[unit.idx].model.name, problem]));
  } finally {
    progress?.stop();
  }
}

/** Puts a run in its place, whole or not at all. @throws Error if it isn't what was asked for */
async function takeIn({ worker, idx, files }: SweepResult, tasks: readonly ModelTask[], folder: string): Promise<void> {
  const task = tasks[idx];
  if (task === undefined) throw new Error(`a result of ${worker} is of a model that the sweep doesn't have: ${idx}`);
  if (existsSync(task.paths.folder)) return; // It came before.
  const arriving = join(folder, "arriving");
  const paths = modelPaths(arriving, task.model);
  await rm(arriving, { recursive: true, force: true });
  try {
    await mkdir(paths.folder, { recursive: true });
    await unpackFolder(files, paths.folder);
    const isWhole = existsSync(paths.diverged) || (await isCertified({ ...task, paths }));
    if (!isWhole) throw new Error(`the run that ${worker} sent is not trained and certified as asked`);
    await rename(paths.folder, task.paths.folder);
  } finally {
    await rm(arriving, { recursive: true, force: true });
  }
}
