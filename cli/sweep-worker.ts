import { rm, rmdir } from "node:fs/promises";
import { join } from "node:path";
import type { OpenedPlan } from "../certify/index.js";
import type { Dataset, EngineChoice, Split } from "../src/index.js";
import { DivergenceError } from "../train/index.js";
import { note } from "./print.js";
import { packFolder } from "./run-files.js";
import { modelPaths } from "./sweep-folder.js";
import { runModel } from "./sweep-model.js";
import { checkedSweepPlan, dataKey } from "./sweep-plan.js";
import type { SweepResult } from "./sweep-queue.js";
import type { DataSets } from "./worker-data.js";

/** What a worker has for the models of sweeps. */
export interface SweepWorker {
  readonly worker: string;
  readonly data: DataSets;
  readonly engine: EngineChoice;
  readonly provider?: string | undefined;
  /** Runs lie here while they are under way: one that was killed goes on. */
  readonly folder: string;
}

/** Opens the sweep of a plan. @throws Error saying what is wrong with it, or which data are not here */
export async function openSweep(
  published: unknown,
  { worker, data, engine, provider, folder }: SweepWorker,
): Promise<OpenedPlan> {
  const { plan, sweep } = checkedSweepPlan(published);
  const load = async (spec: string, split: Split): Promise<Dataset> => {
    const key = dataKey(spec, split);
    if (!Object.hasOwn(plan.data, key)) throw new Error(`malformed plan: it has no hash of ${key}`);
    return data.find({ ...plan.data[key], split });
  };
  const { certification, models } = sweep;
  for (const { settings } of models) await load(settings.data, "train");
  const runs = join(folder, plan.id.slice(0, 16));
  return {
    async do({ idx }) {
      const model = models[idx];
      if (model === undefined) throw new Error(`malformed job: the sweep has no model ${idx}`);
      note(`Model ${model.name} of sweep ${plan.id.slice(0, 8)}`);
      const paths = modelPaths(runs, model);
      const dataset = await load(certification.data ?? model.settings.data, certification.split);
      const resumeCommand = "the same command, which takes the model up again unless another worker has";
      try {
        await runModel({ model, paths, certification, dataset }, { engine, provider, resumeCommand, load });
      } catch (error) {
        if (!(error instanceof DivergenceError)) throw error; // Its folder tells.
      }
      const result: SweepResult = { worker, idx, files: await packFolder(paths.folder) };
      await rm(paths.folder, { recursive: true });
      await rmdir(runs).catch(() => {}); // Runs that were begun before may lie in it.
      return JSON.stringify(result);
    },
    close: async () => {},
  };
}
