export { type Augmentation, type CopyRows, gaussianCopies, noisyCopies } from "./augmentation.js";
export { loadCheckpoint, saveCheckpoint } from "./checkpoint.js";
export { type CopyDraw, cleanImages, drawCopies } from "./copies.js";
export { DivergenceError } from "./divergence-error.js";
export { exampleBatch } from "./example-batch.js";
export type { CopyBatch, ExampleBatch, Objective, ObjectiveLog, ObjectiveValue } from "./objective.js";
export { inputGradients } from "./objectives/classifier.js";
export { gaussian } from "./objectives/gaussian.js";
export { copyLosses, maxup, worstRows } from "./objectives/maxup.js";
export {
  createObjective,
  describeObjective,
  OBJECTIVES,
  type ObjectiveDescription,
  type ObjectiveOptions,
} from "./objectives/named.js";
export type { EpochRecord, EpochSums, StepProgress, StepRecord, TrainHooks } from "./record.js";
export {
  type RunHooks,
  type RunOptions,
  type RunResult,
  type RunStart,
  trainRun,
} from "./run.js";
export { type RunConfig, type RunPaths, readConfig, runPaths } from "./run-folder.js";
export { completeRunSettings, type RunSettings } from "./run-settings.js";
export {
  decodeSafetensors,
  encodeSafetensors,
  type NamedTensor,
  type SafetensorsContent,
} from "./safetensors.js";
export { cosineSchedule, defaultWarmup, rampFactor, type Schedule, stepSchedule } from "./schedule.js";
export { completeSettings, SCHEDULES, type ScheduleName, type TrainSettings } from "./settings.js";
export { Sgd } from "./sgd.js";
export type { TrainState } from "./state.js";
export { expectedWinnerForm, firstOrderRisk, secondOrderRisk } from "./theory/expansion.js";
export { expectedMax, expectedMaxSquared } from "./theory/max-of-normals.js";
export { modelLoss, modelTaylor } from "./theory/model.js";
export { curvedLayers } from "./theory/piecewise-linear.js";
export {
  type BatchLoss,
  estimateRisk,
  type RiskEstimate,
  type RiskOptions,
  sampleExcess,
  sampleMean,
} from "./theory/risk.js";
export {
  gaussNewtonTaylor,
  logitLoss,
  type QuadraticForm,
  type SmoothLoss,
  type TaylorPolynomial,
  taylorAt,
  type Vector,
} from "./theory/taylor.js";
export { type CheckpointSink, type TrainOptions, type TrainResult, train } from "./trainer.js";
