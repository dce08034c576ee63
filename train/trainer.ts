import * as tf from "@tensorflow/tfjs-core";
import type * as tfl from "@tensorflow/tfjs-layers";
import {
  CounterRandom,
  type Dataset,
  InterruptedError,
  requireInteger,
  requireThat,
  STREAM,
  signatureOf,
} from "../src/index.js";
import type { Augmentation } from "./augmentation.js";
import { DivergenceError } from "./divergence-error.js";
import { exampleBatch } from "./example-batch.js";
import type { ExampleBatch, Objective } from "./objective.js";
import { gaussian } from "./objectives/gaussian.js";
import {
  type EpochRecord,
  type EpochSums,
  means,
  NOTHING_YET,
  type StepProgress,
  type StepRecord,
  type TrainHooks,
  withStep,
} from "./record.js";
import { rampFactor, type Schedule } from "./schedule.js";
import { checkSettings, scheduleOf, type TrainSettings } from "./settings.js";
import { Sgd } from "./sgd.js";
import { captureTensors, restoreTensors, type TrainState, type TrainTensors } from "./state.js";

export interface TrainOptions {
  /** Takes [n, height, width, channels] pixels in [0, 1] and returns logits [n, classes]. Its weights are changed. */
  readonly model: tfl.LayersModel;
  readonly dataset: Dataset;
  readonly objective: Objective;
  readonly augmentation: Augmentation;
  readonly settings: TrainSettings;
  /** Where to go on; without it training starts with the weights that the model has. */
  readonly resume?: TrainState;
  readonly checkpoint?: CheckpointSink;
  readonly hooks?: TrainHooks;
  /** When aborted, training saves a checkpoint after the step under way and throws InterruptedError. */
  readonly signal?: AbortSignal;
}

/** Keeps states of a training. Saving must be all or nothing: a state is only replaced by a complete one. */
export interface CheckpointSink {
  /** How messages name the place, e.g. a path. */
  readonly where: string;
  /** Called at the end of each epoch, after `onEpoch`, and on interruption. */
  save(state: TrainState): Promise<void>;
}

export interface TrainResult {
  /** Records of the epochs completed by this call. */
  readonly history: readonly EpochRecord[];
}

/**
 * Trains a model by stochastic gradient descent on an objective over random copies of the examples.
 *
 * Each epoch visits the examples in a new order, and each step draws new copies: both are functions of the seed, the
 * epoch and the example alone. So a run that was stopped, between epochs or within one, and goes on from its last state
 * ends with the same weights, bit for bit, as one that was not, on the same engine.
 *
 * @throws ArgumentError if a setting is out of range, or model, dataset and state do not fit together
 * @throws DivergenceError if a loss is NaN or infinite; names the epoch, the step and the last checkpoint
 * @throws InterruptedError after `signal` was aborted and the state saved
 */
export async function train(options: TrainOptions): Promise<TrainResult> {
  checkOptions(options);
  const training = new Training(options);
  try {
    return await training.run();
  } finally {
    training.dispose();
  }
}

function checkOptions({ model, dataset, settings, resume }: TrainOptions): void {
  checkSettings(settings);
  const { inputShape, classes } = signatureOf(model);
  const fits = inputShape.join() === dataset.shape.join();
  requireThat(fits, "train", "model's input shape", `the images' [${dataset.shape}]`, inputShape);
  const names = dataset.classes.length;
  requireThat(classes === names, "train", "model's number of classes", `the data's ${names}`, classes);
  if (resume === undefined) return;
  requireInteger(resume.epoch, "train", "resume.epoch", 0, settings.epochs);
  requireInteger(resume.step, "train", "resume.step", 0, Math.ceil(dataset.length / settings.batch) - 1);
}

class Training {
  readonly #options: TrainOptions;
  readonly #weights: readonly tf.Variable[];
  readonly #sgd: Sgd;
  readonly #schedule: Schedule;
  readonly #steps: number;
  #epoch: number;
  #step: number;
  #sums: EpochSums;
  #lastCheckpoint = "none";

  constructor(options: TrainOptions) {
    const { model, dataset, settings, resume } = options;
    this.#options = options;
    this.#weights = model.trainableWeights.map((weight) => weight.read() as tf.Variable);
    this.#sgd = new Sgd(this.#weights, settings.momentum, settings.weightDecay);
    this.#schedule = scheduleOf(settings);
    this.#steps = Math.ceil(dataset.length / settings.batch);
    this.#epoch = resume?.epoch ?? 0;
    this.#step = resume?.step ?? 0;
    this.#sums = resume?.sums ?? NOTHING_YET;
  }

  dispose(): void {
    this.#sgd.dispose();
  }

