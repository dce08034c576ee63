import { type ChildProcess, spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { Redis } from "ioredis";
import { CounterRandom, STREAM } from "smoothcert";
import {
  certify,
  fileLogStore,
  formatRow,
  headerOf,
  type LogRow,
  MemoryLogStore,
  planCertification,
  readLog,
  redisTransport,
  type SubmissionProgress,
  settingsHash,
  submit,
} from "smoothcert/certify";
import { LEASE } from "./lease.js";
import { RedisServer } from "./redis-server.js";
import { smallRun } from "./small-run.js";
import { TcpProxy } from "./tcp-proxy.js";

/** What is done to a queue under load, at random moments. */
export const FAULTS = ["worker killed", "redis killed", "connections cut", "delivered twice"] as const;

/** A certification through all of it. */
export interface DisturbedRun {
  readonly seed: number;
  readonly faults: readonly (typeof FAULTS)[number][];
  readonly jobs: number;
  /** Votes that came more than once, and agreed. */
  readonly duplicates: number;
  /** Whether its log is that of one undisturbed process. */
  readonly identical: boolean;
  readonly failures: number;
  readonly seconds: number;
}

const WORKERS = 3;
/** Jobs between two faults, at most. */
const MOST_JOBS = 10;

/**
 * Certifies again and again through a Redis of its own, while faults are put in, until there were so many of them.
 *
 * @param seed of the choice of faults and moments @param told of each certification
 */
export async function disturb(faults: number, seed: number, told: (run: DisturbedRun) => void): Promise<void> {
  const random = new CounterRandom({ seed, stream: STREAM.theory, example: 0, sample: 0 });
  const rig = await Rig.start();
  try {
    for (let [left, run] = [faults, 0]; left > 0; run++) {
      const done = await disturbedRun(rig, run, random, left);
      left -= done.faults.length;
      told(done);
    }
  } finally {
    await rig.stop();
  }
}

async function disturbedRun(rig: Rig, seed: number, random: CounterRandom, most: number): Promise<DisturbedRun> {
  const reference = new MemoryLogStore();
  await certify(smallRun(seed, false), reference);
  const { run, indices } = planCertification(smallRun(seed, false));
  const header = headerOf(run);
  const plan = {
    ...({ format: "smoothcert-plan", version: 1, modelFile: "ab".repeat(32), feed: {} } as const),
    ...{ id: settingsHash(header), header },
  };
  const path = join(rig.folder, `${seed}.tsv`);
  const submission = { plan, indices, blocksEach: 1, store: fileLogStore(path), partsPath: `${path}.parts` };
  const transport = await redisTransport(rig.proxy.url, { seconds: LEASE });
  const start = performance.now();
  let [ended, jobs] = [false, 0];
  const progress = ({ done }: SubmissionProgress): void => {
    jobs = done;
  };
  const hooks = { progress, pollMilliseconds: 50, patience: 10 * LEASE };
  const submitting = submit(transport, submission, hooks).finally(() => {
    ended = true;
  });
  const faults: DisturbedRun["faults"][number][] = [];
  while (!ended && faults.length < most) {
    // A moment is so many jobs and milliseconds after the last one: on a slow machine too there is work in between.
    const after = jobs + random.integer(MOST_JOBS);
    while (!ended && jobs < after) await sleep(20);
    await sleep(200 * random.uniform());
    if (ended) break;
    const fault = FAULTS[random.integer(FAULTS.length)];
    await rig.put(fault, random);
    faults.push(fault);
  }
  const { duplicates, failures } = await submitting;
  const seconds = Math.round((performance.now() - start) / 100) / 10;
  await transport.close();
  const identical = bare((await readLog(path)).rows) === bare(reference.rows);
  return { seed, faults, jobs: 2 * indices.length, duplicates, identical, failures: failures.length, seconds };
}

function bare(rows: readonly LogRow[]): string {
  return rows.map((row) => formatRow({ ...row, time: 0, check: "" })).join("\n");
}

/** Redis, a proxy before it, and workers. */
class Rig {
  readonly #workers: ChildProcess[] = [];
  #started = 0;

  private constructor(
    readonly server: RedisServer,
    readonly proxy: TcpProxy,
    readonly folder: string,
  ) {}

  static async start(): Promise<Rig> {
    const server = await RedisServer.start();
    const folder = await mkdtemp(join(tmpdir(), "smoothcert-faults-"));
    const rig = new Rig(server, await TcpProxy.start(server.port), folder);
    for (let i = 0; i < WORKERS; i++) rig.#workers.push(rig.#startWorker());
    return rig;
  }

  async put(fault: DisturbedRun["faults"][number], random: CounterRandom): Promise<void> {
    if (fault === "worker killed") {
      const which = random.integer(WORKERS);
      this.#workers[which].kill("SIGKILL");
      this.#workers[which] = this.#startWorker();
    } else if (fault === "redis killed") {
      await this.server.kill();
      await sleep(1000 * random.uniform());
      await this.server.start();
    } else if (fault === "connections cut") {
      this.proxy.cut();
      await sleep(1000 * LEASE * (1.2 + random.uniform()));
      this.proxy.mend();
    } else await this.#unlockJobs();
  }

  /** Takes the locks of all jobs under way: each is handed out again while its first worker goes on. */
  async #unlockJobs(): Promise<void> {
    const redis = new Redis(this.server.port, { lazyConnect: true });
    await redis.connect();
    const locks = await redis.keys("smoothcert:jobs:*:lock");
    if (locks.length > 0) await redis.del(...locks);
    redis.disconnect();
  }

  #startWorker(): ChildProcess {
    const name = `worker-${++this.#started}`;
    return spawn(process.execPath, [WORKER, this.proxy.url, name], { stdio: "ignore" });
  }

  async stop(): Promise<void> {
    for (const worker of this.#workers) worker.kill("SIGKILL");
    this.proxy.close();
    await this.server.remove();
    await rm(this.folder, { recursive: true, force: true });
  }
}

/** The built program, also where this file runs from its source. */
const built = import.meta.url.includes("/dist/bench/") ? "./worker.js" : "../../dist/bench/faults/worker.js";
const WORKER = fileURLToPath(new URL(built, import.meta.url));
