import * as tf from "@tensorflow/tfjs-core";
import { type Corpus, InterruptedError } from "../../src/index.js";
import { DivergenceError } from "../divergence-error.js";
import { type EpochSums, NOTHING_YET, withStep } from "../record.js";
import type { NamedTensor } from "../safetensors.js";
import { capture } from "../state.js";
import { StepValues, stepsAhead } from "../step-values.js";
import { type LanguageArchitecture, layerSizes, namedWeights, weightShapes } from "./architecture.js";
import { initialWeights } from "./initial-weights.js";
import { learn } from "./learn.js";
import { emptyState, type LanguageState } from "./network.js";
import { AveragedSgd, epochsBeforeAveraging } from "./optimizer.js";
import type { LanguageEpochRecord, LanguageTrainHooks } from "./record.js";
import { type Segment, type Streams, segmentsOf, streamsOf } from "./segments.js";
import { copiesIn, type LanguageSettings } from "./settings.js";
import { type LanguageTrainState, variablesOf } from "./state.js";
import { textLoss } from "./text-loss.js";

/** Streams of the validation text that are read side by side. */
const VALIDATION_STREAMS = 10;

export interface LanguageTrainOptions {
  readonly settings: LanguageSettings;
  readonly corpus: Corpus;
  /** Where to go on; without it training starts with weights drawn from the seed. */
  readonly resume?: LanguageTrainState | undefined;
  /** Validation losses of the epochs before, in order. */
  readonly pastLosses?: readonly number[];
  readonly hooks?: LanguageTrainHooks;
  /** Keeps states: at the end of each epoch and on interruption, all or nothing. */
  save(state: LanguageTrainState): Promise<void>;
  /** How messages name the place where states are kept. */
  readonly where: string;
  /** Called after each epoch with its record and the weights that were validated, before the state is kept. */
  keep(record: LanguageEpochRecord, weights: readonly NamedTensor[]): Promise<void>;
  /** When aborted, training saves its state after the step under way and throws InterruptedError. */
  readonly signal?: AbortSignal | undefined;
}

/** The sizes of the model that settings and text ask for. */
export function architectureOf({ embedding, hidden, layers }: LanguageSettings, corpus: Corpus): LanguageArchitecture {
  return { vocabulary: corpus.vocabulary.size, embedding, hidden, layers };
}

/**
 * Trains an AWD-LSTM (Merity et al. 2017), with MaxUp (Gong et al. 2020) where sequences have several copies. All
 * random numbers are functions of the seed and of the number of the epoch or the step: a training that was stopped and
 * goes on from its last state ends with the same weights, bit for bit, as one that was not, on the same engine.
 *
 * @throws DivergenceError if a loss or a weight is NaN or infinite. Nothing that comes after that step is saved
 * @throws InterruptedError after `signal` was aborted and the state saved
 */
export async function trainLanguageModel(options: LanguageTrainOptions): Promise<LanguageEpochRecord[]> {
  const training = new Training(options);
  try {
    return await training.run();
  } finally {
    training.dispose();
  }
}

class Training {
  readonly #options: LanguageTrainOptions;
  readonly #architecture: LanguageArchitecture;
  readonly #sgd: AveragedSgd;
  readonly #streams: Streams;
  readonly #values = new StepValues(stepsAhead());
  readonly #losses: number[];
  #segments: Segment[] = [];
  #memory: LanguageState;
  #epoch: number;
  #step: number;
  #update: number;
  #sums: EpochSums;

