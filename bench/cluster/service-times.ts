import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Redis } from "ioredis";
import {
  type Claim,
  fileLogStore,
  folderTransport,
  headerOf,
  type Job,
  type Plan,
  planCertification,
  planUnits,
  type Result,
  redisTransport,
  settingsHash,
  submit,
  type Transport,
  UnitCounter,
} from "smoothcert/certify";
import { RedisServer } from "../faults/redis-server.js";
import { smallRun } from "../faults/small-run.js";

/**
 * How long Redis, the submitter and a folder are busy with a job: node dist/bench/cluster/service-times.js [ROUNDS],
 * after `npm run build`. A row for each step and number of jobs, tab-separated: microseconds of wall clock a job, and
 * of processor time a job by this process and by Redis. Nothing else is done meanwhile, in one process.
 */

/** Jobs in the queue: multiples of the small run's images. */
const SIZES = { redis: [600, 6000], folder: [300, 900] };

/** What a step took, in microseconds a job. */
interface Times {
  readonly wall: number;
  readonly here: number;
  readonly redis: number;
}

/** Tells the processor time of a Redis so far, in microseconds; 0 without one. */
type RedisTime = () => Promise<number>;

async function timed(jobs: number, redisTime: RedisTime, step: () => Promise<void>): Promise<Times> {
  const [wall, here, redis] = [performance.now(), process.cpuUsage(), await redisTime()];
  await step();
  const { user, system } = process.cpuUsage(here);
  const elapsed = 1000 * (performance.now() - wall);
  return { wall: elapsed / jobs, here: (user + system) / jobs, redis: ((await redisTime()) - redis) / jobs };
}

/** The steps of so many jobs, one after the other, each for all of them. */
async function measure(
  transport: Transport,
  count: number,
  redisTime: RedisTime,
  folder: string,
): Promise<[step: string, times: Times][]> {
  const asked = smallRun(count, false);
  const { run, indices } = planCertification({ ...asked, n: 1000 * Math.ceil(count / 60) });
  const header = headerOf(run);
  const id = settingsHash(header);
  const plan: Plan = { format: "smoothcert-plan", version: 1, id, header, modelFile: "ab".repeat(32), feed: {} };
  const units = planUnits(indices, run.n, 1).slice(0, count);
  const fingerprint = { canary: "ab".repeat(32), runtime: "function", processor: "any" };
  const counter = new UnitCounter(run, header, fingerprint);
  const results: string[] = [];
  for (const unit of units) {
    results.push(JSON.stringify({ worker: "w", part: await counter.count(unit) } satisfies Result));
  }
  await transport.publish(plan);
  const steps: [string, Times][] = [];
  const step = async (name: string, action: () => Promise<void>): Promise<void> => {
    steps.push([name, await timed(count, redisTime, action)]);
  };
  await step("enqueue", () => transport.enqueue(units.map((unit): Job => ({ plan: id, unit }))));
  const claims: Claim[] = [];
  await step("take", async () => {
    for (const _ of results) claims.push((await transport.take("w")) as Claim);
  });
  await step("renew", async () => {
    for (const claim of claims) await claim.renew();
  });
  await step("complete", async () => {
    for (const [i, claim] of claims.entries()) await claim.complete(id, results[i]);
  });
  await step("take nothing", async () => {
    for (const _ of results) await transport.take("w");
  });
  const path = join(folder, `${count}.tsv`);
  const submission = { plan, indices, blocksEach: 1, store: fileLogStore(path), partsPath: `${path}.parts` };
  // All results are there: it asks for nothing.
  await step("collect", async () => void (await submit(transport, submission)));
  return steps;
}

async function onRedis(count: number, folder: string): Promise<[string, Times][]> {
  const server = await RedisServer.start();
  const client = new Redis(server.port);
  const transport = await redisTransport(server.url);
  const redisTime = async (): Promise<number> => {
    const seconds = (await client.info("cpu")).match(/^used_cpu_(user|sys):([\d.]+)/gm) ?? [];
    return seconds.reduce((sum, line) => sum + 1e6 * Number(line.split(":")[1]), 0);
  };
  const times = await measure(transport, count, redisTime, folder);
  await transport.close();
  client.disconnect();
  await server.remove();
  return times;
}

async function inFolder(count: number, folder: string): Promise<[string, Times][]> {
  const transport = await folderTransport(join(folder, "queue"));
  return measure(transport, count, async () => 0, folder);
}

console.log("round\ttransport\tjobs\tstep\twall\there\tredis");
for (let round = 1; round <= Number(process.argv[2] ?? 1); round++) {
  for (const [name, measured] of [
    ["redis", onRedis],
    ["folder", inFolder],
  ] as const) {
    for (const count of SIZES[name]) {
      const folder = await mkdtemp(join(tmpdir(), "smoothcert-times-"));
      for (const [step, { wall, here, redis }] of await measured(count, folder)) {
        console.log([round, name, count, step, ...[wall, here, redis].map(Math.round)].join("\t"));
      }
      await rm(folder, { recursive: true });
    }
  }
}
