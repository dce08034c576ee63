/**
 * Training: methods, transforms, runs in folders, recipes, language models, the theory of MaxUp.
 *
 * @module smoothcert/train
 */
export type { Augmentation, AugmentationHalves, CopyRows } from "./augmentations/augmentation.js";
export { chain } from "./augmentations/chain.js";
export { NO_TRANSFORMS, transformedCopies, usageOf } from "./augmentations/chain-text.js";
export { TRANSFORMS } from "./augmentations/index.js";
export { gaussianCopies, noisyCopies } from "./augmentations/noise.js";
export { type Apply, defineTransform, type LabelledImage, type Transform } from "./augmentations/transform.js";
export { loadCheckpoint, saveCheckpoint } from "./checkpoint.js";
export { type CopyBatch, type CopyDraw, cleanImages, drawCopies, withSharedTransform } from "./copies.js";
export { type DeclaredOption, type OptionValue, optionsOf } from "./declared-options.js";
export { DivergenceError } from "./divergence-error.js";
export { exampleBatch } from "./example-batch.js";
export { type LanguageArchitecture, namedWeights, weightShapes } from "./language/architecture.js";
export {
  drawSequenceCopies,
  embed,
  type SequenceCopies,
  type SequenceDraw,
  type SequenceNoise,
  takeCopies,
} from "./language/copies.js";
export { type DynamicOptions, dynamicTextLoss } from "./language/dynamic-evaluation.js";
export { type GenerateOptions, generate } from "./language/generate.js";
export { type LanguageModelFile, loadLanguageModel, saveLanguageModel } from "./language/model-file.js";
export { AveragedSgd, clippingFactor, epochsBeforeAveraging } from "./language/optimizer.js";
export type { LanguageEpochRecord, LanguageProgress, LanguageTrainHooks } from "./language/record.js";
export {
  type LanguageRunHooks,
  type LanguageRunOptions,
  type LanguageRunResult,
  type LanguageRunStart,
  trainLanguageRun,
} from "./language/run.js";
export {
  completeLanguageSettings,
  type GivenLanguageSettings,
  type LanguageSettings,
  languageOptions,
} from "./language/settings.js";
export { variablesOf } from "./language/state.js";
export { bitsPerToken, perplexity, type TextLoss, type TextLossOptions, textLoss } from "./language/text-loss.js";
export { trainLanguageModel } from "./language/trainer.js";
export { defineMethod, type Method } from "./method.js";
export {
  completeMethod,
  createObjective,
  findMethod,
  type MethodSettings,
  methodCost,
} from "./method-options.js";
export { accuracy, inputGradients, meanCrossEntropy } from "./methods/classifier.js";
export { copyLosses } from "./methods/copy-losses.js";
export { gaussian } from "./methods/gaussian.js";
export { gradientNorm } from "./methods/gradient-norm.js";
export { METHODS } from "./methods/index.js";
export { maxup, worstRows } from "./methods/maxup.js";
export { largestRows, steepest } from "./methods/steepest.js";
export type { ExampleBatch, Moment, Objective, ObjectiveLog, ObjectiveValue } from "./objective.js";
export {
  type ChangedSetting,
  changedSettings,
  packagedRecipes,
  type Recipe,
  readRecipe,
  withSettings,
} from "./recipe.js";
export type { EpochRecord, EpochSums, Scalars, StepProgress, StepRecord, TrainHooks } from "./record.js";
export { type RunOptions, type RunResult, trainRun } from "./run.js";
export type { LoadData } from "./run-data.js";
export { givenSettingsSchema, type RunConfig, type RunPaths, readConfig, readHistory, runPaths } from "./run-folder.js";
export {
  completeRunSettings,
  DEFAULT_METHOD,
  type GivenSettings,
  type RunSettings,
  requireSameSettings,
} from "./run-settings.js";
export type { RunHooks, RunStart } from "./run-start.js";
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
export { type MeasuredRisk, type MeasureOptions, measureRisk } from "./theory/measurement.js";
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
export type { CheckpointSink, TrainOptions, TrainResult } from "./train-options.js";
export { train } from "./trainer.js";
export { bestOf, type ValidationRecord } from "./validation/record.js";
export type { Metric, ValidationSettings } from "./validation/settings.js";
export type { TestRecord } from "./validation/test-set.js";
export { withWarmUp } from "./warm-up.js";
