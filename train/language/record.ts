import { z } from "zod";

/** One line of the history of a language model's training. */
export interface LanguageEpochRecord {
  /** Counted from 1. */
  readonly epoch: number;
  /** `maxup`, or `plain` where sequences have one copy. */
  readonly objective: string;
  /** Mean cross-entropy of the tokens learned from, in nats, each taken in its step and with dropout. */
  readonly loss: number;
  /** Mean cross-entropy of the validation text after the epoch, in nats, by averaged weights where there are any. */
  readonly valid: number;
  /** Whether the weights have been averaged. */
  readonly averaged: boolean;
  readonly tokensPerSecond: number;
  /** Spent in steps. */
  readonly seconds: number;
}

export const languageRecordSchema: z.ZodType<LanguageEpochRecord> = z.object({
  epoch: z.number(),
  objective: z.string(),
  loss: z.number(),
  valid: z.number(),
  averaged: z.boolean(),
  tokensPerSecond: z.number(),
  seconds: z.number(),
});

/** Where training stands after a step; means are over the epoch so far. */
export interface LanguageProgress {
  /** Epoch under way, counted from 1. */
  readonly epoch: number;
  /** Steps done in it, and those of all of it. */
  readonly step: number;
  readonly steps: number;
  /** Steps since the start of the training. */
  readonly update: number;
  /** Tokens learned from in the epoch. */
  readonly tokens: number;
  readonly loss: number;
  readonly tokensPerSecond: number;
  /** Mean cross-entropy of the last step alone. */
  readonly last: number;
}

/** What a caller may want to know of a training as it goes. */
export interface LanguageTrainHooks {
  onStep?(progress: LanguageProgress): void;
  /** Called after an epoch's steps, before it is validated. */
  onValidation?(epoch: number): void;
  onEpoch?(record: LanguageEpochRecord): void;
}
