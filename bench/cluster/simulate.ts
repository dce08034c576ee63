import { MEASURED } from "./simulation/measured.js";
import { type Costs, type Outcome, type QueueModel, RULES } from "./simulation/model.js";
import { simulate } from "./simulation/simulate.js";

/**
 * A queue on Redis with 1 to 10,000 workers, simulated: node dist/bench/cluster/simulate.js [TABLE ...], after `npm
 * run build`. Tables in Markdown, with the service times of simulation/measured.ts. The work of jobs differs by up to
 * 10 % either way.
 */

const WORKERS = [1, 10, 100, 1000, 10_000];
/** Of an image at n = 100,000 on one GPU: the mean of the times in Cohen et al.'s log, see docs/imagenet.md. */
const IMAGE_SECONDS = 151.5;
const IMAGES = 50_000;

function model(workers: number, jobs: number, seconds: number, costs: Costs): QueueModel {
  return {
    ...{
      workers,
      jobs,
      costs,
      arrival: RULES.longestPause,
      settling: settlingOf(workers),
      atOnce: 4,
      lifetime: Infinity,
      restart: 30,
      seed: 0,
    },
    jobSeconds: (random) => seconds * (0.9 + 0.2 * random.uniform()),
  };
}

/** Workers come, and each is handed four jobs: some 0.4 ms of Redis each, while the submitter goes on queueing. */
function settlingOf(workers: number): number {
  return 2 * RULES.longestPause + 0.005 * workers;
}

const row = (cells: readonly (string | number)[]): void => console.log(`| ${cells.join(" | ")} |`);
const head = (cells: readonly (string | number)[]): void => {
  row(cells);
  row(cells.map(() => "---"));
};
const percent = (share: number): string => `${(100 * share).toFixed(share < 0.0995 ? 1 : 0)} %`;

/** Jobs of no work at all: what Redis and the submitter can do. */
function saturation(): void {
  console.log("\nJobs without work:\n");
  head(["workers", "jobs/s", "Redis busy", "submitter busy"]);
  for (const workers of [1, 2, 3, 5, 10, 100, 1000]) {
    const { seconds, redis, submitter } = simulate(model(workers, 20_000, 0, MEASURED));
    row([workers, Math.round(20_000 / seconds), percent(redis), percent(submitter)]);
  }
}

/** Jobs a second, far beyond what Redis can do, that would only take long to simulate. */
const TOO_MANY = 5000;

/** What part of the workers' time the queue costs, by workers and seconds of a job. */
function overhead(): void {
  const seconds = [0.1, 0.3, 1, 3, 10, 30, 100];
  console.log("\nWorkers' time that the queue costs while jobs wait, by seconds of a job:\n");
  head(["workers", ...seconds.map((each) => `${each} s`)]);
  for (const workers of WORKERS) {
    const cells = seconds.map((each) => {
      if (workers / each > TOO_MANY) return "-";
      const jobs = Math.ceil((workers * (settlingOf(workers) + Math.max(20, 5 * each))) / each);
      return percent(1 - simulate(model(workers, jobs, each, MEASURED)).used);
    });
    row([workers, ...cells]);
  }
}

/** What deaths cost 100 workers, by how long one lives. */
function deaths(): void {
  console.log("\nDeaths, 100 workers, a worker back after 30 s; beyond the time without deaths:\n");
  head(["seconds of a job", "a worker lives", "deaths", "work lost a death", "work lost", "longer by"]);
  for (const seconds of [15, 150]) {
    const jobs = Math.round(100 * (7200 / seconds));
    const undisturbed = simulate(model(100, jobs, seconds, MEASURED));
    for (const [lifetime, text] of [
      [3600, "1 h"],
      [6 * 3600, "6 h"],
      [24 * 3600, "24 h"],
    ] as const) {
      const outcome = simulate({ ...model(100, jobs, seconds, MEASURED), lifetime });
      const each = outcome.deaths === 0 ? "-" : `${(outcome.lost / outcome.deaths).toFixed(1)} s`;
      const longer = percent(outcome.seconds / undisturbed.seconds - 1);
      row([seconds, text, outcome.deaths, each, percent(outcome.lost / outcome.work), longer]);
    }
  }
}

/** All of ImageNet's images, whole or in jobs of twenty blocks. */
function imagenet(): void {
  console.log(`\n${IMAGES} images of ${IMAGE_SECONDS} s:\n`);
  head(["workers", "blocks of a job", "jobs", "hours", "of the workers' time used", "Redis busy", "submitter busy"]);
  for (const workers of WORKERS) {
    for (const blocks of workers < 10_000 ? [100] : [100, 20]) {
      const jobs = (IMAGES * 100) / blocks;
      const outcome: Outcome = simulate(model(workers, jobs, (IMAGE_SECONDS * blocks) / 100, MEASURED));
      const { seconds, work, redis, submitter } = outcome;
      const used = percent(work / (seconds * workers));
      row([workers, blocks, jobs, (seconds / 3600).toFixed(2), used, percent(redis), percent(submitter)]);
    }
  }
}

const TABLES = { saturation, overhead, deaths, imagenet };
const asked = process.argv.slice(2);
for (const [name, write] of Object.entries(TABLES)) if (asked.length === 0 || asked.includes(name)) write();
