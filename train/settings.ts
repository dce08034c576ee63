import { requireInteger, requireThat } from "../src/index.js";
import { cosineSchedule, defaultWarmup, type Schedule, stepSchedule } from "./schedule.js";

export type ScheduleName = "step" | "cosine";

export const SCHEDULES: readonly ScheduleName[] = ["step", "cosine"];

/** How long and how fast to train. Every field counts for the result; with the same ones training repeats itself. */
export interface TrainSettings {
  /** Passes over the training set, an integer of at least 1. */
  readonly epochs: number;
  /** Examples in a step, an integer of at least 1. The last step of an epoch takes what is left. */
  readonly batch: number;
  /** Learning rate before it falls, greater than 0. */
  readonly lr: number;
  /**
   * Number of first steps in which the learning rate rises to its value, see {@link rampFactor}; an integer of at least
   * 0. It is risen after the first epoch in any case.
   */
  readonly lrRamp: number;
  /** In [0, 1). */
  readonly momentum: number;
  /** Whether the momentum is Nesterov's, see {@link Sgd}. */
  readonly nesterov: boolean;
  /** At least 0; on all trainable weights. */
  readonly weightDecay: number;
  /** Decay of the moving average of the weights that makes the model, in [0, 1); 0 for the weights themselves. */
  readonly ema: number;
  /** The part of each label that is shared out evenly among all classes, in [0, 1). */
  readonly labelSmoothing: number;
  readonly schedule: ScheduleName;
  /** Epochs between two drops of the step schedule, an integer of at least 1. The cosine schedule ignores it. */
  readonly lrStep: number;
  /** Factor of a drop of the step schedule, in (0, 1]. The cosine schedule ignores it. */
  readonly gamma: number;
  /**
   * Number of first epochs that train on one copy of each example, whatever the objective; an integer of at least 0.
   */
  readonly warmup: number;
  /** Of the copies and of the order of the examples: an integer in [0, 2^53). */
  readonly seed: number;
}

/**
 * Settings with the fields that are missing filled in: 20 epochs of batches of 64, plain momentum 0.9, weight decay
 * 1e-4, learning rate 0.05 reached in 100 steps and falling along a cosine, with the step schedule by a factor of 10
 * every third of the epochs; no average of weights; warm-up as {@link defaultWarmup} says; seed 0.
 */
export function completeSettings(given: Partial<TrainSettings>): TrainSettings {
  const epochs = given.epochs ?? 20;
  return {
    batch: 64,
    lr: 0.05,
    lrRamp: 100,
    momentum: 0.9,
    nesterov: false,
    weightDecay: 1e-4,
    ema: 0,
    labelSmoothing: 0,
    schedule: "cosine",
    lrStep: Math.max(1, Math.floor(epochs / 3)),
    gamma: 0.1,
    warmup: defaultWarmup(epochs),
    seed: 0,
    ...given,
    epochs,
  };
}

/** @throws ArgumentError naming the first setting that is out of range, its rule and its value */
export function checkSettings(settings: TrainSettings, where = "train"): void {
  const { epochs, batch, lr, lrRamp, momentum, weightDecay, ema, labelSmoothing } = settings;
  const { schedule, lrStep, gamma, warmup, seed } = settings;
  requireInteger(epochs, where, "epochs", 1);
  requireInteger(batch, where, "batch", 1);
  requireThat(lr > 0 && lr < Infinity, where, "lr", "finite and greater than 0", lr);
  requireInteger(lrRamp, where, "lrRamp", 0);
  requireThat(momentum >= 0 && momentum < 1, where, "momentum", "in [0, 1)", momentum);
  requireThat(labelSmoothing >= 0 && labelSmoothing < 1, where, "labelSmoothing", "in [0, 1)", labelSmoothing);
  requireThat(weightDecay >= 0 && weightDecay < Infinity, where, "weightDecay", "finite and at least 0", weightDecay);
  requireThat(ema >= 0 && ema < 1, where, "ema", "in [0, 1)", ema);
  requireThat(SCHEDULES.includes(schedule), where, "schedule", `one of ${SCHEDULES.join(", ")}`, schedule);
  requireInteger(lrStep, where, "lrStep", 1);
  requireThat(gamma > 0 && gamma <= 1, where, "gamma", "in (0, 1]", gamma);
  requireInteger(warmup, where, "warmup", 0);
  requireInteger(seed, where, "seed", 0);
}

/** The learning rate over time that the settings ask for. */
export function scheduleOf(settings: TrainSettings): Schedule {
  const { schedule, lr, lrStep, gamma, epochs } = settings;
  switch (schedule) {
    case "step":
      return stepSchedule(lr, lrStep, gamma);
    case "cosine":
      return cosineSchedule(lr, epochs);
    default:
      throw new Error(`schedule ${schedule satisfies never}`);
  }
}
