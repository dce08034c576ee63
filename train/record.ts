/** Sums over the examples of an epoch. */
export interface EpochSums {
  readonly examples: number;
  readonly loss: number;
  readonly accuracy: number;
  /** Time spent in steps. */
  readonly seconds: number;
}

export const NOTHING_YET: EpochSums = { examples: 0, loss: 0, accuracy: 0, seconds: 0 };

/** What a caller of `train` may want to know while it runs. */
export interface TrainHooks {
  onStep?(progress: StepProgress): void;
  onEpoch?(record: EpochRecord): void | Promise<void>;
}

/** One step by itself. */
export interface StepRecord {
  readonly examples: number;
  /** Mean of the objective over the examples, in nats. */
  readonly loss: number;
  /** Fraction of the copies learned from that were classified correctly. */
  readonly accuracy: number;
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
  readonly accuracy: number;
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
  /** Fraction of the copies learned from that were classified correctly. */
  readonly accuracy: number;
  /** What the schedule says at the beginning of the epoch. */
  readonly lr: number;
  /** Name of the objective; `gaussian` in the warm-up. */
  readonly objective: string;
  /** Examples (not copies) a second. */
  readonly imagesPerSecond: number;
  readonly seconds: number;
}

/** The sums with one step more. */
export function withStep(sums: EpochSums, { examples, loss, accuracy, seconds }: StepRecord): EpochSums {
  return {
    examples: sums.examples + examples,
    loss: sums.loss + loss * examples,
    accuracy: sums.accuracy + accuracy * examples,
    seconds: sums.seconds + seconds,
  };
}

export function means(sums: EpochSums): { loss: number; accuracy: number; imagesPerSecond: number } {
  const { examples, loss, accuracy, seconds } = sums;
  return { loss: loss / examples, accuracy: accuracy / examples, imagesPerSecond: examples / seconds };
}
