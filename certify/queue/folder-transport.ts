import { randomBytes } from "node:crypto";
import { mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { writeWhole } from "../../src/index.js";
import { FolderClaims } from "./folder-claims.js";
import { type Job, jobId } from "./plan.js";
import {
  ATTEMPTS,
  type Claim,
  DEATHS,
  type Delivery,
  type Failure,
  LEASE_SECONDS,
  type LeaseOptions,
  PAUSE_SECONDS,
  type Published,
  type QueueStatus,
  type Transport,
} from "./transport.js";

/**
 * A queue in a folder that all machines share, without any server: plans, jobs and results are files, and so are claims
 * on jobs.
 */
const FOLDERS = ["plans", "jobs", "claims", "attempts", "failed", "results"] as const;

/** Results that are handed out at a time. */
const AT_ONCE = 200;

/** @param path of the folder, made if need be */
export async function folderTransport(path: string, options: LeaseOptions = {}): Promise<Transport> {
  for (const folder of FOLDERS) await mkdir(join(path, folder), { recursive: true });
  return new FolderTransport(path, (options.seconds ?? LEASE_SECONDS) * 1000);
}

class FolderTransport implements Transport {
  readonly name: string;
  readonly #claims: FolderClaims;
  /** Jobs that this process failed at, and until when it leaves them to others. */
  readonly #avoided = new Map<string, number>();

  constructor(
    readonly path: string,
    lease: number,
  ) {
    this.name = `dir:${path}`;
    this.#claims = new FolderClaims(join(path, "claims"), lease);
  }

  async publish(plan: Published): Promise<void> {
    await writeWhole(this.#at("plans", `${plan.id}.json`), JSON.stringify(plan));
    await mkdir(this.#at("results", plan.id), { recursive: true });
  }

  async enqueue(jobs: readonly Job[]): Promise<void> {
    const failed = new Set(await readdir(this.#at("failed")));
    for (const job of jobs) {
      const name = fileOf(job);
      if (!failed.has(name)) await this.#put(this.#at("jobs", name), JSON.stringify(job));
    }
  }

  async collect(plan: string): Promise<readonly Delivery[]> {
    const names = (await namesIn(this.#at("results", plan))).filter((name) => name.endsWith(".json")).sort();
    const read = async (key: string): Promise<Delivery> => {
      return { key, text: await readFile(this.#at("results", plan, key), "utf8") };
    };
    return Promise.all(names.slice(0, AT_ONCE).map(read));
  }

  async acknowledge(plan: string, deliveries: readonly Delivery[]): Promise<void> {
    await Promise.all(deliveries.map(({ key }) => rm(this.#at("results", plan, key), { force: true })));
  }

  async takeFailures(plan: string): Promise<readonly Failure[]> {
    const failures: Failure[] = [];
    for (const name of (await namesIn(this.#at("failed"))).filter((each) => each.endsWith(".json"))) {
      const failure = JSON.parse(await readFile(this.#at("failed", name), "utf8")) as Failure;
      if ((failure.job as Partial<Job> | null)?.plan !== plan) continue;
      failures.push(failure);
      await rm(this.#at("failed", name), { force: true });
    }
    return failures;
  }

  async withdraw(plan: string): Promise<void> {
    await rm(this.#at("plans", `${plan}.json`), { force: true });
    await rm(this.#at("results", plan), { recursive: true, force: true });
  }

  async plan(id: string): Promise<unknown> {
    const text = await readFile(this.#at("plans", `${id}.json`), "utf8").catch(() => undefined);
    return text === undefined ? undefined : JSON.parse(text);
  }

  async take(worker: string): Promise<Claim | undefined> {
    const jobs = (await readdir(this.#at("jobs"))).filter((name) => name.endsWith(".json")).sort();
    const claims = await this.#claims.last();
    const now = performance.now();
    const open = jobs.filter((name) => !(now < (this.#avoided.get(name) ?? 0)));
    for (const name of open.filter((each) => !claims.has(each))) {
      const claim = await this.#claim(name, 1, worker);
      if (claim !== undefined) return claim;
    }
    for (const name of open) {
      const number = claims.get(name);
      if (number === undefined || !(await this.#claims.isDead(name, number))) continue;
      const claim = await this.#claim(name, number + 1, worker);
      if (claim !== undefined) return claim;
    }
    return undefined;
  }

  async status(): Promise<QueueStatus> {
    const [jobs, claims] = [await readdir(this.#at("jobs")), await this.#claims.last()];
    const ids = (await readdir(this.#at("plans"))).filter((name) => name.endsWith(".json"));
    const plans = ids.map(async (name) => {
      const id = name.replace(/\.json$/, "");
      return { plan: await this.plan(id), results: (await namesIn(this.#at("results", id))).length };
    });
    const active = jobs.filter((name) => claims.has(name)).length;
    const failed = (await readdir(this.#at("failed"))).length;
    return { waiting: jobs.length - active, active, failed, plans: await Promise.all(plans) };
  }

  async close(): Promise<void> {}

  async #claim(name: string, number: number, worker: string): Promise<Claim | undefined> {
    if (!(await this.#claims.create(name, number))) return undefined;
    const text = await readFile(this.#at("jobs", name), "utf8").catch(() => undefined);
    if (text === undefined) {
      await this.#claims.removeUpTo(name, number); // It was done between the two looks.
      return undefined;
    }
    const job = parsed(text);
    if (number > DEATHS) {
      await this.#giveUp(name, job, [`its worker ended, or was cut off, ${DEATHS} times`]);
      return undefined;
    }
    return {
      job,
      renew: () => this.#claims.touch(name, number),
      complete: async (plan, result) => {
        await writeWhole(this.#at("results", plan, `${name.slice(0, -5)}-${randomName()}.json`), result);
        await rm(this.#at("jobs", name), { force: true });
        await this.#claims.removeUpTo(name, number);
        await this.#removeAttempts(name);
      },
      fail: (problem) => this.#fail(name, number, job, `${worker}: ${problem}`),
      release: () => this.#claims.remove(name, number),
    };
  }

  async #fail(name: string, number: number, job: unknown, problem: string): Promise<void> {
    await this.#put(this.#at("attempts", `${name}.${randomName()}`), problem);
    this.#avoided.set(name, performance.now() + PAUSE_SECONDS * 1000);
    const attempts = await this.#attempts(name);
    const problems = await Promise.all(attempts.map((file) => readFile(this.#at("attempts", file), "utf8")));
    if (problems.length >= ATTEMPTS) return this.#giveUp(name, job, problems);
    await this.#claims.removeUpTo(name, number);
  }

  async #giveUp(name: string, job: unknown, problems: readonly string[]): Promise<void> {
    await this.#put(this.#at("failed", name), JSON.stringify({ job, problems }));
    await rm(this.#at("jobs", name), { force: true });
    await this.#claims.removeUpTo(name, DEATHS + 1);
    await this.#removeAttempts(name);
  }

  async #attempts(name: string): Promise<string[]> {
    return (await readdir(this.#at("attempts"))).filter((file) => file.startsWith(`${name}.`) && !isTemporary(file));
  }

  async #removeAttempts(name: string): Promise<void> {
    for (const file of await this.#attempts(name)) await rm(this.#at("attempts", file), { force: true });
  }

  /** Writes a small file so that nobody reads a part of it. */
  async #put(path: string, text: string): Promise<void> {
    const temporary = `${path}.${randomName()}.tmp`;
    await writeFile(temporary, text, { flag: "wx" });
    await rename(temporary, path);
  }

  #at(folder: (typeof FOLDERS)[number], ...names: readonly string[]): string {
    return join(this.path, folder, ...names);
  }
}

/** In the order of images and blocks. */
function fileOf(job: Job): string {
  const { idx, blocks } = job.unit;
  const order = [idx, blocks?.from ?? 0].map((number) => String(number).padStart(8, "0"));
  return `${order.join("-")}-${jobId(job)}.json`;
}

function isTemporary(name: string): boolean {
  return name.endsWith(".tmp");
}

function randomName(): string {
  return randomBytes(6).toString("hex");
}

async function namesIn(folder: string): Promise<string[]> {
  return readdir(folder).catch(() => []);
}

/** The job in a text; the text itself where it is no JSON, for whoever checks it. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
