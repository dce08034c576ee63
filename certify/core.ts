/**
 * Certification that runs anywhere, a browser included: smoothing laws, smoothed classifiers, bounds, certificates,
 * logs, curves and audits. Nothing here, nor in what it imports, is Node's.
 *
 * @module smoothcert/core
 */
export * from "../src/core.js";
export { auditHeader, settingsProblem, smoothingOfHeader } from "./audit/audit-header.js";
export { auditLog } from "./audit/audit-log.js";
export { auditRows } from "./audit/audit-rows.js";
export { auditData, auditModel, auditVotes } from "./audit/audit-sources.js";
export type { Candidate, StatedSettings } from "./audit/candidates.js";
export type { CeilingTest, NamedRow } from "./audit/ceiling.js";
export type { Finding } from "./audit/finding.js";
export {
  type AuditedSettings,
  auditForeignLog,
  type ForeignAudit,
  type ForeignAuditOptions,
} from "./audit/foreign-log.js";
export type { LatticeSettings } from "./audit/lattice.js";
export type { JudgedFit, LatticeFit, Verdict } from "./audit/lattice-fit.js";
export type { Origins, OverstatedRow, RoundingAudit } from "./audit/origins.js";
export type { OwnAudit } from "./audit/own-audit.js";
export { inferPrinting, type Printing, type RadiusInterval } from "./audit/printing.js";
export type { Recertified } from "./audit/recertify.js";
export { bettingLower, bettingUpper, type EarlierVotes } from "./bounds/betting.js";
export { clopperPearsonLower, clopperPearsonUpper, MAX_SAMPLES } from "./bounds/clopper-pearson.js";
export { type GatedLog, type GateResult, judgeByPolicy } from "./gate/gate.js";
export { baselinesOf, type Policy, policySchema } from "./gate/policy.js";
export { type Judgement, VERDICTS, type Verdict as GateVerdict } from "./gate/verdict.js";
export { denseCounts, type SparseCounts, sparseCounts } from "./log/cell.js";
export { requireRowsOf } from "./log/consistency.js";
export {
  type ExampleRange,
  exampleCount,
  exampleIndices,
  inShard,
  plannedCount,
  type Shard,
} from "./log/example-range.js";
export {
  type HeaderDifference,
  headerDifferences,
  type LogHeader,
  logHeaderSchema,
  normOf,
  type StoredHeader,
} from "./log/header.js";
export type { LogStore, OpenLog } from "./log/log-store.js";
export { MemoryLogStore } from "./log/memory-store.js";
export { type MergedLog, mergeLogs, type NamedLog } from "./log/merge.js";
export { type CertificationLog, type ParseLogOptions, parseLog } from "./log/read.js";
export { formatRow, LOG_COLUMNS, type LogRow, parseRow, REQUIRED_COLUMNS } from "./log/row.js";
export { checkOf, headerCheck, headerIdentity, settingsHash } from "./log/seal.js";
export { theoremOfHeader, votesOf } from "./log/votes.js";
export { type CheckedPart, checkPart } from "./parts/check-part.js";
export { UnitCounter } from "./parts/count-unit.js";
export { indexRanges } from "./parts/index-ranges.js";
export { type MergedParts, mergeParts } from "./parts/merge-parts.js";
export { type Part, partCheck, partSchema, sealed, unitSchema } from "./parts/part.js";
export { type ImageVotes, rowOfVotes } from "./parts/part-row.js";
export { PartUnion } from "./parts/part-union.js";
export { isPartsText, type NamedParts, parseParts, partLine, partsHeaderLine } from "./parts/parts-text.js";
export { BLOCK, blocksOf, planUnits, samplesOfBlock, type Unit, unitText } from "./parts/unit.js";
export { type AlignedLogs, alignLogs, type OwnLog } from "./report/align.js";
export { type ComparedLog, comparisonWarnings, pairingWarnings } from "./report/comparison.js";
export {
  abstentions,
  averageCertifiedRadius,
  binomialInterval,
  type CurveRow,
  type CurveStep,
  certifiedAccuracy,
  certifiedCount,
  certifiedCurve,
  cleanAccuracy,
  type Interval,
} from "./report/curve.js";
export { type CertifiedAccuracy, type CurveSummary, radiusGrid, summarizeCurve } from "./report/curve-summary.js";
export {
  isStopped,
  type LogSummary,
  type StoppedAccuracy,
  type StoppedSummary,
  summarizeLog,
  tableRadii,
  undecidedRows,
} from "./report/log-summary.js";
export { ceilingOf, noiseText, radiusLabel, settingsText, stopText, unitsOf } from "./report/log-text.js";
export { countFrom, type PaDistribution, paDistribution, type ShareStep } from "./report/pa-distribution.js";
export { type PairedAccuracy, type PairedComparison, type PairedLog, pairLogs } from "./report/pair-logs.js";
export { pairSeeds, type SeedsAccuracy, type SeedsComparison } from "./report/pair-seeds.js";
export { mcnemarPValue, pairedInterval } from "./report/paired.js";
export {
  complementText,
  levelText,
  percentAbove,
  percentAtLeast,
  percentBelow,
  pText,
  radiusText,
} from "./report/percent.js";
export { type RadiusOutcomes, type StopSummary, summarizeStopping } from "./report/spending.js";
export { certifyDataset, rowOfCertificate } from "./run/certify-dataset.js";
export { headerOf, type LoggedRun } from "./run/header-of.js";
export { type CertificationPlan, type CertificationRun, planCertification } from "./run/plan.js";
export {
  type AnnouncedPlan,
  type CertificationHooks,
  type CertificationProgress,
  certify,
  type SpeedEstimate,
  tunedClassifier,
} from "./run/run.js";
export type { BaseClassifier } from "./sampling/base-classifier.js";
export { type Evaluation, type EvaluationHook, evaluate } from "./sampling/evaluate.js";
export { type Fingerprint, functionsOf, unionOfFingerprints } from "./sampling/fingerprint.js";
export { type FunctionClassifierOptions, functionClassifier } from "./sampling/function-classifier.js";
export { type ComparedCopies, sameLabels } from "./sampling/label-agreement.js";
export type { Labeler, Segment } from "./sampling/labeler.js";
export { NanOutputError } from "./sampling/nan-output.js";
export { Sampler, type SamplingHooks } from "./sampling/sampler.js";
export { type Certificate, type CertifyHooks, SmoothedClassifier } from "./sampling/smoothed-classifier.js";
export { samplesPerSecond, type Trial } from "./sampling/speed.js";
export { OUTCOMES, type Outcome, outcomesAt } from "./stop/outcome.js";
export { certifies, endsAt } from "./stop/stopping.js";
export { fewestSamples, requireCertifiable } from "./theorem/certifiable.js";
export {
  ANYTIME_BOUNDS,
  CONFIDENCE_BOUNDS,
  type ConfidenceBound,
  FIXED_BOUNDS,
  usualBound,
} from "./theorem/confidence-bound.js";
export { ABSTAIN, boundsSoFar, type Decision, decide, decisionSoFar, largestRadius } from "./theorem/decision.js";
export { looksOf } from "./theorem/looks.js";
export { type Prediction, predictionOf } from "./theorem/prediction.js";
export { FIXED, requireStopRule, STOP_KINDS, type StopRule, stopsEarly } from "./theorem/rule.js";
export { BOUNDED_CLASSES, type BoundedClasses, type CertifySettings } from "./theorem/settings.js";
export { simultaneousAlpha } from "./theorem/simultaneous.js";
export { mostFailures, type Statement, statementOf } from "./theorem/statement.js";
export { type Votes, votesIn } from "./theorem/votes.js";