  constructor(options: LanguageTrainOptions) {
    const { settings, corpus, resume, pastLosses = [] } = options;
    this.#options = options;
    this.#architecture = architectureOf(settings, corpus);
    const shapes = weightShapes(this.#architecture);
    const weights = resume?.weights ?? initialWeights(this.#architecture, settings.seed);
    this.#sgd = new AveragedSgd(variablesOf(weights, shapes, true));
    if (resume !== undefined && resume.averaged > 0) {
      this.#sgd.restore(variablesOf(resume.averages, shapes, false), resume.averaged);
    }
    this.#streams = streamsOf(corpus.train, settings.batch);
    this.#losses = [...pastLosses];
    this.#memory = this.#memoryOf(resume?.memory ?? []);
    this.#epoch = resume?.epoch ?? 0;
    this.#step = resume?.step ?? 0;
    this.#update = resume?.update ?? 0;
    this.#sums = resume?.sums ?? NOTHING_YET;
  }

  dispose(): void {
    this.#values.dispose();
    this.#sgd.dispose();
    tf.dispose([...this.#sgd.weights]);
    tf.dispose(this.#memory);
  }

  async run(): Promise<LanguageEpochRecord[]> {
    const history: LanguageEpochRecord[] = [];
    while (this.#epoch < this.#options.settings.epochs) history.push(await this.#runEpoch());
    return history;
  }

  async #runEpoch(): Promise<LanguageEpochRecord> {
    const { settings, hooks } = this.#options;
    this.#segments = segmentsOf(this.#streams.length, settings.bptt, settings.seed, this.#epoch);
    while (this.#step < this.#segments.length) {
      await tf.nextFrame();
      if (this.#options.signal?.aborted) await this.#interrupt();
      this.#takeStep();
      if (this.#values.isDue) await this.#readSteps();
    }
    await this.#readSteps();
    hooks?.onValidation?.(this.#epoch + 1);
    const record = await this.#validate();
    this.#losses.push(record.valid);
    await this.#options.keep(record, await this.#capture(this.#sgd.averages ?? this.#sgd.weights));
    this.#epoch += 1;
    this.#step = 0;
    this.#sums = NOTHING_YET;
    this.#remember(emptyState(this.#architecture, this.#streams.batch));
    await this.#save();
    hooks?.onEpoch?.(record);
    return record;
  }

  #takeStep(): void {
    const begun = performance.now();
    const { settings } = this.#options;
    const segment = this.#segments[this.#step];
    const lr = (settings.lr * segment.length) / settings.bptt;
    const examples = segment.length * this.#streams.batch;
    tf.tidy(() => {
      const { loss, gradients, state } = learn(this.#sgd.weights, {
        architecture: this.#architecture,
        settings,
        streams: this.#streams,
        segment,
        state: this.#memory,
        copies: copiesIn(settings, this.#epoch),
        update: this.#update,
      });
      this.#sgd.step(gradients, { ...settings, lr }, this.#averages());
      this.#remember(state);
      this.#step += 1;
      this.#update += 1;
      this.#values.add({ step: this.#step, examples, lr, begun, value: { loss, log: {} } });
    });
  }

  /** Whether the weights of the epoch under way are averaged. */
  #averages(): boolean {
    return epochsBeforeAveraging(this.#losses, this.#options.settings.patience) !== undefined;
  }

  #remember(state: LanguageState): void {
    tf.dispose(this.#memory);
    this.#memory = state.map(({ h, c }) => ({ h: tf.keep(h), c: tf.keep(c) }));
  }

  /** Takes in what the steps so far have given. */
  async #readSteps(): Promise<void> {
    for (const { step, ...last } of await this.#values.read()) {
      if (!Number.isFinite(last.loss)) throw this.#diverged(`the loss is ${last.loss}`, step);
      this.#sums = withStep(this.#sums, last);
      const { examples: tokens, loss, seconds } = this.#sums;
      this.#options.hooks?.onStep?.({
        epoch: this.#epoch + 1,
        step,
        steps: this.#segments.length,
        update: this.#update - this.#step + step,
        tokens,
        loss: loss / tokens,
        tokensPerSecond: tokens / seconds,
        last: last.loss,
      });
    }
  }

  async #validate(): Promise<LanguageEpochRecord> {
    const { corpus, settings, signal } = this.#options;
    const { averages, weights } = this.#sgd;
    const measured = namedWeights(averages ?? weights);
    const options = { streams: VALIDATION_STREAMS, signal };
    const { nats, tokens } = await textLoss(measured, this.#architecture, corpus.valid, options).catch((error) => {
      return signal?.aborted ? this.#interrupt() : Promise.reject(error);
    });
    if (!Number.isFinite(nats)) throw this.#diverged(`the loss of the validation text is ${nats}`);
    const { examples, loss, seconds } = this.#sums;
    return {
      epoch: this.#epoch + 1,
      objective: copiesIn(settings, this.#epoch) > 1 ? "maxup" : "plain",
      loss: loss / examples,
      valid: nats / tokens,
      averaged: averages !== undefined,
      tokensPerSecond: examples / seconds,
      seconds,
    };
  }

  async #interrupt(): Promise<never> {
    await this.#readSteps();
    await this.#save();
    const { where, settings } = this.#options;
    const steps = `${this.#step} of ${this.#segments.length} steps`;
    const place = `${this.#epoch} of ${settings.epochs} epochs and ${steps}`;
    throw new InterruptedError(`train-lm: stopped after ${place}; checkpoint: ${where}.`);
  }

  async #save(): Promise<void> {
    const { averages, weights, averaged } = this.#sgd;
    await this.#options.save({
      epoch: this.#epoch,
      step: this.#step,
      update: this.#update,
      sums: this.#sums,
      averaged,
      weights: await this.#capture(weights),
      averages: averages === undefined ? [] : await this.#capture(averages),
      memory: await Promise.all(this.#memory.flatMap(({ h, c }, i) => [capture(`h${i}`, h), capture(`c${i}`, c)])),
    });
  }

  /** The values of weights, all of them finite: no model and no checkpoint is ever made of others. */
  async #capture(weights: readonly tf.Variable[]): Promise<NamedTensor[]> {
    const shapes = weightShapes(this.#architecture);
    const tensors = await Promise.all(weights.map((weight, i) => capture(shapes[i].name, weight)));
    const bad = tensors.find(({ values }) => !values.every(Number.isFinite));
    if (bad !== undefined) throw this.#diverged(`a value of ${bad.name} is no longer finite`);
    return tensors;
  }

  #memoryOf(tensors: readonly NamedTensor[]): LanguageState {
    if (tensors.length === 0) return emptyState(this.#architecture, this.#streams.batch);
    const read = tensors.map(({ values, shape }) => tf.tensor2d(values, shape as [number, number]));
    return layerSizes(this.#architecture).map((_, i) => ({ h: read[2 * i], c: read[2 * i + 1] }));
  }

  #diverged(what: string, step = this.#step): DivergenceError {
    const place = `epoch ${this.#epoch + 1}, step ${step} of ${this.#segments.length}`;
    const next = `Train anew with a lower learning rate than ${this.#options.settings.lr}`;
    return new DivergenceError(`train-lm: ${what} (${place}). ${next}.`);
  }
}
