import { CounterRandom, STREAM } from "smoothcert";
import { Clock } from "./clock.js";
import { Line } from "./line.js";
import type { Outcome, QueueModel } from "./model.js";
import { Station } from "./station.js";
import { SimulatedSubmitter } from "./submitter.js";
import { SimulatedWorker } from "./worker.js";
import type { World } from "./world.js";

/** One certification by a queue, from the first job queued to the last result collected. */
export function simulate(model: QueueModel): Outcome {
  const clock = new Clock();
  const world: World = {
    ...{ model, clock, redis: new Station(clock), waiting: new Line<number>() },
    ...{ results: 0, lost: 0, deaths: 0, isQueued: false, emptied: undefined },
  };
  const random = (example: number): CounterRandom =>
    new CounterRandom({ seed: model.seed, stream: STREAM.theory, example, sample: 0 });
  const submitter = new SimulatedSubmitter(world, random(0));
  const workers = Array.from({ length: model.workers }, (_, i) => new SimulatedWorker(world, random(i + 1)));
  for (const worker of workers) worker.arrive();
  submitter.start();
  const isOver = (): boolean => world.emptied !== undefined || submitter.isDone;
  const useful = (): number => workers.reduce((sum, worker) => sum + worker.useful, 0);
  clock.run(() => isOver() || clock.now > model.settling);
  const [settled, before] = [clock.now, useful()];
  clock.run(isOver);
  const [emptied, after] = [clock.now, useful()];
  clock.run(() => submitter.isDone);
  const { now: seconds } = clock;
  return {
    seconds,
    work: submitter.work,
    lost: world.lost,
    deaths: world.deaths,
    redis: world.redis.busy / seconds,
    submitter: submitter.busy / seconds,
    collected: submitter.collected,
    emptied,
    used: (after - before) / ((emptied - settled) * model.workers),
  };
}
