import fc from "fast-check";
import { CounterRandom, STREAM } from "smoothcert";
import { describe, expect, it } from "vitest";
import { Clock } from "../../bench/cluster/simulation/clock.js";
import { type Costs, FREE, type QueueModel } from "../../bench/cluster/simulation/model.js";
import { SharedProcessor } from "../../bench/cluster/simulation/shared-processor.js";
import { simulate } from "../../bench/cluster/simulation/simulate.js";
import { Station } from "../../bench/cluster/simulation/station.js";
import { runSeed } from "../laws/seed.js";

const MODEL: QueueModel = {
  workers: 1,
  arrival: 0,
  settling: 0,
  jobs: 50,
  jobSeconds: () => 3,
  atOnce: 4,
  costs: FREE,
  lifetime: Infinity,
  restart: 5,
  seed: 0,
};

const COSTS: Costs = {
  roundTrip: 0.001,
  redis: { enqueue: 0.001, take: 0.002, complete: 0.003, renew: 0.001, collect: 0.001, nothing: 0.001 },
  submitter: { enqueue: 0.002, collect: 0.004 },
  worker: 0.01,
};

/** Sums of many moments are rounded. */
const ROUNDING = 1e-6;

function expectBetween(seconds: number, least: number, more: number): void {
  expect(seconds).toBeGreaterThan(least - ROUNDING);
  expect(seconds).toBeLessThan(least + more);
}

const random = (example: number): CounterRandom =>
  new CounterRandom({ seed: runSeed, stream: STREAM.theory, example, sample: 0 });
const exponential =
  (mean: number) =>
  (draws: CounterRandom): number =>
    -mean * Math.log(draws.uniform());

/** Seconds that each of `count` customers waits who come at random, `rate` a second. */
function waits(count: number, rate: number, service: () => number, draws: CounterRandom): number[] {
  const clock = new Clock();
  const station = new Station(clock);
  const waited: number[] = [];
  const arrive = (): void => {
    const [came, seconds] = [clock.now, service()];
    station.serve(seconds, () => waited.push(clock.now - came - seconds));
    clock.after(exponential(1 / rate)(draws), arrive);
  };
  arrive();
  clock.run(() => waited.length >= count);
  return waited;
}

/** The mean, and its standard error by the means of 40 runs of customers, which are nearly independent. */
function meanOf(waited: readonly number[]): { mean: number; error: number } {
  const size = waited.length / 40;
  const average = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length;
  const means = Array.from({ length: 40 }, (_, i) => average(waited.slice(i * size, (i + 1) * size)));
  const mean = average(means);
  return { mean, error: Math.sqrt(average(means.map((each) => (each - mean) ** 2)) / 39) };
}

describe("the simulated clock", () => {
  it("does what is next, and of one moment what was asked for first", () => {
    const moments = fc.array(fc.nat(9), { minLength: 1, maxLength: 60 });
    fc.assert(
      fc.property(moments, (all) => {
        const clock = new Clock();
        const seen: [number, number][] = [];
        for (const [i, at] of all.entries()) clock.after(at, () => seen.push([clock.now, i]));
        clock.run(() => false);
        expect(seen).toEqual(all.map((at, i) => [at, i]).sort(([a, i], [b, j]) => a - b || i - j));
      }),
    );
    expect(() => new Clock().after(Number.NaN, () => {})).toThrow(RangeError);
  });
});

describe("a simulated station", () => {
  const [COUNT, RATE, SERVICE] = [40_000, 0.5, 1];
  // Each is wrong by chance once in a million runs: Student's t of 39 degrees of freedom exceeds 5.8 so rarely.
  const T = 5.8;

  it("lets customers wait as Pollaczek and Khinchine say, for a service of one length (M/D/1)", () => {
    const { mean, error } = meanOf(waits(COUNT, RATE, () => SERVICE, random(0)));
    const load = RATE * SERVICE;
    expect(Math.abs(mean - (load * SERVICE) / (2 * (1 - load)))).toBeLessThan(T * error);
  });

  it("and for an exponential one (M/M/1)", () => {
    const draws = random(1);
    const { mean, error } = meanOf(waits(COUNT, RATE, () => exponential(SERVICE)(draws), random(2)));
    const load = RATE * SERVICE;
    expect(Math.abs(mean - (load * SERVICE) / (1 - load))).toBeLessThan(T * error);
  });
});

