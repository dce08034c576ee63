import type { ValidationRecord } from "./validation/record.js";
import type { TestRecord } from "./validation/test-set.js";

/** Sums over the examples of an epoch. */
export interface EpochSums {
  readonly examples: number;
  /** Time spent in steps. */
  readonly seconds: number;
  readonly loss: number;
  /** Of each scalar that the objective logs. */
  readonly log: Scalars;
}

/** Scalars by the names that objectives log them under; see `ObjectiveLog`. */
export type Scalars = Readonly<Record<string, number>>;

export const NOTHING_YET: EpochSums = { examples: 0, seconds: 0, loss: 0, log: {} };

/** What a caller of `train` may want to know while it runs. Steps are told of once their values are read, in order. */
export interface TrainHooks {
  onStep?(progress: StepProgress): void;
  onEpoch?(record: EpochRecord): void | Promise<void>;
}

/** One step by itself. */
export interface StepRecord {
  readonly examples: number;
  /** Mean of the objective over the examples, in nats. */
  readonly loss: number;
  /** Means over the examples of what the objective logs. */
  readonly log: Scalars;
  /** Learning rate of the step. */
  readonly lr: number;
  readonly seconds: number;
}

/** Where training stands after a step; means are over the epoch so far. */
export interface StepProgress {
  /** Epoch under way, counted from 1. */
  readonly epoch: number;
  /** Steps done in it. */
  readonly step: number;
  /** Steps in an epoch. */
  readonly steps: number;
  readonly loss: number;
  readonly log: Scalars;
  readonly imagesPerSecond: number;
  /** The step that was just made. */
  readonly last: StepRecord;
}

/** One line of the history. */
export interface EpochRecord {
  /** Counted from 1. */
  readonly epoch: number;
  /** Mean of the objective over the examples, in nats, each taken in its step. */
  readonly loss: number;
  /** Means over the examples of what the objective logs, e.g. `accuracy`. */
  readonly log: Scalars;
  /** What the schedule says at the beginning of the epoch. */
  readonly lr: number;
  /** Name of the objective; `gaussian` in the warm-up. */
  readonly objective: string;
  /** Examples (not copies) a second. */
  readonly imagesPerSecond: number;
  /** Spent in steps. */
  readonly seconds: number;
  /** What the images held back say of the model after the epoch, where it was validated. */
  readonly validation?: ValidationRecord | undefined;
  /** What the test set says of it, where that was asked for. */
  readonly test?: TestRecord | undefined;
}

/** The sums with one step more. */
export function withStep(sums: EpochSums, { examples, loss, log, seconds }: StepRecord): EpochSums {
  return {
    examples: sums.examples + examples,
    seconds: sums.seconds + seconds,
    loss: sums.loss + loss * examples,
    log: mapScalars(log, (mean, name) => (sums.log[name] ?? 0) + mean * examples),
  };
}

export function means({ examples, seconds, loss, log }: EpochSums): {
  loss: number;
  log: Scalars;
  imagesPerSecond: number;
} {
  return {
    loss: loss / examples,
    log: mapScalars(log, (sum) => sum / examples),
    imagesPerSecond: examples / seconds,
  };
}

function mapScalars(scalars: Scalars, change: (value: number, name: string) => number): Scalars {
  return Object.fromEntries(Object.entries(scalars).map(([name, value]) => [name, change(value, name)]));
}
