import * as tf from "@tensorflow/tfjs-core";
import { CounterRandom, InterruptedError, STREAM } from "../src/index.js";
import { withSharedTransform } from "./copies.js";
import { DivergenceError } from "./divergence-error.js";
import { exampleBatch } from "./example-batch.js";
import type { ExampleBatch, Moment, Objective, ObjectiveValue } from "./objective.js";
import { type EpochRecord, type EpochSums, means, NOTHING_YET, withStep } from "./record.js";
import { rampFactor, type Schedule } from "./schedule.js";
import { scheduleOf } from "./settings.js";
import { Sgd } from "./sgd.js";
import { type Changing, captureTensors, restoreTensors, type TrainTensors } from "./state.js";
import { StepValues, stepsAhead } from "./step-values.js";
import { checkOptions, type TrainOptions, type TrainResult } from "./train-options.js";
import { nameAt, withWarmUp } from "./warm-up.js";
import { WeightAverage } from "./weight-average.js";

/**
 * Trains a model by stochastic gradient descent on an objective over random copies of the examples.
 *
 * Each epoch visits the examples in a new order, and each step draws new copies: both are functions of the seed, the
 * epoch and the example alone. So a run that was stopped, between epochs or within one, and goes on from its last state
 * ends with the same weights, bit for bit, as one that was not, on the same engine.
 *
 * @throws ArgumentError if a setting is out of range, or model, dataset and state do not fit together
 * @throws DivergenceError if a loss is NaN or infinite; names the epoch, the step and the last checkpoint. Nothing that
 * comes after that step is saved
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

class Training {
  readonly #options: TrainOptions;
  readonly #objective: Objective;
  readonly #weights: readonly tf.Variable[];
  readonly #sgd: Sgd;
  readonly #average: WeightAverage | undefined;
  readonly #schedule: Schedule;
  readonly #steps: number;
  readonly #values: StepValues;
  #epoch: number;
  #step: number;
  #sums: EpochSums;
  #lastCheckpoint = "none";

  constructor(options: TrainOptions) {
    const { model, dataset, objective, settings, resume } = options;
    this.#options = options;
    this.#objective = withWarmUp(objective, settings.warmup);
    this.#weights = model.trainableWeights.map((weight) => weight.read() as tf.Variable);
    this.#sgd = new Sgd(this.#weights, settings.momentum, settings.weightDecay, settings.nesterov);
    this.#average = settings.ema > 0 ? new WeightAverage(model, settings.ema) : undefined;
    this.#schedule = scheduleOf(settings);
    this.#steps = Math.ceil(dataset.length / settings.batch);
    this.#values = new StepValues(options.readEvery ?? stepsAhead());
    this.#epoch = resume?.epoch ?? 0;
    this.#step = resume?.step ?? 0;
    this.#sums = resume?.sums ?? NOTHING_YET;
  }

  dispose(): void {
    this.#values.dispose();
    this.#sgd.dispose();
    this.#average?.dispose();
  }

  async run(): Promise<TrainResult> {
    this.#restore();
    const history: EpochRecord[] = [];
    while (this.#epoch < this.#options.settings.epochs) history.push(await this.#runEpoch());
    this.#average?.exchange();
    return { history };
  }

  #restore(): void {
    const { model, resume } = this.#options;
    if (resume === undefined) return;
    restoreTensors(resume, model, this.#changing());
    this.#nameCheckpoint();
  }

  #changing(): Changing {
    return { sgd: this.#sgd, average: this.#average };
  }

  async #runEpoch(): Promise<EpochRecord> {
    const order = this.#order();
    while (this.#step < this.#steps) {
      await tf.nextFrame();
      if (this.#options.signal?.aborted) await this.#interrupt();
      this.#takeStep(order);
      if (this.#values.isDue) await this.#readSteps();
    }
    await this.#readSteps();
    const tensors = await this.#capture();
    const record = this.#record();
    this.#epoch += 1;
    this.#step = 0;
    this.#sums = NOTHING_YET;
    await this.#withAverage(async () => this.#options.hooks?.onEpoch?.(record));
    await this.#save(tensors);
    return record;
  }

  /** Lets the model have the averages of its weights while `use` runs. */
  async #withAverage(use: () => Promise<void>): Promise<void> {
    this.#average?.exchange();
    await use();
    this.#average?.exchange();
  }

  /** The order of the examples in the epoch under way. */
  #order(): Uint32Array {
    const { dataset, settings } = this.#options;
    const address = { seed: settings.seed, stream: STREAM.shuffle, example: 0, sample: this.#epoch };
    return new CounterRandom(address).permutation(dataset.length);
  }

  /** One step of gradient descent on the objective over fresh copies of the examples. */
  #takeStep(order: Uint32Array): void {
    const begun = performance.now();
    const { model, settings } = this.#options;
    const examples = order.subarray(this.#step * settings.batch, (this.#step + 1) * settings.batch);
    const lr = this.#learningRate();
    tf.tidy(() => {
      const lossOf = this.#objective.prepare(model, this.#batch(examples), this.#moment(examples));
      let log: ObjectiveValue["log"] = {};
      const { value: loss, grads } = tf.variableGrads(() => {
        const value = lossOf();
        log = keptScalars(value.log);
        return value.loss;
      }, this.#weights as tf.Variable[]);
      this.#sgd.step(grads, lr);
      this.#average?.step();
      this.#step += 1;
      this.#values.add({ step: this.#step, examples: examples.length, lr, begun, value: { loss, log } });
    });
  }

  #moment(examples: Uint32Array): Moment {
    const { settings } = this.#options;
    const { seed, epochs } = settings;
    const sample = this.#epoch;
    return {
      time: this.#epoch + this.#step / this.#steps,
      epochs,
      random: (position) => new CounterRandom({ seed, stream: STREAM.method, example: examples[position], sample }),
    };
  }

  /** Takes in what the steps so far have given. */
  async #readSteps(): Promise<void> {
    for (const { step, ...last } of await this.#values.read()) {
      if (!Number.isFinite(last.loss)) throw this.#diverged(`the loss is ${last.loss}`, step);
      this.#sums = withStep(this.#sums, last);
      const progress = { epoch: this.#epoch + 1, step, steps: this.#steps, ...means(this.#sums), last };
      this.#options.hooks?.onStep?.(progress);
    }
  }

  #learningRate(): number {
    const ramp = Math.min(this.#options.settings.lrRamp, this.#steps);
    const rate = this.#schedule(this.#epoch + this.#step / this.#steps);
    return rate * rampFactor(this.#epoch * this.#steps + this.#step, ramp);
  }

  /**
   * Copy c of an example in an epoch is its sample epoch * m + c: no draw of a training is used twice. A transform that
   * copies share is that of sample `epoch`.
   */
  #batch(examples: Uint32Array): ExampleBatch {
    const { dataset, augmentation, settings } = this.#options;
    const { copies, oneImage } = this.#objective;
    const firstSample = this.#epoch * copies;
    const { seed, labelSmoothing } = settings;
    const draw = { dataset, augmentation, examples, copies, seed, firstSample, labelSmoothing };
    return exampleBatch(oneImage ? withSharedTransform(draw, this.#epoch) : draw);
  }

  #diverged(what: string, step = this.#step): DivergenceError {
    const place = `epoch ${this.#epoch + 1}, step ${step} of ${this.#steps}`;
    const way = this.#lastCheckpoint === "none" ? "Train anew" : "Go on from there, or train anew,";
    const next = `${way} with a lower learning rate than ${this.#options.settings.lr}`;
    return new DivergenceError(`train: ${what} (${place}); last checkpoint: ${this.#lastCheckpoint}. ${next}.`);
  }

  async #interrupt(): Promise<never> {
    await this.#readSteps();
    await this.#save(await this.#capture());
    throw new InterruptedError(`train: stopped; checkpoint: ${this.#lastCheckpoint}.`);
  }

  /** The weights and velocities, all of them finite: no model and no checkpoint is ever made of others. */
  async #capture(): Promise<TrainTensors> {
    const tensors = await captureTensors(this.#options.model, this.#changing());
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
    const done = `${this.#epoch} of ${this.#options.settings.epochs} epochs and ${this.#step} of ${this.#steps} steps`;
    this.#lastCheckpoint = `${where}, after ${done}`;
  }

  #record(): EpochRecord {
    return {
      epoch: this.#epoch + 1,
      lr: this.#schedule(this.#epoch),
      objective: nameAt(this.#objective, this.#epoch),
      seconds: this.#sums.seconds,
      ...means(this.#sums),
    };
  }
}

/** Scalars that outlive the gradient tape on which they were computed. */
function keptScalars(log: ObjectiveValue["log"]): ObjectiveValue["log"] {
  return Object.fromEntries(Object.entries(log).map(([name, scalar]) => [name, tf.keep(scalar)]));
}
