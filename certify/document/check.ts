import type { Subject } from "./subject.js";

/**
 * What a check found: that what was looked at holds, or doesn't; something that a reader should know; or nothing,
 * since what it takes was not given.
 */
export type CheckOutcome = "passed" | "failed" | "noteworthy" | "not done";

/** The result of a check. */
export interface Check {
  readonly id: string;
  readonly title: string;
  readonly outcome: CheckOutcome;
  /** What was found, in a few words. */
  readonly found: string;
  /** What the check means, and what it doesn't show. */
  readonly explanation: string;
  /** What is wrong in particular, a sentence each. */
  readonly details: readonly string[];
}

/** A check of a report: one entry of the list `CHECKS`. */
export interface CheckDefinition extends Pick<Check, "id" | "title" | "explanation"> {
  /** Looks at the subject; undefined where the question doesn't arise. */
  look(subject: Subject): CheckResult | undefined;
}

export interface CheckResult extends Pick<Check, "outcome" | "found"> {
  readonly details?: readonly string[];
}
