/**
 * Certification: what runs anywhere, and what needs Node: ONNX and TensorFlow.js models, attacks, files.
 *
 * @module smoothcert/certify
 */
export {
  Attacker,
  type AttackResult,
  type AttackSettings,
  type AttackTarget,
  type PerturbedPrediction,
} from "./attack/attack-image.js";
export { attackRows } from "./attack/attack-log.js";
export { ATTACK_COLUMNS, type AttackRow, formatAttackRow, parseAttackRow } from "./attack/attack-row.js";
export { type AttackedAccuracy, type AttackSummary, summarizeAttack } from "./attack/attack-summary.js";
export type { SmoothedGradient } from "./attack/gradient.js";
export { type ModelGradientOptions, modelGradient } from "./attack/model-gradient.js";
export { voteGradient } from "./attack/vote-gradient.js";
export { fingerprintOf } from "./classifiers/fingerprint-of.js";
export { type LayersClassifierOptions, layersClassifier } from "./classifiers/layers-model.js";
export { type OneImageOptions, requireFunctionOfOneImage } from "./classifiers/one-image.js";
export { type Calibration, calibrate } from "./classifiers/onnx/calibration.js";
export { type OnnxClassifierOptions, onnxClassifier } from "./classifiers/onnx/classifier.js";
export type { OnnxNetworkOptions } from "./classifiers/onnx/open-network.js";
export { describeOpenvino, type OpenvinoMissing, type OpenvinoReport } from "./classifiers/onnx/openvino.js";
export { BINARY_SCORES, type BinaryScore, type ScoreOptions } from "./classifiers/onnx/output.js";
export { OPENVINO, providerNamed } from "./classifiers/onnx/provider.js";
export { describeOnnxRuntime, NATIVE_INSTALLATION, type OnnxRuntimeReport } from "./classifiers/onnx/runtime.js";
export type { Layout, PixelScaling } from "./classifiers/pixel-transform.js";
export { CALIBRATIONS, type CalibrationMethod } from "./classifiers/value-range.js";
export * from "./core.js";
export { type CardLog, type CardSubject, modelCard } from "./document/card/card.js";
export { type YamlValue, yamlText } from "./document/card/yaml.js";
export type { Check, CheckOutcome } from "./document/check.js";
export { reportHtml } from "./document/html/page.js";
export { type Report, type ReportSection, reportData, reportOf } from "./document/report.js";
export type { ReportedAttack, ReportedFile, ReportedRows, Subject } from "./document/subject.js";
export {
  type AttackHeader,
  type AttackResults,
  type OpenAttack,
  openAttack,
  readAttack,
  requireAttackOf,
} from "./files/attack-file.js";
export {
  ForeignHeaderError,
  fileLogStore,
  readHeader,
  readLog,
  readLogText,
  readStoredHeader,
  requireUnchanged,
  writeLog,
} from "./files/log-file.js";
export { type OpenParts, openParts } from "./files/parts-file.js";
export { headerPath } from "./files/row-file.js";
export { type AwaitedJobs, type AwaitHooks, awaitJobs, type GivenUp, type JobProgress } from "./queue/await-jobs.js";
export { doJobs, type JobOptions, type OpenedPlan } from "./queue/do-jobs.js";
export { folderTransport } from "./queue/folder-transport.js";
export { checked, type Job, jobId, type Plan, planSchema, type Result } from "./queue/plan.js";
export { REDIS_INSTALLATION, redisPackages } from "./queue/redis-connection.js";
export { type RedisTransportOptions, redisTransport } from "./queue/redis-transport.js";
export {
  type Submission,
  type SubmissionHooks,
  type SubmissionOutcome,
  type SubmissionProgress,
  submit,
} from "./queue/submit.js";
export {
  ATTEMPTS,
  type Claim,
  DEATHS,
  type Delivery,
  type Failure,
  LEASE_SECONDS,
  type LeaseOptions,
  type Published,
  type QueueStatus,
  type Transport,
} from "./queue/transport.js";
export { type PlannedRun, type WorkOptions, work } from "./queue/work.js";