  async run(): Promise<TrainResult> {
    this.#restore();
    const history: EpochRecord[] = [];
    while (this.#epoch < this.#options.settings.epochs) history.push(await this.#runEpoch());
    return { history };
  }

  #restore(): void {
    const { model, resume } = this.#options;
    if (resume === undefined) return;
    restoreTensors(resume, model, this.#sgd);
    this.#nameCheckpoint();
  }

  async #runEpoch(): Promise<EpochRecord> {
    const order = this.#order();
    while (this.#step < this.#steps) {
      await tf.nextFrame();
      if (this.#options.signal?.aborted) await this.#interrupt();
      const last = this.#takeStep(order);
      this.#options.hooks?.onStep?.(this.#progress(last));
    }
    const tensors = this.#capture();
    const record = this.#record();
    this.#epoch += 1;
    this.#step = 0;
    this.#sums = NOTHING_YET;
    await this.#options.hooks?.onEpoch?.(record);
    await this.#save(tensors);
    return record;
  }

  /** The order of the examples in the epoch under way. */
  #order(): Uint32Array {
    const { dataset, settings } = this.#options;
    const address = { seed: settings.seed, stream: STREAM.shuffle, example: 0, sample: this.#epoch };
    return new CounterRandom(address).permutation(dataset.length);
  }

  #objective(): Objective {
    return this.#epoch < this.#options.settings.warmup ? gaussian() : this.#options.objective;
  }

  #takeStep(order: Uint32Array): StepRecord {
    const start = performance.now();
    const { batch } = this.#options.settings;
    const examples = order.subarray(this.#step * batch, (this.#step + 1) * batch);
    const lr = this.#learningRate();
    const { loss, accuracy } = this.#descend(examples, lr);
    const seconds = (performance.now() - start) / 1000;
    const last = { examples: examples.length, loss, accuracy, lr, seconds };
    this.#step += 1;
    this.#sums = withStep(this.#sums, last);
    return last;
  }

  /** One step of gradient descent on the objective over fresh copies of the examples. */
  #descend(examples: Uint32Array, lr: number): { loss: number; accuracy: number } {
    const { model } = this.#options;
    const objective = this.#objective();
    return tf.tidy(() => {
      const lossOf = this.#orDiverge(() => objective.prepare(model, this.#batch(examples, objective.copies)));
      let accuracy = Number.NaN;
      const { value, grads } = tf.variableGrads(() => {
        const { loss, log } = lossOf();
        accuracy = log.accuracy;
        return loss;
      }, this.#weights as tf.Variable[]);
      const loss = value.dataSync()[0];
      if (!Number.isFinite(loss)) throw this.#diverged(`the loss is ${loss}`);
      this.#sgd.step(grads, lr);
      return { loss, accuracy };
    });
  }

  #learningRate(): number {
    const ramp = Math.min(this.#options.settings.lrRamp, this.#steps);
    const rate = this.#schedule(this.#epoch + this.#step / this.#steps);
    return rate * rampFactor(this.#epoch * this.#steps + this.#step, ramp);
  }

  /** Copy c of an example in an epoch is its sample epoch * m + c: no draw of a training is used twice. */
  #batch(examples: Uint32Array, copies: number): ExampleBatch {
    const { dataset, augmentation, settings, objective } = this.#options;
    const firstSample = this.#epoch * objective.copies;
    return exampleBatch({ dataset, augmentation, examples, copies, seed: settings.seed, firstSample });
  }

  #orDiverge<T>(compute: () => T): T {
    try {
      return compute();
    } catch (error) {
      if (error instanceof DivergenceError) throw this.#diverged(error.message, error);
      throw error;
    }
  }

  #diverged(what: string, cause?: Error): DivergenceError {
    const place = `epoch ${this.#epoch + 1}, step ${Math.min(this.#step + 1, this.#steps)} of ${this.#steps}`;
    const way = this.#lastCheckpoint === "none" ? "Train anew" : "Go on from there, or train anew,";
    const next = `${way} with a lower learning rate than ${this.#options.settings.lr}`;
    const message = `train: ${what} (${place}); last checkpoint: ${this.#lastCheckpoint}. ${next}.`;
    return new DivergenceError(message, { cause });
  }

  async #interrupt(): Promise<never> {
    await this.#save(this.#capture());
    const place = `${this.#epoch} of ${this.#options.settings.epochs} epochs and ${this.#step} of ${this.#steps} steps`;
    throw new InterruptedError(`train: stopped after ${place}; checkpoint: ${this.#lastCheckpoint}.`);
  }

  /** The weights and velocities, all of them finite: no model and no checkpoint is ever made of others. */
  #capture(): TrainTensors {
    const tensors = captureTensors(this.#options.model, this.#sgd);
    const bad = [...tensors.weights, ...tensors.velocities].find(({ values }) => !values.every(Number.isFinite));
    if (bad !== undefined) throw this.#diverged(`a value of ${bad.name} is no longer finite`);
    return tensors;
  }

  async #save(tensors: TrainTensors): Promise<void> {
    const { checkpoint } = this.#options;
    if (checkpoint === undefined) return;
    await checkpoint.save({ epoch: this.#epoch, step: this.#step, sums: this.#sums, ...tensors });
    this.#nameCheckpoint();
  }

  #nameCheckpoint(): void {
    const where = this.#options.checkpoint?.where ?? "the state given";
    this.#lastCheckpoint = `${where} (${this.#epoch} epochs and ${this.#step} steps)`;
  }

  #progress(last: StepRecord): StepProgress {
    return { epoch: this.#epoch + 1, step: this.#step, steps: this.#steps, ...means(this.#sums), last };
  }

  #record(): EpochRecord {
    return {
      epoch: this.#epoch + 1,
      lr: this.#schedule(this.#epoch),
      objective: this.#objective().name,
      seconds: this.#sums.seconds,
      ...means(this.#sums),
    };
  }
}
