import type { Clock } from "./clock.js";
import type { Line } from "./line.js";
import type { QueueModel } from "./model.js";
import type { Station } from "./station.js";

/** What submitter and workers share. */
export interface World {
  readonly model: QueueModel;
  readonly clock: Clock;
  readonly redis: Station;
  /** Jobs that nobody has, as the seconds of their work. */
  readonly waiting: Line<number>;
  /** Results that the submitter has not collected. */
  results: number;
  /** Work that died with workers, and how many of those had jobs. */
  lost: number;
  deaths: number;
  /** Whether the submitter has queued all jobs. */
  isQueued: boolean;
  /** See `Outcome`; undefined before. */
  emptied: number | undefined;
}

/** Asks Redis for something that takes it so long; the answer comes back after a round trip. */
export function ask({ clock, redis, model }: World, seconds: number, answered: () => void): void {
  const half = model.costs.roundTrip / 2;
  clock.after(half, () => redis.serve(seconds, () => clock.after(half, answered)));
}
