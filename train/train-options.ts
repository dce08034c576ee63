import type * as tfl from "@tensorflow/tfjs-layers";
import { type Dataset, requireInteger, requireThat, signatureOf } from "../src/index.js";
import type { Augmentation } from "./augmentations/augmentation.js";
import type { Objective } from "./objective.js";
import type { EpochRecord, TrainHooks } from "./record.js";
import { checkSettings, type TrainSettings } from "./settings.js";
import type { TrainState } from "./state.js";

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
  /**
   * Steps whose values are read together, an integer of at least 1.
   * @defaultValue 1, or 16 where the engine computes on a graphics processor
   */
  readonly readEvery?: number;
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

/** @throws ArgumentError if a setting is out of range, or model, dataset and state do not fit together */
export function checkOptions(options: TrainOptions): void {
  const { model, dataset, settings, resume, readEvery = 1 } = options;
  checkSettings(settings);
  requireInteger(readEvery, "train", "readEvery", 1);
  const { inputShape, classes } = signatureOf(model);
  const fits = inputShape.join() === dataset.shape.join();
  requireThat(fits, "train", "model's input shape", `the images' [${dataset.shape}]`, inputShape);
  const names = dataset.classes.length;
  requireThat(classes === names, "train", "model's number of classes", `the data's ${names}`, classes);
  if (resume === undefined) return;
  requireInteger(resume.epoch, "train", "resume.epoch", 0, settings.epochs);
  requireInteger(resume.step, "train", "resume.step", 0, Math.ceil(dataset.length / settings.batch) - 1);
}
