import { setTimeout as sleep } from "node:timers/promises";
import { type Claim, type Job, jobId, type Plan, type Transport } from "smoothcert/certify";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { SOME_HEADER } from "../log/some-header.js";
import { planOf, type QueueCase, TRANSPORTS } from "./transports.js";

/** The plan of a test of its own: settings that differ in the seed. */
const planWith = (seed: number): Plan => planOf({ ...SOME_HEADER, seed });

const jobsOf = ({ id: plan }: Plan, count: number): Job[] => {
  return Array.from({ length: count }, (_, idx) => ({ plan, unit: { idx } }));
};

/** What every transport keeps to, as far as submitters and workers rely on it. */
describe.each(Object.entries(TRANSPORTS))("a queue in a transport: %s", (_, { missing, make }) => {
  let of: QueueCase;
  beforeAll(async () => {
    if (missing === undefined) of = await make();
  });
  afterAll(() => of?.remove());

  let seed = 0;
  /** A test with a plan of its own, of which all jobs are gone when it ends. */
  const law = (name: string, check: (submitter: Transport, plan: Plan) => Promise<void>): void => {
    it(name, async ({ skip }) => {
      skip(missing !== undefined, missing);
      const plan = planWith(++seed);
      const submitter = await of.connect();
      await submitter.publish(plan);
      await check(submitter, plan);
      for (let claim = await submitter.take("end"); claim; claim = await submitter.take("end"))
        await claim.complete(plan.id, "");
      await submitter.withdraw(plan.id);
      await submitter.close();
    });
  };
  const taken = async (transport: Transport, worker = "w"): Promise<Claim> => {
    const claim = await vi.waitUntil(() => transport.take(worker), { timeout: 50_000, interval: 20 });
    return claim as Claim;
  };
  const texts = async (transport: Transport, { id }: Plan): Promise<string[]> => {
    return (await transport.collect(id)).map(({ text }) => text).sort();
  };

  law("hands each job to one worker, in order, however often it is queued", async (submitter, plan) => {
    const jobs = jobsOf(plan, 12);
    await submitter.enqueue(jobs.slice(0, 8));
    await submitter.enqueue(jobs);
    const workers = await Promise.all([of.connect(), of.connect(), of.connect()]);
    const first = await taken(workers[0]);
    expect(first.job).toEqual(jobs[0]);
    await submitter.enqueue(jobs);
    const seen = [first];
    for (let i = 0; seen.length < 12; i++) seen.push(await taken(workers[i % 3]));
    expect(seen.map(({ job }) => job)).toEqual(jobs);
    expect(await workers[0].take("w")).toBeUndefined();
    for (const claim of seen) await claim.complete(plan.id, JSON.stringify(claim.job));
    expect(await texts(submitter, plan)).toEqual(seen.map(({ job }) => JSON.stringify(job)).sort());
    expect(await workers[1].take("w")).toBeUndefined();
    await Promise.all(workers.map((worker) => worker.close()));
  });

  law("hands results out until they are acknowledged, to another submitter too", async (submitter, plan) => {
    await submitter.enqueue(jobsOf(plan, 3));
    for (const result of ["a", "b", "c"]) await (await taken(submitter)).complete(plan.id, result);
    const later = await of.connect();
    const deliveries = await later.collect(plan.id);
    expect(deliveries.map(({ text }) => text).sort()).toEqual(["a", "b", "c"]);
    await later.acknowledge(
      plan.id,
      deliveries.filter(({ text }) => text === "a"),
    );
    expect(await texts(submitter, plan)).toEqual(["b", "c"]);
    expect(await texts(submitter, planWith(1000))).toEqual([]);
    await later.close();
  });

  law("hands a job to another worker when the first is silent; results of both are kept", async (submitter, plan) => {
    const own = await make(); // All who look after a queue on Redis have the same lease.
    const [one, other] = [await own.connect(0.4), await own.connect(0.4)];
    await one.publish(plan);
    await one.enqueue(jobsOf(plan, 1));
    const silent = await taken(one);
    const second = await taken(other);
    expect(second.job).toEqual(silent.job);
    await second.complete(plan.id, "second");
    await silent.renew();
    await silent.complete(plan.id, "late");
    expect((await texts(one, plan)).sort()).toEqual(["late", "second"]);
    expect(await other.take("w")).toBeUndefined();
    expect(await texts(submitter, plan)).toEqual([]);
    await own.remove();
  });

  law("leaves a job with a worker who renews the claim", async (submitter, plan) => {
    await submitter.enqueue(jobsOf(plan, 1));
    const [one, other] = [await of.connect(1.5), await of.connect(1.5)];
    const claim = await taken(one);
    let [gap, last] = [0, performance.now()];
    let stolen: Claim | undefined;
    for (const start = last; last - start < 4000 && gap < 700; ) {
      await claim.renew();
      stolen ??= await other.take("w");
      await sleep(50);
      gap = Math.max(gap, performance.now() - last);
      last = performance.now();
    }
    // On a machine so busy that this very loop stood still for long, the claim may have run out.
    if (gap < 700) expect(stolen).toBeUndefined();
    await claim.complete(plan.id, "done");
    await Promise.all([one.close(), other.close()]);
  });

  law("gives a job back that is released, and one that failed, up to three times", async (submitter, plan) => {
    const [job, next] = jobsOf(plan, 2);
    await submitter.enqueue([job]);
    await (await taken(submitter)).release();
    for (const worker of ["a", "b", "c"]) {
      const claim = await taken(submitter, worker);
      expect(claim.job).toEqual(job);
      expect(await submitter.takeFailures(plan.id)).toEqual([]);
      await claim.fail(`it broke on ${worker}`);
    }
    await submitter.enqueue([job, next]);
    const claimed = await taken(submitter);
    expect(claimed.job).toEqual(next);
    await claimed.complete(plan.id, "next");
    expect(await submitter.takeFailures(planWith(1000).id)).toEqual([]);
    const failures = await submitter.takeFailures(plan.id);
    expect(failures.map((failure) => failure.job)).toEqual([job]);
    const expected = ["a: it broke on a", "b: it broke on b", "c: it broke on c"];
    expect([...failures[0].problems].sort()).toEqual(expected);
    expect(await submitter.takeFailures(plan.id)).toEqual([]);
    await submitter.enqueue([job]);
    const again = await taken(submitter);
    expect(again.job).toEqual(job);
    await again.complete(plan.id, "again");
  });

  law("tells what is in it, and what was published", async (submitter, plan) => {
    expect(await submitter.plan(plan.id)).toEqual(plan);
    expect(await submitter.plan("cd".repeat(32))).toBeUndefined();
    await submitter.enqueue(jobsOf(plan, 5));
    const claim = await taken(submitter);
    await (await taken(submitter)).complete(plan.id, "x");
    const status = await submitter.status();
    expect(status).toMatchObject({ waiting: 3, active: 1, failed: 0 });
    expect(status.plans).toContainEqual({ plan, results: 1 });
    await claim.release();
  });
});

describe("jobId", () => {
  it("is a function of plan and unit", () => {
    const units = [
      { idx: 1 },
      { idx: 2 },
      { idx: 1, blocks: { from: 0, to: 1 } },
      { idx: 1, blocks: { from: 0, to: 2 } },
    ];
    const ids = units.flatMap((unit) => ["ab", "cd"].map((plan) => jobId({ plan: plan.repeat(32), unit })));
    expect(new Set(ids).size).toBe(8);
    expect(jobId({ plan: "ab".repeat(32), unit: { idx: 1, blocks: undefined } })).toBe(ids[0]);
  });
});
