import type * as tfl from "@tensorflow/tfjs-layers";
import type { Dataset, EngineReport } from "../src/index.js";
import type { TrainHooks } from "./record.js";
import type { RunSettings } from "./run-settings.js";

/** What a caller may want to know of a run as it starts. */

export interface RunHooks extends TrainHooks {
  /** Called once, before the first step. */
  onStart?(start: RunStart): void;
  /** Called after an epoch, counted from 1, before its model is validated, which takes some seconds. */
  onValidation?(epoch: number): void;
}

export interface RunStart {
  readonly settings: RunSettings;
  readonly engine: EngineReport;
  readonly dataset: Dataset;
  /** Trainable weights of the model. */
  readonly parameters: number;
  /** Epochs completed before this start. */
  readonly epoch: number;
  /** Examples seen in the epoch under way before this start. */
  readonly examples: number;
  /**
   * Set if the run was started on another engine: its weights will not be those of an uninterrupted run, bit for bit.
   */
  readonly formerEngine?: string;
}

/** The number of a model's trainable weights. */
export function parametersOf(model: tfl.LayersModel): number {
  const sizes = model.trainableWeights.map((weight) => weight.shape.reduce<number>((a, b) => a * (b ?? 1), 1));
  return sizes.reduce((a, b) => a + b, 0);
}
