import { show } from "../../src/index.js";
import { headerDifferences } from "../log/header.js";
import { UnitCounter } from "../parts/count-unit.js";
import { headerOf, type LoggedRun } from "../run/header-of.js";
import type { Fingerprint } from "../sampling/fingerprint.js";
import { doJobs, type JobOptions, type OpenedPlan } from "./do-jobs.js";
import { checkedPlan, type Plan, type Result } from "./plan.js";
import type { Transport } from "./transport.js";

/** The run of a plan, with the model and the data that a worker has for it. */
export interface PlannedRun {
  readonly run: LoggedRun;
  readonly fingerprint: Fingerprint;
}

/** How a worker works on certifications. */
export interface WorkOptions extends Omit<JobOptions, "open"> {
  /** Finds model and data of a plan, with which they are compared; throws where it has none of these hashes. */
  readonly open: (plan: Plan) => Promise<PlannedRun>;
}

/** Takes jobs and counts their votes, until it is told to stop. @returns how many it has done */
export function work(transport: Transport, options: WorkOptions): Promise<number> {
  const open = async (published: unknown): Promise<OpenedPlan> => {
    const plan = checkedPlan(published);
    return openedPlan(plan, await options.open(plan), options.worker);
  };
  return doJobs(transport, { ...options, open });
}

function openedPlan(plan: Plan, planned: PlannedRun, worker: string): OpenedPlan {
  requireRunOf(plan, planned);
  const { run, fingerprint } = planned;
  const counter = new UnitCounter(run, plan.header, fingerprint);
  return {
    do: async (unit, signal) => {
      return JSON.stringify({ worker, part: await counter.count(unit, { signal }) } satisfies Result);
    },
    close: async () => run.classifier.close?.(),
  };
}

/** What a worker has must be what the plan says, in everything that decides votes. */
function requireRunOf({ header }: Plan, { run }: PlannedRun): void {
  const different = headerDifferences(header, headerOf(run));
  if (different.length === 0) return;
  const list = different.map(({ field, logged, asked }) => `${field} ${show(logged)}, here ${show(asked)}`);
  throw new Error(`the certification can't be done here: ${list.join("; ")}`);
}
