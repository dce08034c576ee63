import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { certifyJob, type Job, type Plan, runAlone, runPair, smallData, trainJob } from "../../bench/writer-pairs.js";
import { PROGRAM } from "./support.js";

/** `bench/writers.ts` runs many more of these. */
let folder: string;
let data: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "smoothcert-writers-"));
  data = await smallData(folder, 100);
});
afterAll(() => rm(folder, { recursive: true }));

const KILLED: Plan = { delay: 300, kill: { writer: 0, after: 1200 } };

describe.runIf(existsSync(PROGRAM))(
  "of two that write the same, one is refused in one line and nothing is lost:",
  () => {
    it("train, then certify", async () => {
      const training = trainJob(data, 6);
      const model = join(folder, "model");
      await expectWhole(training, await runAlone(PROGRAM, training, model), [KILLED]);
      const certification = certifyJob(join(model, "run"), data, 2000);
      await expectWhole(certification, await runAlone(PROGRAM, certification, join(folder, "log")), [KILLED]);
    }, 300_000);
  },
);

async function expectWhole(job: Job, expected: string, plans: readonly Plan[]): Promise<void> {
  for (const [i, plan] of plans.entries()) {
    const { problems } = await runPair(PROGRAM, job, join(folder, `${job.name}-${i}`), plan, expected);
    expect(problems).toEqual([]);
  }
}
