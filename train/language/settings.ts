import { z } from "zod";
import { completeOptions, type DeclaredOption, optionsOf } from "../declared-options.js";
import { defaultWarmup } from "../schedule.js";

/**
 * All that decides what a training of a language model computes beside its data: an option each, with its range, its
 * default and what it is. Flags, help, checks and the run's configuration follow from this.
 */
const count = (least: number, fallback: number, text: string) => z.int().min(least).default(fallback).describe(text);
const rate = (fallback: number, text: string) => z.number().min(0).lt(1).default(fallback).describe(text);
const amount = (fallback: number, text: string) => z.number().min(0).default(fallback).describe(text);

const MODEL = z.object({
  level: z.enum(["word", "character"]).default("word").describe("what the text is read as: word or character"),
  vocabulary: count(2, 10_000, "largest vocabulary: the most frequent tokens, <unk> included"),
  embedding: count(1, 128, "numbers that stand for a token; units of the last layer"),
  hidden: count(1, 256, "units of the other layers"),
  layers: count(1, 2, "layers of the LSTM"),
});

const MAXUP = z.object({
  copies: count(1, 1, "MaxUp: random copies of a sequence, of which the worst is learned from; 1 is plain training"),
  dropoutEmbedding: rate(0.1, "probability that a word is dropped from a copy, wherever it stands"),
  embeddingNoise: amount(0, "standard deviation of Gaussian noise on a copy's embeddings"),
  warmup: z.int().min(0).optional().describe("first epochs on one copy, by default 5, but at most a quarter of all"),
});

const REGULARISATION = z.object({
  dropoutInput: rate(0.4, "dropout of embeddings, the same at all time steps"),
  dropoutHidden: rate(0.25, "likewise, between layers"),
  dropoutOutput: rate(0.4, "likewise, of the last layer's outputs"),
  weightDrop: rate(0.5, "dropout of recurrent weights (DropConnect)"),
  alpha: amount(2, "penalty on the size of the last layer's outputs"),
  beta: amount(1, "penalty on their change from one time step to the next"),
  weightDecay: amount(1.2e-6, "weight decay"),
});

const OPTIMISATION = z.object({
  epochs: count(1, 20, "passes over the training text"),
  batch: count(1, 20, "streams of text read side by side"),
  bptt: count(1, 70, "time steps through which gradients go back, varied from step to step"),
  lr: z.number().gt(0).default(30).describe("learning rate for pieces of --bptt steps, in proportion for others"),
  clip: z.number().gt(0).default(0.25).describe("largest norm of a step's gradients"),
  patience: count(0, 5, "epochs without a better validation after which weights are averaged (NT-ASGD)"),
  seed: count(0, 0, "seed of weights, dropout, copies and lengths"),
});

/** The groups of options, as the help shows them. */
const GROUPS: readonly (readonly [heading: string, options: z.ZodObject])[] = [
  ["Text and model:", MODEL],
  ["MaxUp:", MAXUP],
  ["Regularisation:", REGULARISATION],
  ["Optimisation:", OPTIMISATION],
];

const SCHEMA = MODEL.extend(MAXUP.shape).extend(REGULARISATION.shape).extend(OPTIMISATION.shape);

/** Settings with every option given. */
export type LanguageSettings = { readonly [Name in keyof Parsed]-?: Exclude<Parsed[Name], undefined> };

type Parsed = z.output<typeof SCHEMA>;

/** Settings as they are asked for. */
export type GivenLanguageSettings = { readonly [Name in keyof LanguageSettings]?: LanguageSettings[Name] | undefined };

/** The options by group, for the command line. */
export function languageOptions(): readonly (readonly [heading: string, options: readonly DeclaredOption[]])[] {
  return GROUPS.map(([heading, options]) => [heading, optionsOf({ options })]);
}

/** The published settings that defaults are named after (Merity et al. 2017, Penn Treebank), but for the sizes. */
export function completeLanguageSettings(given: GivenLanguageSettings, where = "train-lm"): LanguageSettings {
  const options = completeOptions({ options: SCHEMA }, given, "language models", where);
  const settings = options as unknown as Parsed;
  return { ...settings, warmup: settings.warmup ?? defaultWarmup(settings.epochs) };
}

/** Copies of each sequence in an epoch, counted from 0. */
export function copiesIn({ copies, warmup }: LanguageSettings, epoch: number): number {
  return epoch < warmup ? 1 : copies;
}
