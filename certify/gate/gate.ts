/** A gate: whether a log shows what a policy requires, with the errors of the answer bounded. */
import type { GatedLog } from "./gated-log.js";
import type { Policy, Requirement } from "./policy.js";
import { judgeAudit } from "./requirements/audit.js";
import { judgeCertifiedAccuracy } from "./requirements/certified-accuracy.js";
import { judgeNoRegression } from "./requirements/no-regression.js";
import { judgeSettings } from "./requirements/settings.js";
import { type Judgement, type Levels, together, type Verdict } from "./verdict.js";

export type { GatedLog } from "./gated-log.js";

/** What a gate answers. */
export interface GateResult {
  readonly verdict: Verdict;
  /** For each requirement, in the policy's order. */
  readonly judgements: readonly Judgement[];
}

/**
 * Judges a log by a policy. With e = 1 - confidence, if the log's images are independent draws from one source:
 *
 * - where any requirement doesn't hold, the verdict is GO with probability e at most: GO takes all requirements, each
 *   shown at level e, that one among them (an intersection-union test, Berger 1982);
 * - where all hold, it is NO-GO with probability e at most: each of the k that a test decides is refuted at level e/k.
 *
 * @throws FileError where the radii of the log or of a baseline are of another norm than a requirement's, or a baseline
 * is about other data, or has no image in common with the log
 */
export function judgeByPolicy(policy: Policy, log: GatedLog): GateResult {
  const error = 1 - policy.confidence;
  const tests = policy.requirements.filter(isTest).length;
  const levels: Levels = { go: error, noGo: error / Math.max(1, tests) };
  const judgements = policy.requirements.map((requirement) => judgementOf(requirement, log, levels));
  return { verdict: together(judgements.map(({ verdict }) => verdict)), judgements };
}

/** Whether chance decides on a requirement; the others are read off the log. */
function isTest({ kind }: Requirement): boolean {
  return kind === "certified-accuracy" || kind === "no-regression";
}

function judgementOf(requirement: Requirement, log: GatedLog, levels: Levels): Judgement {
  switch (requirement.kind) {
    case "certified-accuracy":
      return judgeCertifiedAccuracy(requirement, log, levels);
    case "no-regression":
      return judgeNoRegression(requirement, log, levels);
    case "settings":
      return judgeSettings(requirement, log);
    case "audit":
      return judgeAudit(log);
  }
}