describe("a simulated machine that jobs share", () => {
  it("ends each when the others have had as much, and all at the sum of their work", () => {
    const clock = new Clock();
    const machine = new SharedProcessor(clock);
    const ends: [string, number][] = [];
    for (const [name, seconds] of [
      ["b", 2],
      ["a", 1],
      ["c", 3],
    ] as const) {
      machine.start(seconds, () => ends.push([name, clock.now]));
    }
    clock.run(() => false);
    // Three share until each has had 1 s, two until they have had 2 s.
    expect(ends).toEqual([
      ["a", 3],
      ["b", 5],
      ["c", 6],
    ]);
    machine.start(4, () => ends.push(["d", clock.now]));
    machine.start(4, () => ends.push(["e", clock.now]));
    clock.after(3, () => {
      expect(machine.stop()).toBeCloseTo(3, 12);
      expect(machine.jobs).toBe(0);
    });
    clock.run(() => false);
    expect(ends).toHaveLength(3);
  });
});

describe("a simulated queue", () => {
  it("without costs takes one worker the work of all jobs, and k workers a k-th of it", () => {
    const one = simulate(MODEL);
    // The submitter looks five times a second.
    expect(one).toMatchObject({ work: 150, lost: 0, collected: 50 });
    // It finds no job at first, and looks again after 20 ms.
    expect(one.used).toBeGreaterThan(1 - 0.021 / 138);
    expectBetween(one.seconds, 150, 0.5);
    const ten = simulate({ ...MODEL, workers: 10, jobs: 400 });
    expectBetween(ten.seconds, 120, 0.5);
  });

  it("is bound by whoever has the most to do: a worker, Redis, the submitter", () => {
    const [jobs, workers] = [400, 50];
    const cheap = { ...MODEL, jobs, workers, jobSeconds: () => 0.001 };
    const { redis, submitter } = COSTS;
    const slowRedis = simulate({ ...cheap, costs: { ...FREE, redis: { ...redis, nothing: 0 } } });
    const perJob = redis.enqueue + redis.take + redis.complete + redis.collect;
    expectBetween(slowRedis.seconds, jobs * perJob, 1);
    const slowSubmitter = simulate({ ...cheap, costs: { ...FREE, submitter } });
    const work = jobs * (submitter.enqueue + submitter.collect);
    expectBetween(slowSubmitter.seconds, work, 1);
    const slowWorker = simulate({ ...cheap, workers: 1, costs: { ...FREE, worker: 1 } });
    expectBetween(slowWorker.seconds, jobs * 1.001, 0.5);
  });

  it("loses no job and counts none twice, whoever dies; it is a function of its seed", () => {
    const settings = fc.record({
      workers: fc.integer({ min: 1, max: 8 }),
      jobs: fc.integer({ min: 1, max: 60 }),
      atOnce: fc.integer({ min: 1, max: 5 }),
      lifetime: fc.constantFrom(40, 200, Infinity),
      seed: fc.nat(1000),
    });
    fc.assert(
      fc.property(settings, (asked) => {
        const model = { ...MODEL, ...asked, costs: COSTS, jobSeconds: exponential(2) };
        const outcome = simulate(model);
        const { seconds, work, lost, redis, submitter, used, collected, deaths } = outcome;
        expect(collected).toBe(asked.jobs);
        expect(seconds * asked.workers).toBeGreaterThan(work - ROUNDING);
        expect(used > 1 + ROUNDING).toBe(false);
        for (const share of [redis, submitter]) expect(share > 0 && share < 1 + ROUNDING).toBe(true);
        expect(deaths > 0 || lost === 0).toBe(true);
        if (asked.lifetime === Infinity) expect([deaths, lost]).toEqual([0, 0]);
        expect(simulate(model)).toEqual(outcome);
        expect(simulate({ ...model, seed: model.seed + 1 }).work).not.toBe(work);
      }),
      { numRuns: 40 },
    );
  });

  it("loses by a death the work that the worker had begun, and a lease and a half at most", () => {
    const model = { ...MODEL, jobs: 8, atOnce: 1, jobSeconds: () => 100, lifetime: 300, restart: 0, seed: runSeed };
    const outcome = simulate(model);
    expect(outcome.lost).toBeLessThanOrEqual(100 * outcome.deaths);
    const most = 800 + outcome.lost + outcome.deaths * (45 + 5) + 0.5;
    expect(outcome.seconds).toBeLessThanOrEqual(most);
  });
});
